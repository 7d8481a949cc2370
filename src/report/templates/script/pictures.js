// What generators made, at the step of the slider.
function picture(of) {
  const frame = (...parts) => s("svg", {viewBox: "0 0 999 999", class: "picture", role: "img"}, parts);
  if (of.kind === "images") return h("img", {src: of.src, alt: "", class: "picture", style: `aspect-ratio:${of.size[0]}/${of.size[1]}`});
  if (of.kind === "line") {
    const most = Math.max(...of.curve.map(p => p[1])) * 2.5;
    const top = Math.min(most, Math.max(...of.bars, ...of.curve.map(p => p[1]))) * 1.08;
    const x = v => (v - of.low) / (of.high - of.low) * 999, y = v => 999 - Math.min(v, top) / top * 999;
    const width = 999 / of.bars.length;
    return frame(of.bars.map((bar, b) => s("rect", {class: "bar", x: b * width, width: width * 0.9, y: y(bar), height: 999 - y(bar)})),
      s("path", {class: "density", d: of.curve.map((p, k) => `${k ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join("")}));
  }
  const dots = (points, size) => {
    let d = "";
    for (let k = 0; k < points.length; k += 2) d += `M${points[k]} ${points[k + 1]}h0`;
    return s("path", {d, class: size});
  };
  const radius = Math.max(9, of.radius || 0);
  return frame((of.centres || []).map(([cx, cy]) => s("g", {class: "mode"}, s("circle", {cx, cy, r: radius}),
    [[1, 0], [-1, 0], [0, 1], [0, -1]].map(([dx, dy]) => s("line", {x1: cx + dx * (radius + 9), y1: cy + dy * (radius + 9), x2: cx + dx * (radius + 26), y2: cy + dy * (radius + 26)})))),
    of.real ? dots(of.real, "real") : null, dots(of.points, "made"));
}

function picturesPart(i) {
  const section = data.sections[i], v = view(i);
  const all = section.pictures.of.filter(of => isShown(i, section.cells[of.cell]));
  if (!all.length) return statics(i);
  const steps = [...new Set(all.flatMap(of => of.steps))].sort((a, b) => a - b);
  const grid = h("div", {class: "pictures"});
  const words = h("output", {});
  const draw = () => {
    const step = steps[Math.min(steps.length - 1, Math.round(v.step * (steps.length - 1)))];
    words.replaceChildren(`${t("step")} ${step}`);
    grid.replaceChildren(...all.map(of => {
      let k = of.steps.length - 1;
      while (k > 0 && of.steps[k] > step) k--;
      const run = section.runs[of.run], shown = of.pictures[k];
      return h("figure", {"data-cell": of.cell, "data-run": of.run, tabindex: 0, ...selects(i, of.cell, of.run)},
        h("figcaption", {}, h("b", {}, section.cells[of.cell].words), h("br"), `${t("seed")} ${run.seed} · ${t("step")} ${of.steps[k]}`,
          shown.outside ? ` · ${t("outside", shown.outside)}` : ""), picture(shown));
    }));
    mark();
  };
  const slider = steps.length > 1 ? h("label", {class: "slider"}, `${t("step")} `,
    h("input", {type: "range", min: 0, max: steps.length - 1, step: 1, value: Math.round(v.step * (steps.length - 1)), oninput: event => { v.step = Number(event.target.value) / (steps.length - 1); draw(); }}), " ", words) : null;
  draw();
  const {all: count, here} = section.pictures;
  return [h("h3", {}, t("pictures")), slider, grid, h("p", {class: "note"}, t("picturesNote"), here < count ? ` ${t("thinned", here, count)}` : "")];
}
// Pictures that do not change over the steps were drawn beforehand.
function statics(i) {
  const drawn = document.getElementById(`static-${i}`);
  return drawn ? [h("h3", {}, t("pictures")), h("div", {class: "wide"}, drawn.content.cloneNode(true))] : [];
}
