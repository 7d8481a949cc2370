// The metric against every setting, against pairs of them, and against all at once.
function shownRuns(i) {
  const section = data.sections[i];
  return section.runs.map((run, r) => ({run, r})).filter(({run}) => isShown(i, section.cells[run.cell]));
}
function verticalAxis(y, left, right, title, top) {
  return [
    y.ticks.map(x => s("g", {}, s("line", {class: "gridline", x1: left, x2: right, y1: y(x), y2: y(x)}),
      s("text", {class: "tick", x: left - 6, y: y(x) + 4, "text-anchor": "end"}, tick(x)))),
    s("text", {class: "title", x: 0, y: top}, title),
  ];
}
// Where each dot of a column stands, so that equal ones lie side by side.
function beside(values, y, room) {
  const near = new Map();
  return values.map(value => {
    const key = Math.round(y(value) / 5);
    const n = near.get(key) || 0;
    near.set(key, n + 1);
    const offset = (n % 2 ? -1 : 1) * Math.ceil(n / 2) * 6;
    return Math.max(-room, Math.min(room, offset));
  });
}
function referenceLines(metric, y, left, right, low, high) {
  return metric.references.filter(([, value]) => y(value) >= low && y(value) <= high).map(([, value]) =>
    s("line", {class: "reference", x1: left, x2: right, y1: y(value), y2: y(value)}));
}

function levelsPlot(i, a) {
  const section = data.sections[i], metric = section.metrics[view(i).metric], axis = section.axes[a];
  return plot(width => {
    const height = 250, left = 52, top = 30, bottom = 46;
    const runs = shownRuns(i).filter(({run}) => run.values[view(i).metric] !== null);
    const values = runs.map(({run}) => run.values[view(i).metric]);
    const log = isLog(values);
    const used = axis.values.map((_, level) => level).filter(level => runs.some(({run}) => section.cells[run.cell].levels[a] === level));
    const means = used.map(level => overSeeds(runs.filter(({run}) => section.cells[run.cell].levels[a] === level)
      .map(({run}) => [run.seed, run.values[view(i).metric]]), data.quantiles));
    const ends = means.flatMap(mean => [mean.low, mean.high]).filter(x => x !== null && (!log || x > 0));
    const y = scale([...values, ...ends], height - bottom, top, log);
    const room = (width - left - 8) / Math.max(1, used.length);
    const columns = used.map((level, c) => {
      const of = runs.filter(({run}) => section.cells[run.cell].levels[a] === level);
      const centre = left + room * (c + 0.5), reach = Math.min(room / 2 - 8, 60);
      const offsets = beside(of.map(({run}) => run.values[view(i).metric]), y, Math.max(4, reach));
      const mean = means[c];
      return s("g", {},
        s("line", {class: "mean", x1: centre - 14, x2: centre + 14, y1: y(mean.mean), y2: y(mean.mean)}),
        mean.low !== null && (!log || mean.low > 0) ? s("line", {class: "mean", x1: centre, x2: centre, y1: y(mean.low), y2: y(mean.high)}) : null,
        s("title", {}, `${axis.values[level]}: ${number(mean.mean)} ${interval(mean.low, mean.high)}, n = ${mean.n}`),
        of.map(({run, r}, at) => s("circle", {class: "dot", cx: centre + offsets[at], cy: y(run.values[view(i).metric]), r: 3, "data-cell": run.cell, "data-run": r, ...selects(i, run.cell, r)},
          s("title", {}, `${section.cells[run.cell].words} · ${t("seed")} ${run.seed}: ${number(run.values[view(i).metric])}`))),
        s("text", {class: "tick", x: centre, y: height - bottom + 18, "text-anchor": "middle"}, short(axis.values[level], 12, room - 4)),
        s("text", {class: "tick faint", x: centre, y: height - bottom + 34, "text-anchor": "middle"}, short(number(mean.mean), 12, room)));
    });
    return s("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${metric.name}, ${axis.name}`},
      verticalAxis(y, left, width - 4, `${metric.name} · ${axis.name}${log ? ` · ${t("logScale")}` : ""}`, 14),
      referenceLines(metric, y, left, width - 4, top - 4, height - bottom), columns);
  });
}
// Powers of ten, where all values are above 0 and range over more than one and a half.
function isLog(values) {
  const low = Math.min(...values), high = Math.max(...values);
  return values.length > 1 && low > 0 && high / low > 30;
}

function chooser(label, options, chosen, change) {
  return h("label", {class: "chooser"}, `${label} `, h("select", {onchange: event => change(Number(event.target.value))},
    options.map(([value, text]) => h("option", {value, selected: value === chosen}, text))));
}

function heatMap(i, again) {
  const section = data.sections[i], v = view(i);
  if (section.axes.length < 2) return [];
  if (v.rows === v.columns || v.rows >= section.axes.length || v.columns >= section.axes.length) { v.rows = 0; v.columns = 1; }
  const metric = section.metrics[v.metric], rows = section.axes[v.rows], columns = section.axes[v.columns];
  const options = section.axes.map((axis, a) => [a, axis.name]);
  const cells = new Map();
  for (const {run} of shownRuns(i)) {
    const levels = section.cells[run.cell].levels;
    const key = `${levels[v.rows]} ${levels[v.columns]}`;
    cells.set(key, [...(cells.get(key) || []), run]);
  }
  const means = new Map();
  for (const [key, runs] of cells) {
    const mean = overSeeds(runs.map(run => [run.seed, run.values[v.metric]]), data.quantiles);
    if (mean) means.set(key, {...mean, runs: runs.filter(run => run.values[v.metric] !== null).length});
  }
  const all = [...means.values()].map(m => m.mean);
  const log = isLog(all);
  const toned = x => (log ? Math.log(x) : x);
  const low = Math.min(...all.map(toned)), high = Math.max(...all.map(toned));
  const usual = mostFrequent([...means.values()].map(m => m.runs));
  const usedRows = rows.values.map((_, r) => r).filter(r => columns.values.some((_, c) => means.has(`${r} ${c}`)));
  const usedColumns = columns.values.map((_, c) => c).filter(c => rows.values.some((_, r) => means.has(`${r} ${c}`)));
  const cell = (r, c) => {
    const mean = means.get(`${r} ${c}`);
    if (!mean) return h("td", {class: "empty"}, "–");
    const tone = viridis(high > low ? (toned(mean.mean) - low) / (high - low) : 0.5);
    return h("td", {class: "heat", "data-row": r, "data-column": c, style: `background:${tone.fill};color:${tone.ink}`, title: `${rows.name} ${rows.values[r]}, ${columns.name} ${columns.values[c]}: ${number(mean.mean)} ${interval(mean.low, mean.high)}, n = ${mean.n}`},
      number(mean.mean), mean.runs !== usual ? h("small", {}, ` n ${mean.runs}`) : null);
  };
  return [
    h("h3", {}, t("pairsOfAxes")),
    h("p", {class: "choosers"}, chooser(t("rows"), options, v.rows, x => { if (x === v.columns) v.columns = v.rows; v.rows = x; again(); }),
      chooser(t("columns"), options, v.columns, x => { if (x === v.rows) v.rows = v.columns; v.columns = x; again(); })),
    wide(t("pairsOfAxes"), {class: "heatmap"}, h("tr", {}, h("th", {}, `${rows.name} \\ ${columns.name}`), usedColumns.map(c => h("th", {scope: "col"}, columns.values[c]))),
      usedRows.map(r => h("tr", {"data-axes": `${v.rows} ${v.columns}`}, h("th", {scope: "row"}, rows.values[r]), usedColumns.map(c => cell(r, c)))), both(metric.label)),
    h("p", {class: "note"}, t("pairsNote")),
  ];
}
function mostFrequent(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function parallel(i) {
  const section = data.sections[i], v = view(i), metric = section.metrics[v.metric];
  if (section.axes.length < 3) return [];
  const box = plot(width => {
    const height = 320, top = 34, bottom = 30, left = 16, right = 66;
    const cells = section.cells.map((cell, at) => ({cell, at, mean: cell.summaries[v.metric]?.[1] ?? null})).filter(({cell, mean}) => mean !== null && isShown(i, cell));
    const values = cells.map(({mean}) => mean);
    const log = isLog(values);
    const y = scale(values, height - bottom, top, log);
    const low = y(Math.min(...values)), high = y(Math.max(...values));
    const stops = section.axes.length;
    const x = a => left + (width - left - right) * a / stops;
    const at = (a, level) => {
      const n = section.axes[a].values.length;
      return top + (height - bottom - top) * (n === 1 ? 0.5 : level / (n - 1));
    };
    const line = ({cell, at: c, mean}) => {
      const points = [...cell.levels.map((level, a) => [x(a), at(a, level)]), [x(stops), y(mean)]];
      const path = points.map(([px, py], p) => (p === 0 ? `M${px} ${py}` : `C${(points[p - 1][0] + px) / 2} ${points[p - 1][1]} ${(points[p - 1][0] + px) / 2} ${py} ${px} ${py}`)).join("");
      // Without both ends of the scale, which are hardly seen as lines, on white or on black.
      const tone = viridis(low === high ? 0.5 : 0.2 + 0.68 * (y(mean) - low) / (high - low));
      return s("path", {class: "cell-line", d: path, style: `stroke:${tone.fill}`, "data-cell": c, ...selects(i, c)}, s("title", {}, `${cell.words}: ${number(mean)}`));
    };
    return s("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("parallel")},
      cells.map(line),
      section.axes.map((axis, a) => s("g", {}, s("line", {class: "axis", x1: x(a), x2: x(a), y1: top, y2: height - bottom}),
        s("text", {class: "title", x: x(a), y: 16, "text-anchor": a === 0 ? "start" : "middle"}, short(axis.name, 13, (width - left - right) / stops - 6)),
        axis.values.map((value, level) => s("text", {class: "tick halo", x: x(a) + 5, y: at(a, level) + 4}, short(value, 12, (width - left - right) / stops - 10))))),
      s("line", {class: "axis", x1: x(stops), x2: x(stops), y1: top, y2: height - bottom}),
      s("text", {class: "title", x: x(stops), y: 16, "text-anchor": "middle"}, short(metric.name, 13, right + 40)),
      y.ticks.map(value => s("text", {class: "tick halo", x: x(stops) + 6, y: y(value) + 4}, tick(value))));
  });
  return [h("h3", {}, t("parallel")), box, h("p", {class: "note"}, t("parallelNote"))];
}
