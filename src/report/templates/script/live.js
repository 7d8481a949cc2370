// While a sweep runs, the program that serves this page is asked again for what has changed.
function follow() {
  const EVERY = 2000;
  let tag = null;
  const say = text => { const node = document.getElementById("live"); if (node) node.replaceChildren(text); };
  const ask = async () => {
    let wait = EVERY;
    try {
      const answer = await fetch("data.json", {headers: tag ? {"If-None-Match": tag} : {}, cache: "no-store"});
      if (answer.status === 200) {
        tag = answer.headers.get("ETag");
        const place = window.scrollY;
        data = await answer.json();
        if (state.selected && !data.sections[state.selected.section]?.cells[state.selected.cell]) state.selected = null;
        draw();
        window.scrollTo(0, place);
      } else if (answer.status !== 304) throw new Error(String(answer.status));
      const over = data.outcomes.every(([word]) => word !== "missing");
      say(over ? t("ended") : `${t("live")}, ${t("updated")} ${new Date().toLocaleTimeString(state.lang)}`);
    } catch {
      say(t("stale"));
      wait = 5 * EVERY;
    }
    setTimeout(ask, wait);
  };
  ask();
}
