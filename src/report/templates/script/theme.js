// Light or dark: what was chosen here before, or else what the system has.
function remember(key, value) {
  try { localStorage.setItem(`gan-sweep-${key}`, value); } catch { /* A page on disk may be denied a memory. */ }
}
function remembered(key) {
  try { return localStorage.getItem(`gan-sweep-${key}`); } catch { return null; }
}
function applyTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.setAttribute("data-theme", theme);
  else document.documentElement.removeAttribute("data-theme");
}
applyTheme(remembered("theme"));
