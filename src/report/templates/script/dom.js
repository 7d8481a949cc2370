// Elements, numbers and colours. Text only ever becomes a text node: nothing of a grid is read as markup.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// About three figures and a true minus sign, as the tables of the command line have them.
function number(x) {
  if (x === null || x === undefined) return "–";
  const size = Math.abs(x);
  let text;
  if (size === 0) text = "0";
  else if (size < 1e-3 || size >= 1e6) text = x.toExponential(1).replace("e+", "e");
  else text = fixed(x, Math.min(5, Math.max(0, 2 - Math.floor(Math.log10(size)))));
  return text.replace(/-/g, "−");
}
// What lies exactly in the middle goes to the even digit, as in the program's own tables.
function fixed(x, digits) {
  const scaled = Math.abs(x) * 10 ** digits, below = Math.floor(scaled);
  const middle = scaled - below === 0.5 && Number.isInteger(x * 2 ** (digits + 1));
  return middle && below % 2 === 0 ? (Math.sign(x) * below / 10 ** digits).toFixed(digits) : x.toFixed(digits);
}
const single = x => (Number.isInteger(x) && Math.abs(x) < 1e6 ? String(x).replace("-", "−") : number(x));
const signed = x => (x > 0 ? "+" : "") + number(x);
const interval = (low, high) => (low === null ? "–" : `[${number(low)}, ${number(high)}]`);

const SERIES = 8;
const colour = i => `var(--s${i % SERIES})`;
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];
const dash = i => DASHES[Math.floor(i / SERIES + i) % DASHES.length] || null;

// Viridis in nine steps (van der Walt and Smith): even in lightness, and readable without colours.
const VIRIDIS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
function viridis(t) {
  const x = Math.min(1, Math.max(0, t)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(x));
  const mix = VIRIDIS[i].map((a, c) => Math.round(a + (VIRIDIS[i + 1][c] - a) * (x - i)));
  const light = 0.299 * mix[0] + 0.587 * mix[1] + 0.114 * mix[2];
  return {fill: `rgb(${mix.join(",")})`, ink: light > 140 ? "#000000" : "#ffffff"};
}

// Mean and interval of values, one a seed: those of the same seed are averaged first.
function overSeeds(pairs, quantiles) {
  const seeds = new Map();
  for (const [seed, value] of pairs) {
    if (value === null || value === undefined) continue;
    const known = seeds.get(seed) || [0, 0];
    seeds.set(seed, [known[0] + value, known[1] + 1]);
  }
  const values = [...seeds.values()].map(([sum, n]) => sum / n);
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const low = Math.min(...values), high = Math.max(...values);
  const equal = high - low <= 1e-12 * Math.max(Math.abs(low), Math.abs(high));
  if (n < 2 || equal) return {n, mean, low: null, high: null};
  const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
  const half = quantiles[n - 2] * sd / Math.sqrt(n);
  return {n, mean, low: mean - half, high: mean + half};
}

// Round numbers across a range, and where they stand.
function ticks(low, high, most) {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * power).find(x => x >= rough);
  const found = [];
  for (let x = Math.ceil(low / step) * step; x <= high + step * 1e-9; x += step) found.push(Math.abs(x) < step * 1e-9 ? 0 : x);
  return found;
}
function scale(values, from, to, log) {
  let low = Math.min(...values), high = Math.max(...values);
  if (!Number.isFinite(low)) { low = 0; high = 1; }
  if (log && low > 0) {
    const a = Math.log10(low), b = Math.log10(high) > Math.log10(low) ? Math.log10(high) : Math.log10(low) + 1;
    const at = x => from + (Math.log10(x) - a) / (b - a) * (to - from);
    const marks = [];
    const every = Math.max(1, Math.ceil((b - a) / 6));
    for (let e = Math.ceil(a); e <= Math.floor(b); e += every) marks.push(10 ** e);
    at.ticks = marks.length > 1 ? marks : [low, high];
    return at;
  }
  if (low === high) { low -= Math.abs(low) * 0.1 || 0.5; high += Math.abs(high) * 0.1 || 0.5; }
  const room = (high - low) * 0.05;
  low -= room; high += room;
  const at = x => from + (x - low) / (high - low) * (to - from);
  at.ticks = ticks(low, high, Math.max(2, Math.floor(Math.abs(to - from) / (from > to ? 36 : 64))));
  return at;
}
const tick = x => (Math.abs(x) >= 1e5 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(0).replace("e+", "e") : String(+x.toPrecision(6))).replace(/-/g, "−");

// A name that may go on in the next line after each underscore.
const breakable = text => text.split(/(?<=_)/).flatMap((part, i) => (i === 0 ? [part] : [h("wbr"), part]));

// A table that scrolls by itself where it is wider than the page, and on paper is set as small as its columns need.
function wide(label, attributes, head, rows, caption) {
  return h("div", {class: "wide", tabindex: 0, role: "region", "aria-label": label},
    h("table", {...attributes, style: `--columns:${head.childElementCount}`}, caption ? h("caption", {}, caption) : null, h("thead", {}, head), h("tbody", {}, rows)));
}

// A plot that is drawn at the width it really has, and again when that changes.
const redraws = new Set();
function plot(draw) {
  const box = h("div", {class: "plot"});
  const again = () => {
    const style = getComputedStyle(box);
    const width = Math.floor(box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
    if (width > 0) box.replaceChildren(draw(width));
  };
  redraws.add(again);
  box.redraw = again;
  return box;
}
function redrawAll() {
  for (const again of redraws) again();
  mark();
}
let resizing = null;
window.addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(redrawAll, 120);
});
// Plots are drawn for the width of the paper before they are printed.
for (const [event, paper] of [["beforeprint", true], ["afterprint", false]]) window.addEventListener(event, () => {
  document.documentElement.classList.toggle("paper", paper);
  redrawAll();
});
function textWidth(text, em) { return text.length * em * 0.56; }
function short(text, em, room) {
  const letters = Math.max(3, Math.floor(room / (em * 0.56)));
  return text.length <= letters ? text : text.slice(0, letters - 1) + "…";
}
