// Elements from calls. Texts become text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** h("p", {class: "quiet", onclick: f}, "text", child, [children]) */
export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);
export const s = (tag, properties, ...children) => fill(document.createElementNS(SVG, tag), properties, children);

const ICONS = {
  lock: "M5 9V6.500a5 5 0 0 1 10 0V9m-11 0h12v8H4z",
  open: "M5 9V6.500a5 5 0 0 1 9.500-2M4 9h12v8H4z",
  down: "M10 3v10m-4-4 4 4 4-4M4 17h12",
  again: "M15.500 6.500A6.500 6.500 0 1 0 16.500 11M16 3v4h-4",
  copy: "M7 7V3h10v10h-4M3 7h10v10H3z",
  close: "m5 5 10 10M15 5 5 15",
  pencil: "m4 16 1-4 8.500-8.500 3 3L8 15z",
  theme: "M10 3a7 7 0 1 0 0 14zm0 0a7 7 0 0 1 0 14",
  out: "M12 4H4v12h8m-4-6h9m-3-3 3 3-3 3",
};

export const icon = (name) =>
  s("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true", focusable: "false" },
    s("path", { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": 1.6,
      "stroke-linecap": "round", "stroke-linejoin": "round" }));

export const credits = (amount) =>
  new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 }).format(amount);
export const number = (value) => new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(value);
export function seconds(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  return value < 120 ? `${value.toFixed(value < 10 ? 1 : 0)} s` : `${Math.round(value / 60)} min`;
}
export const moment = (iso) =>
  iso ? new Date(iso).toLocaleString("en", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false }) : "–";

let clearing;
/** One line that passes; screen readers say it. */
export function notice(text) {
  const place = document.getElementById("notice");
  place.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => { place.textContent = ""; }, 5000);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice("Copied");
  } catch {
    notice("The browser did not allow copying");
  }
}

/** A modal dialog that closes on Escape and by its button, and gives the focus back. */
export function dialog(title, ...children) {
  const element = h("dialog", { "aria-label": title },
    h("div", { class: "head" }, h("h2", {}, title),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => element.close() }, icon("close"))),
    ...children);
  element.addEventListener("close", () => element.remove());
  document.body.append(element);
  element.showModal();
  return element;
}

/** A table; the last columns named in `numeric` are set to the right. */
export function table(caption, columns, rows, numeric = []) {
  const side = (name) => (numeric.includes(name) ? "number" : null);
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col", class: side(name) }, name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, index) => h("td", { class: side(columns[index]) }, cell)))))));
}
