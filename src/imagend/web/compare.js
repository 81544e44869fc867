// Two pictures side by side, and in what their requests differ.

import { picture } from "./api.js";
import { dialog, h } from "./dom.js";
import { label, word } from "./fields.js";

const told = (value) => (value === undefined || value === "" ? "–" : typeof value === "object" ? JSON.stringify(value) : word(value));

export function compare([one, other]) {
  const rows = [one, other].map((row) => ({ model: row.model_name, ...row.request_body }));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const differing = names.filter((name) => told(rows[0][name]) !== told(rows[1][name]));
  const box = dialog("Side by side",
    h("div", { class: "pair" }, [one, other].map((row, index) => h("figure", {},
      h("img", { src: picture(row.generation_url), alt: row.request_body.prompt }),
      h("figcaption", { class: "quiet" }, `${index ? "Right" : "Left"}: ${row.request_body.prompt}`)))),
    differing.length
      ? h("table", { class: "differences" }, h("caption", {}, "What differs"),
        h("thead", {}, h("tr", {}, ["", "Left", "Right"].map((text) => (text ? h("th", { scope: "col" }, text) : h("td", {}))))),
        h("tbody", {}, differing.map((name) => h("tr", {}, h("th", { scope: "row" }, label(name)), rows.map((row) => h("td", {}, told(row[name])))))))
      : h("p", { class: "quiet" }, "Both were made by the same request."));
  box.classList.add("wide");
}
