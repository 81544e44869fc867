// A dialog with a few fields, sent to one route; a refusal is shown at the field that it names.

import { Refusal } from "./api.js";
import { dialog, h } from "./dom.js";

/** fields: [{name, label, type, value, options, hint, required}]; send(values) -> anything. Closes when it went well. */
export function ask(title, words, fields, send) {
  const made = fields.map((field) => {
    const id = `ask-${field.name}`;
    const input = field.options
      ? h("select", { id }, field.options.map(([value, text]) => h("option", { value, selected: value === field.value }, text)))
      : h("input", { id, type: field.type ?? "text", value: field.value ?? "", required: field.required, autocomplete: "off", step: "any", placeholder: field.hint });
    const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
    return { ...field, input, error, element: h("div", { class: "field" }, h("label", { for: id }, field.label), input, error) };
  });
  const general = h("p", { class: "error", role: "alert", hidden: true });
  const go = h("button", { type: "submit", class: "main" }, words);
  const form = h("form", { class: "fields", novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    go.disabled = true;
    for (const { error, input } of made) { error.hidden = true; input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); }
    general.hidden = true;
    try {
      await send(Object.fromEntries(made.map(({ name, input, type }) => [name, read(input, type)]).filter(([, value]) => value !== undefined)));
      box.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const field = made.find(({ name }) => name === error.field(made.map((one) => one.name)));
      const place = field?.error ?? general;
      place.textContent = error.message;
      place.hidden = false;
      field?.input.setAttribute("aria-invalid", "true");
      field?.input.setAttribute("aria-describedby", place.id);
      field?.input.focus();
    }
    go.disabled = false;
  } }, made.map(({ element }) => element), general, h("div", { class: "row" }, h("span", { class: "space" }), go));
  const box = dialog(title, form);
  return box;
}

function read(input, type) {
  if (input.value.trim() === "") return undefined;
  return type === "number" ? Number(input.value) : input.value.trim();
}
