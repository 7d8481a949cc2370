// The table of cells: sorted by any column, filtered by the values of each axis.
const MOST_ROWS = 300;

function sortedCells(i) {
  const section = data.sections[i], {sort, metric} = view(i);
  const better = section.metrics[metric].better;
  const shown = section.cells.map((cell, at) => ({cell, at})).filter(({cell}) => isShown(i, cell));
  const key = ({cell, at}) => {
    const [kind, which] = sort.key.split(":");
    if (kind === "axis") return cell.levels[which];
    if (kind === "tally") return cell.tally[which];
    if (kind === "n") return cell.summaries[metric]?.[0] ?? -1;
    if (kind === "cpu") return cpuOf(section, cell);
    const summary = cell.summaries[kind === "other" ? which : metric];
    return summary ? summary[1] : null;
  };
  const sign = isRising(sort, better) ? 1 : -1;
  const keyed = shown.map(entry => [key(entry), entry]);
  keyed.sort(([a, x], [b, y]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return a === b ? x.at - y.at : sign * (a - b);
  });
  return keyed.map(([, entry]) => entry);
}
// At the first click means come best first, values of settings in the order of the grid, counts largest first.
function isRising(sort, better) {
  const rising = sort.key === "mean" ? better <= 0 : sort.key.startsWith("axis");
  return sort.down ? !rising : rising;
}
function cpuOf(section, cell) {
  const known = cell.runs.map(r => section.runs[r].cpu).filter(x => x !== null);
  return known.length ? known.reduce((a, b) => a + b, 0) / known.length : null;
}

function cellsTable(i, again) {
  const section = data.sections[i], v = view(i);
  const head = (key, text, right) => {
    const on = v.sort.key === key;
    const rising = on && isRising(v.sort, section.metrics[v.metric].better);
    return h("th", {class: right ? "n" : null, scope: "col", "aria-sort": on ? (rising ? "ascending" : "descending") : "none"},
      h("button", {type: "button", class: "sort", title: `${t("sortBy")} ${text}`, onclick: () => {
        v.sort = {key, down: on ? !v.sort.down : false};
        again();
      }}, breakable(text), h("span", {"aria-hidden": "true"}, on ? (rising ? " ▴" : " ▾") : "")));
  };
  const others = section.metrics.map((metric, m) => ({metric, m})).filter(({m}) => m !== v.metric);
  const hasCpu = section.runs.some(run => run.cpu !== null);
  const tallies = [[1, "diverged"], [2, "missing"], [3, "failed"]];
  const all = sortedCells(i);
  const rows = all.slice(0, MOST_ROWS).map(({cell, at}) => {
    const summary = cell.summaries[v.metric];
    return h("tr", {"data-cell": at, tabindex: 0, "aria-selected": "false", ...selects(i, at)},
      cell.levels.map((level, a) => h("td", {}, section.axes[a].values[level])),
      h("td", {class: "n strong"}, summary ? number(summary[1]) : "–"),
      h("td", {}, summary ? interval(summary[2], summary[3]) : "–"),
      h("td", {class: "n"}, summary ? summary[0] : 0),
      tallies.map(([which]) => h("td", {class: cell.tally[which] ? "n" : "n zero"}, cell.tally[which])),
      others.map(({m}) => h("td", {class: "n"}, cell.summaries[m] ? number(cell.summaries[m][1]) : "–")),
      hasCpu ? h("td", {class: "n"}, number(cpuOf(section, cell))) : null);
  });
  return [
    wide(t("cells"), {class: "cells"}, h("tr", {},
      section.axes.map((axis, a) => head(`axis:${a}`, axis.name)),
      head("mean", section.metrics[v.metric].name, true), h("th", {scope: "col"}, t("interval")), head("n", "n", true),
      tallies.map(([which, word]) => head(`tally:${which}`, t("outcomes")[word], true)),
      others.map(({metric, m}) => head(`other:${m}`, metric.name, true)),
      hasCpu ? head("cpu", t("cpu"), true) : null), rows),
    h("p", {class: "note"}, t("cellsNote"), all.length > MOST_ROWS ? ` ${t("moreCells", all.length - MOST_ROWS)}` : ""),
  ];
}

function filters(i, again) {
  const section = data.sections[i], v = view(i);
  const count = section.cells.filter(cell => isShown(i, cell)).length;
  const axes = section.axes.map((axis, a) => h("fieldset", {}, h("legend", {}, axis.name),
    axis.values.map((value, level) => h("label", {}, h("input", {type: "checkbox", checked: !v.filters[a].has(level), onchange: event => {
      if (event.target.checked) v.filters[a].delete(level); else v.filters[a].add(level);
      again();
    }}), ` ${value}`))));
  const any = v.filters.some(left => left.size > 0);
  return h("details", {class: "filters", open: v.open, ontoggle: event => { v.open = event.target.open; }},
    h("summary", {}, `${t("filter")}: ${t("shown", count, section.cells.length)}`),
    h("div", {class: "axes"}, axes),
    any ? h("button", {type: "button", onclick: () => { v.filters.forEach(left => left.clear()); again(); }}, t("all")) : null);
}

function differencesTable(section) {
  if (!section.differences.length) return [];
  return [
    h("h3", {}, `${t("differences")}: ${section.metrics[0].name}`),
    wide(t("differences"), {}, h("tr", {}, h("th", {}, t("setting")), h("th", {}, t("change")), h("th", {class: "n"}, t("difference")), h("th", {}, t("interval")),
      h("th", {class: "n"}, t("nSeeds")), h("th", {class: "n"}, t("pairs")), h("th", {}, t("excludes"))),
    section.differences.map(d => h("tr", {}, h("td", {}, d.axis), h("td", {}, `${d.from} → ${d.to}`),
      h("td", {class: "n strong"}, signed(d.summary[1])), h("td", {}, interval(d.summary[2], d.summary[3])),
      h("td", {class: "n"}, d.summary[0]), h("td", {class: "n"}, d.pairs), h("td", {}, d.excludes_zero ? t("yes") : t("no"))))),
    h("p", {class: "note"}, t("differencesNote")),
  ];
}
