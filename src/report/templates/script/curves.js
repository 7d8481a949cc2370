// Quantities over the steps, with a reading wherever the pointer or the arrow keys are.
const MOST_LINES = 12;

function groupsOf(i) {
  const section = data.sections[i], axis = view(i).lines;
  const groups = new Map();
  for (const {run, r} of shownRuns(i)) {
    const key = axis < 0 ? run.cell : section.cells[run.cell].levels[axis];
    if (!groups.has(key)) groups.set(key, {key, runs: [], words: axis < 0 ? section.cells[run.cell].words : section.axes[axis].values[key]});
    groups.get(key).runs.push(r);
  }
  const sorted = [...groups.values()];
  if (axis < 0) {
    const order = sortedCells(i).map(({at}) => at);
    sorted.sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
  }
  return sorted;
}
// The mean over seeds where every run has a value; after that the single runs.
function groupCurve(section, curve, group) {
  const lines = group.runs.map(r => [section.runs[r].seed, curve.lines[r]]).filter(([, line]) => line.some(v => v !== null));
  const points = [];
  let last = -1;
  curve.steps.forEach((step, k) => {
    if (!lines.length || lines.some(([, line]) => line[k] === null)) return;
    points.push({k, step, ...overSeeds(lines.map(([seed, line]) => [seed, line[k]]), data.quantiles)});
    last = k;
  });
  const alone = lines.map(([, line]) => line.map((value, k) => (k >= last && value !== null ? [curve.steps[k], value] : null)).filter(Boolean)).filter(line => line.length > 1);
  return {points, alone, n: lines.length};
}

function curvesPart(i, again) {
  const section = data.sections[i], v = view(i);
  if (!section.curves.length) return [];
  v.quantity = Math.min(v.quantity, section.curves.length - 1);
  const curve = section.curves[v.quantity];
  const log = (v.log === null ? curve.log : v.log) && curve.lines.every(line => line.every(value => value === null || value > 0));
  const all = groupsOf(i);
  const groups = all.slice(0, MOST_LINES).map((group, g) => ({...group, g, ...groupCurve(section, curve, group)}));
  const reading = h("div", {class: "reading", "aria-live": "polite"});
  let at = null;
  const read = () => {
    if (at === null) { reading.replaceChildren(); return; }
    const rows = groups.map(group => ({group, point: group.points.find(p => p.k === at)})).filter(({point}) => point);
    reading.replaceChildren(h("b", {}, `${t("step")} ${tick(curve.steps[at])}`), ...rows.map(({group, point}) =>
      h("span", {class: "value"}, h("i", {style: `background:${colour(group.g)}`}), `${group.words}: ${number(point.mean)} ${interval(point.low, point.high)}, n = ${point.n}`)));
  };
  const box = plot(width => {
    const height = Math.max(260, Math.min(420, width * 0.5)), left = 58, top = 30, bottom = 36, right = 26;
    const chosen = state.selected && state.selected.section === i ? section.cells[state.selected.cell].runs.filter(r => state.selected.run === null || r === state.selected.run) : [];
    const values = [...groups.flatMap(g => [...g.points.flatMap(p => [p.mean, p.low, p.high]), ...g.alone.flat().map(p => p[1])]), ...chosen.flatMap(r => curve.lines[r])].filter(x => x !== null && x !== undefined && (!log || x > 0));
    const y = scale(values, height - bottom, top, log);
    const x = scale(curve.steps, left, width - right, false);
    const end = curve.steps[curve.steps.length - 1], begin = curve.steps[0];
    const across = step => left + (end === begin ? 0.5 : (step - begin) / (end - begin)) * (width - left - right);
    const floor = value => y(log ? Math.max(value, Math.min(...values)) : value);
    const path = points => points.map(([px, py], p) => `${p ? "L" : "M"}${across(px).toFixed(1)} ${floor(py).toFixed(1)}`).join("");
    const cross = s("line", {class: "cross", y1: top, y2: height - bottom, visibility: "hidden"});
    const show = () => {
      if (at === null) cross.setAttribute("visibility", "hidden");
      else { cross.setAttribute("x1", across(curve.steps[at])); cross.setAttribute("x2", across(curve.steps[at])); cross.setAttribute("visibility", "visible"); }
      read();
    };
    const nearest = px => curve.steps.reduce((best, step, k) => (Math.abs(across(step) - px) < Math.abs(across(curve.steps[best]) - px) ? k : best), 0);
    return s("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img", tabindex: 0, "aria-label": `${curve.name}, ${t("curves")}`,
      onpointermove: event => { at = nearest(event.offsetX); show(); }, onpointerleave: () => { at = null; show(); },
      onkeydown: event => {
        const move = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (!move) return;
        event.preventDefault();
        at = Math.min(curve.steps.length - 1, Math.max(0, (at === null ? (move > 0 ? -1 : curve.steps.length) : at) + move));
        show();
      }},
      verticalAxis(y, left, width - right, `${curve.name}${log ? ` · ${t("logScale")}` : ""}`, 14),
      x.ticks.filter(step => step >= begin && step <= end).map(step => s("text", {class: "tick", x: across(step), y: height - bottom + 18, "text-anchor": "middle"}, tick(step))),
      s("text", {class: "tick", x: width - right, y: height - 4, "text-anchor": "end"}, t("step")),
      groups.map(group => group.points.some(p => p.low !== null) ? s("path", {class: "band", style: `fill:${colour(group.g)}`,
        d: path([...group.points.map(p => [p.step, p.low ?? p.mean]), ...group.points.slice().reverse().map(p => [p.step, p.high ?? p.mean])]) + "Z"}) : null),
      groups.map(group => s("g", {style: `stroke:${colour(group.g)}`},
        s("path", {class: "curve", d: path(group.points.map(p => [p.step, p.mean])), "stroke-dasharray": dash(group.g)}),
        // One evaluation is a dot.
        group.points.length === 1 ? s("circle", {style: `fill:${colour(group.g)}`, r: 4, cx: across(group.points[0].step), cy: floor(group.points[0].mean)}) : null,
        group.alone.map(line => s("path", {class: "alone", d: path(line)})))),
      chosen.map(r => s("path", {class: "run-line", d: path(curve.lines[r].map((value, k) => (value === null ? null : [curve.steps[k], value])).filter(Boolean))})),
      cross);
  });
  box.classList.add("follows");
  const swatch = group => s("svg", {width: 28, height: 10, "aria-hidden": "true"}, s("line", {x1: 0, x2: 28, y1: 5, y2: 5, style: `stroke:${colour(group.g)}`, "stroke-width": 2.5, "stroke-dasharray": dash(group.g)}));
  const legend = groups.map(group => v.lines < 0
    ? h("button", {type: "button", class: "legend", "data-cell": group.key, ...selects(i, group.key)}, swatch(group), ` ${group.words} (n = ${group.n})`)
    : h("span", {class: "legend"}, swatch(group), ` ${group.words} (n = ${group.n})`));
  return [
    h("h3", {}, t("curves")),
    h("p", {class: "choosers"},
      chooser(t("quantity"), section.curves.map((c, q) => [q, c.name]), v.quantity, q => { v.quantity = q; v.log = null; again(); }),
      chooser(t("by"), [...section.axes.map((axis, a) => [a, axis.name]), [-1, t("cell")]], v.lines, a => { v.lines = a; again(); }),
      h("label", {}, h("input", {type: "checkbox", checked: log, onchange: event => { v.log = event.target.checked; again(); }}), ` ${t("logScale")}`)),
    h("div", {class: "legends"}, legend), box, reading,
    h("p", {class: "note"}, `${both(curve.label)}. `, t("curvesNote"), curve.bin > 1 ? ` ${t("bins", curve.bin)}` : "", all.length > MOST_LINES ? ` ${t("tooMany", all.length)}` : ""),
  ];
}
