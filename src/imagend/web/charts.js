// Charts as inline SVG: lines over time, and bars. No library.

import { h, s } from "./dom.js";

const HEIGHT = 168;
const EDGE = { left: 54, right: 8, top: 10, bottom: 22 };

/** A round number at or above value: 1, 2, 2.5 or 5 times a power of ten. */
export function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

/** lines: [{name, points: [[epoch seconds, value or null]]}]; format: value -> text. {element, draw(lines)} */
export function lineChart(title, format, names) {
  const svg = s("svg", { class: "chart", role: "img" });
  const values = names.map(() => h("output", {}, "–"));
  const legend = h("ul", { class: "legend" }, names.map((name, index) => h("li", {}, h("i", { class: `ink-${index}` }), name, values[index])));
  const element = h("figure", { class: "panel plot" }, h("figcaption", {}, h("h2", {}, title), legend), svg);
  let lines = [];
  let pointed = null;

  /** As many minutes as there is something to show of: 1, 2 or 5. */
  const span = () => {
    const moments = lines.flatMap(({ points }) => points.map(([at]) => at));
    const end = Math.max(...moments, 0);
    const known = end - Math.min(...moments, end);
    return [[60, 120].find((most) => known <= most) ?? 300, end];
  };
  function paint() {
    const width = svg.clientWidth || 480;
    const [seconds, end] = span();
    const begin = end - seconds;
    const top = ceiling(Math.max(0, ...lines.flatMap(({ points }) => points.map(([, value]) => value ?? 0))));
    const x = (at) => EDGE.left + ((width - EDGE.left - EDGE.right) * (at - begin)) / seconds;
    const y = (value) => HEIGHT - EDGE.bottom - ((HEIGHT - EDGE.top - EDGE.bottom) * value) / top;
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.replaceChildren(
      ...[0, 0.5, 1].flatMap((share) => [
        s("line", { class: "rule", x1: EDGE.left, x2: width - EDGE.right, y1: y(top * share), y2: y(top * share) }),
        s("text", { class: "tick", x: EDGE.left - 8, y: y(top * share) + 4, "text-anchor": "end" }, format(top * share)),
      ]),
      s("text", { class: "tick", x: EDGE.left, y: HEIGHT - 5 }, `${seconds / 60} min ago`),
      s("text", { class: "tick", x: width - EDGE.right, y: HEIGHT - 5, "text-anchor": "end" }, "now"),
      ...lines.flatMap(({ points }, index) => drawn(points.filter(([at]) => at >= begin), index, x, y)),
      ...(pointed === null ? [] : [s("line", { class: "pointer", x1: pointed, x2: pointed, y1: EDGE.top, y2: HEIGHT - EDGE.bottom })]),
    );
    const at = pointed === null ? end : begin + ((pointed - EDGE.left) * seconds) / (width - EDGE.left - EDGE.right);
    const shown = lines.map(({ points }) => nearest(points, at));
    shown.forEach((value, index) => { values[index].textContent = value === null ? "–" : format(value); });
    svg.setAttribute("aria-label", `${title}: ${names.map((name, index) => `${name} ${values[index].textContent}`).join(", ")}`);
  }
  svg.addEventListener("pointermove", (event) => { pointed = Math.min(Math.max(event.offsetX, EDGE.left), svg.clientWidth - EDGE.right); paint(); });
  svg.addEventListener("pointerleave", () => { pointed = null; paint(); });
  new ResizeObserver(paint).observe(svg);
  return { element, draw: (now) => { lines = now; paint(); } };
}

function drawn(points, index, x, y) {
  const parts = [];
  for (const [at, value] of points) {
    if (value === null) parts.push([]);
    else (parts.at(-1) ?? parts[parts.push([]) - 1]).push([x(at), y(value)]);
  }
  return parts.filter((part) => part.length).flatMap((part) => {
    const path = `M${part.map(([px, py]) => `${px.toFixed(1)} ${py.toFixed(1)}`).join("L")}`;
    const [lastX, lastY] = part.at(-1);
    const floor = y(0);
    return [
      index === 0 ? s("path", { class: "area", d: `${path}L${lastX.toFixed(1)} ${floor}L${part[0][0].toFixed(1)} ${floor}Z` }) : "",
      s("path", { class: `line ink-${index}`, d: path }),
      part.length === 1 ? s("circle", { class: `dot ink-${index}`, cx: lastX, cy: lastY, r: 2.5 }) : "",
    ].filter(Boolean);
  });
}

function nearest(points, at) {
  const known = points.filter(([, value]) => value !== null);
  if (!known.length) return null;
  return known.reduce((best, point) => (Math.abs(point[0] - at) < Math.abs(best[0] - at) ? point : best))[1];
}

/** rows: [[name, value, text]], as bars beside their names; a list, so that it can be read without seeing it. */
export function bars(title, rows, nothing = "Nothing yet") {
  const most = Math.max(...rows.map(([, value]) => value), 0) || 1;
  const list = h("ul", { class: "bars" }, rows.map(([name, value, text]) => {
    const bar = h("i", {});
    bar.style.width = `${(100 * value) / most}%`;
    return h("li", {}, h("span", { title: name }, name), h("span", { class: "track" }, bar), h("b", {}, text));
  }));
  return h("figure", { class: "panel plot" }, h("figcaption", {}, h("h2", {}, title)), rows.length ? list : h("p", { class: "quiet" }, nothing));
}

/** rows: [[label, value]] as columns, such as days. */
export function columns(title, rows, format) {
  const top = ceiling(Math.max(0, ...rows.map(([, value]) => value)));
  const step = 100 / Math.max(rows.length, 1);
  const svg = s("svg", { class: "columns", viewBox: "0 0 100 40", preserveAspectRatio: "none", role: "img",
    "aria-label": `${title}: ${rows.map(([name, value]) => `${name} ${format(value)}`).join(", ")}` },
    rows.map(([name, value], index) => s("rect", { x: index * step + step * 0.15, width: step * 0.7, y: 40 - (40 * value) / top, height: (40 * value) / top, rx: 0.4 },
      s("title", {}, `${name}: ${format(value)}`))));
  const total = rows.reduce((sum, [, value]) => sum + value, 0);
  return h("figure", { class: "panel plot" }, h("figcaption", {}, h("h2", {}, title), h("span", { class: "quiet" }, `${format(total)} in all`)), svg,
    h("div", { class: "row quiet small" }, h("span", {}, rows[0]?.[0] ?? ""), h("span", {}, rows.at(-1)?.[0] ?? "")));
}
