// What the reader has chosen. A selection is the same everywhere on the page.
const state = {
  lang: "en", theme: "auto",
  selected: null,           // {section, cell, run}: run is null where a whole cell is selected
  sections: [],             // by index: metric, filters, sort, axes of the heat map, quantity, lines, step
};
const t = (key, ...rest) => {
  const word = WORDS[state.lang][key];
  return typeof word === "function" ? word(...rest) : word;
};
const both = text => text[state.lang];

function view(i) {
  const section = data.sections[i];
  const known = state.sections[i];
  if (known) {
    known.metric = Math.min(known.metric, section.metrics.length - 1);
    known.filters = section.axes.map((axis, a) => known.filters[a] || new Set());
    return known;
  }
  return state.sections[i] = {
    metric: 0, filters: section.axes.map(() => new Set()), sort: {key: "mean", down: false},
    rows: 0, columns: 1, quantity: 0, lines: firstAxis(section), log: null, step: 1, open: false,
  };
}
// The setting with the largest difference; cells, where nothing varies.
function firstAxis(section) {
  const first = section.differences[0];
  const axis = first ? section.axes.findIndex(a => a.name === first.axis) : -1;
  return section.axes.length ? Math.max(0, axis) : -1;
}
// A filter holds the levels that are left out.
const isShown = (i, cell) => cell.levels.every((level, a) => !view(i).filters[a].has(level));

function select(section, cell, run = null) {
  const same = state.selected && state.selected.section === section && state.selected.cell === cell && state.selected.run === run;
  state.selected = same ? null : {section, cell, run};
  mark();
}
// Marks everything of what is selected, and draws what shows it.
function mark() {
  for (const node of document.querySelectorAll(".chosen")) node.classList.remove("chosen");
  for (const node of document.querySelectorAll("[aria-selected=true]")) node.setAttribute("aria-selected", "false");
  const chosen = state.selected;
  document.querySelectorAll("section.data").forEach((node, i) => node.classList.toggle("has-chosen", Boolean(chosen && chosen.section === i)));
  if (chosen) {
    const node = document.querySelectorAll("section.data")[chosen.section];
    if (node) {
      for (const part of node.querySelectorAll(`[data-cell="${chosen.cell}"]`)) {
        const run = part.dataset.run;
        if (chosen.run !== null && run !== undefined && Number(run) !== chosen.run) continue;
        part.classList.add("chosen");
        if (part.tagName === "TR") part.setAttribute("aria-selected", "true");
      }
      const levels = data.sections[chosen.section].cells[chosen.cell].levels;
      for (const part of node.querySelectorAll("td.heat")) {
        const [row, column] = part.parentNode.dataset.axes.split(" ");
        if (levels[row] === Number(part.dataset.row) && levels[column] === Number(part.dataset.column)) part.classList.add("chosen");
      }
    }
  }
  for (const node of document.querySelectorAll(".selection")) showSelection(node);
  for (const node of document.querySelectorAll(".plot.follows")) node.redraw();
}
function showSelection(node) {
  const i = Number(node.dataset.section);
  const chosen = state.selected && state.selected.section === i ? state.selected : null;
  if (!chosen) { node.replaceChildren(`${t("selected")}: ${t("nothing")}.`); return; }
  const section = data.sections[i];
  const cell = section.cells[chosen.cell];
  const parts = [h("b", {}, `${t("selected")}: `), cell.words];
  const metric = section.metrics[view(i).metric];
  if (chosen.run !== null) {
    const run = section.runs[chosen.run];
    parts.push(` · ${t("seed")} ${run.seed} · ${metric.name} ${number(run.values[view(i).metric])} · ${t("outcomes")[run.outcome] || run.outcome} · `, h("code", {}, `gan-sweep show ${run.id}`));
  }
  parts.push(" ", h("button", {type: "button", onclick: () => select(i, chosen.cell, chosen.run)}, t("clear")));
  node.replaceChildren(...parts);
}
// Clicks and keys that select.
function selects(section, cell, run = null) {
  const act = event => { event.stopPropagation(); select(section, cell, run); };
  return {onclick: act, onkeydown: event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(event); } }};
}
