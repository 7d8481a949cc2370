// The page, from its data: drawn once, again where a choice changes it, and again when a sweep has grown.
function sectionPart(i) {
  const section = data.sections[i];
  const node = h("section", {class: "data"});
  const again = () => {
    // A key pressed on a control stays on it.
    const focus = [...node.querySelectorAll("button, select, input, summary, tr, [tabindex]")].indexOf(document.activeElement);
    const v = view(i), metric = section.metrics[v.metric];
    const several = section.features.length > 1;
    node.replaceChildren(...[
      h("h2", {}, section.dataset),
      h("p", {class: "answer"}, both(section.answer), section.best ? ` ${both(section.best)}` : ""),
      h("p", {class: "note"}, `${both(metric.label)}: ${both(metric.summary)}`,
        v.metric === 0 && section.features.length ? `; ${several ? t("featuresDiffer") : t("features")}: ${section.features.join(", ")}` : "", ". ",
        metric.references.length ? `${t("compare")} ${metric.references.map(([which, value, n]) => `${t("references")[which]}: ${single(value)}${n === null ? "" : t("atN", single(n))}`).join(", ")}.` : ""),
      h("div", {class: "toolbar"},
        chooser(t("metric"), section.metrics.map((m, at) => [at, m.name]), v.metric, m => { v.metric = m; again(); }),
        section.axes.length ? filters(i, again) : null,
        h("p", {class: "selection", "data-section": i})),
      h("h3", {}, t("cells")), cellsTable(i, again),
      differencesTable(section),
      section.axes.length ? [h("h3", {}, t("settings")), h("div", {class: "panels"}, section.axes.map((_, a) => levelsPlot(i, a))), h("p", {class: "note"}, t("settingsNote"))] : [],
      heatMap(i, again), parallel(i), curvesPart(i, again), picturesPart(i), spreadPart(i), costPart(i),
    ].flat(3).filter(Boolean));
    forget();
    for (const box of node.querySelectorAll(".plot")) box.redraw();
    mark();
    if (focus >= 0) [...node.querySelectorAll("button, select, input, summary, tr, [tabindex]")][focus]?.focus({preventScroll: true});
  };
  node.again = again;
  return node;
}
// Plots that are no longer in the page are not drawn again.
function forget() {
  for (const again of redraws) if (!document.querySelector(".plot") || ![...document.querySelectorAll(".plot")].some(box => box.redraw === again)) redraws.delete(again);
}

function endingsPart() {
  if (!data.endings.length) return null;
  return h("section", {}, h("h2", {}, t("endings")), wide(t("endings"), {},
    h("tr", {}, h("th", {}, t("run")), h("th", {}, t("cellHead")), h("th", {class: "n"}, t("seed")), h("th", {}, t("outcome")), h("th", {}, t("reason"))),
    data.endings.map(ending => h("tr", {}, h("td", {}, h("code", {}, ending.run)), h("td", {class: "long"}, ending.cell), h("td", {class: "n"}, ending.seed),
      h("td", {}, t("outcomes")[ending.outcome] || ending.outcome), h("td", {class: "long"}, both(ending.reason))))),
    data.more_endings ? h("p", {class: "note"}, t("moreEndings", data.more_endings)) : null);
}
function madePart() {
  return h("section", {}, h("h2", {}, t("made")), h("p", {}, t("madeNote", data.name)), h("pre", {}, data.commands.join("\n")),
    data.origins.map(origin => h("dl", {}, h("dt", {}, t("run")), h("dd", {}, t("runs", origin.runs)),
      h("dt", {}, t("revision")), h("dd", {}, `${origin.revision || t("unknown")}${origin.dirty ? `, ${t("dirty")}` : ""}`),
      h("dt", {}, t("versions")), h("dd", {}, origin.versions), h("dt", {}, t("numeric")), h("dd", {}, origin.numeric_class))),
    data.live ? null : h("p", {class: "note"}, t("plotsNote")),
    h("h3", {}, t("grid")), h("pre", {}, data.source));
}

function header() {
  const option = (value, text, chosen) => h("option", {value, selected: value === chosen}, text);
  return h("header", {},
    h("div", {class: "bar"},
      h("label", {}, `${t("language")} `, h("select", {id: "language", onchange: event => { state.lang = event.target.value; remember("language", state.lang); draw(); document.getElementById("language").focus(); }},
        option("en", "English", state.lang), option("ru", "Русский", state.lang))),
      h("label", {}, `${t("theme")} `, h("select", {id: "theme", onchange: event => { state.theme = event.target.value; remember("theme", state.theme); applyTheme(state.theme); }},
        ["auto", "light", "dark"].map(theme => option(theme, t(theme), state.theme)))),
      h("span", {id: "live", class: "note", role: "status"})),
    h("h1", {}, data.name), data.question ? h("p", {class: "question"}, data.question) : null,
    h("p", {class: "note"}, t("runs", data.outcomes.reduce((sum, [, n]) => sum + n, 0)), data.profile ? `, ${t("profile")} ${data.profile}` : "",
      data.outcomes.length ? `: ${data.outcomes.map(([word, n]) => `${n} ${t("outcomes")[word] || word}`).join(", ")}` : "", "."));
}
function draw() {
  document.documentElement.lang = state.lang;
  const sections = data.sections.map((_, i) => sectionPart(i));
  document.getElementById("page").replaceChildren(header(),
    ...(sections.length ? sections : [h("p", {class: "answer"}, t("noRuns"))]), ...[endingsPart(), madePart()].filter(Boolean));
  for (const section of sections) section.again();
}

state.lang = remembered("language") || data.lang;
if (!WORDS[state.lang]) state.lang = "en";
state.theme = remembered("theme") || "auto";
draw();
if (data.live) follow();
