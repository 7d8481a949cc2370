// The values of every seed, cell by cell, and what they cost.
const MOST_SPREAD = 40;

function spreadPart(i) {
  const section = data.sections[i], v = view(i), metric = section.metrics[v.metric];
  const ranked = sortedCells(i).filter(({cell}) => cell.summaries[v.metric]);
  if (!ranked.length) return [];
  const cells = ranked.slice(0, MOST_SPREAD);
  const box = plot(width => {
    const narrow = width < 560, em = 12, rowHeight = narrow ? 38 : 24, top = 26;
    const left = narrow ? 10 : Math.min(width * 0.4, Math.max(...cells.map(({cell}) => textWidth(cell.words, em))) + 14);
    const height = top + rowHeight * cells.length + 26;
    const values = cells.flatMap(({cell}) => cell.runs.map(r => section.runs[r].values[v.metric])).filter(x => x !== null);
    const log = isLog(values);
    const ends = cells.flatMap(({cell}) => cell.summaries[v.metric].slice(2)).filter(x => x !== null && (!log || x > 0));
    const x = scale([...values, ...ends], left + 8, width - 12, log);
    const middle = row => top + rowHeight * (row + (narrow ? 0.7 : 0.5));
    return s("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("spread")},
      s("text", {class: "title", x: 0, y: 14}, `${metric.name}${log ? ` · ${t("logScale")}` : ""}`),
      x.ticks.map(value => s("g", {}, s("line", {class: "gridline", x1: x(value), x2: x(value), y1: top, y2: height - 24}), s("text", {class: "tick", x: x(value), y: height - 8, "text-anchor": "middle"}, tick(value)))),
      metric.references.filter(([, value]) => x(value) >= left && x(value) <= width).map(([, value]) => s("line", {class: "reference", x1: x(value), x2: x(value), y1: top, y2: height - 24})),
      cells.map(({cell, at}, row) => {
        const summary = cell.summaries[v.metric];
        return s("g", {class: "row", "data-cell": at, ...selects(i, at)},
          s("rect", {class: "hit", x: 0, y: top + rowHeight * row, width, height: rowHeight}),
          s("text", {class: "tick label", x: narrow ? 2 : left - 8, y: narrow ? top + rowHeight * row + 13 : middle(row) + 4, "text-anchor": narrow ? "start" : "end"}, short(cell.words, em, narrow ? width - 8 : left - 14)),
          summary[2] !== null && (!log || summary[2] > 0) ? s("line", {class: "mean", x1: x(summary[2]), x2: x(summary[3]), y1: middle(row), y2: middle(row)}) : null,
          s("line", {class: "mean", x1: x(summary[1]), x2: x(summary[1]), y1: middle(row) - 7, y2: middle(row) + 7}),
          stacked(cell.runs.filter(r => section.runs[r].values[v.metric] !== null), r => x(section.runs[r].values[v.metric])).map(([r, offset]) => s("circle", {class: "dot", cx: x(section.runs[r].values[v.metric]), cy: middle(row) + offset, r: 3, "data-cell": at, "data-run": r, ...selects(i, at, r)},
            s("title", {}, `${cell.words} · ${t("seed")} ${section.runs[r].seed}: ${number(section.runs[r].values[v.metric])}`))));
      }));
  });
  return [h("h3", {}, t("spread")), box, h("p", {class: "note"}, t("spreadNote"), ranked.length > MOST_SPREAD ? ` ${t("moreRows", ranked.length - MOST_SPREAD)}` : "")];
}

// Dots that would hide each other, one above and one below the line in turn.
function stacked(runs, place) {
  const near = new Map();
  return runs.map(r => {
    const key = Math.round(place(r) / 5);
    const n = near.get(key) || 0;
    near.set(key, n + 1);
    return [r, Math.max(-9, Math.min(9, (n % 2 ? -1 : 1) * Math.ceil(n / 2) * 4))];
  });
}

function costPart(i) {
  const section = data.sections[i];
  const known = section.runs.filter(run => run.cpu !== null);
  if (!known.length) return [];
  const total = known.reduce((sum, run) => sum + run.cpu, 0);
  const rows = section.axes.flatMap((axis, a) => axis.values.map((value, level) => {
    const of = known.filter(run => section.cells[run.cell].levels[a] === level);
    return of.length ? [axis.name, value, of.length, of.reduce((sum, run) => sum + run.cpu, 0) / of.length] : null;
  }).filter(Boolean));
  const most = Math.max(...rows.map(row => row[3]), 0);
  return [h("h3", {}, t("cost")), h("p", {}, t("costTotal", number(total), t("runs", known.length))),
    rows.length ? wide(t("cost"), {}, h("tr", {}, h("th", {}, t("setting")), h("th", {}, t("value")), h("th", {class: "n"}, "n"), h("th", {class: "n"}, t("costMean")), h("th", {})),
      rows.map(([axis, value, n, mean]) => h("tr", {}, h("td", {}, axis), h("td", {}, value), h("td", {class: "n"}, n), h("td", {class: "n"}, number(mean)),
        h("td", {class: "bar"}, h("span", {style: `width:${(100 * mean / most).toFixed(1)}%`}))))) : null];
}
