// One control for one field of a model's JSON Schema. Each gives {name, element, get, set, fail}.
// get() is undefined for what is not sent.

import { h, icon, s } from "./dom.js";

const LABELS = {
  prompt: "Prompt", negative_prompt: "Negative prompt", aspect_ratio: "Aspect ratio", image_size: "Size",
  num_images: "Pictures", seed: "Seed", steps: "Steps", guidance_scale: "Guidance", scheduler: "Sampler",
  width: "Width", height: "Height", person_generation: "People", safety_filter_level: "Safety filter",
  output_format: "File format", quality: "File quality", add_watermark: "Invisible watermark", loras: "LoRAs",
};
const WORDS = {
  ALLOW_ADULT: "Adults", DONT_ALLOW: "Nobody", ALLOW_ALL: "Everybody", BLOCK_LOW_AND_ABOVE: "Strict",
  BLOCK_MEDIUM_AND_ABOVE: "Medium", BLOCK_ONLY_HIGH: "Only severe", BLOCK_NONE: "Off",
};
const HINTS = { negative_prompt: "What should not be in the picture", prompt: "What should be in the picture" };

export const label = (name) => LABELS[name] ?? name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
export const word = (value) => WORDS[value] ?? String(value);

/** The frame around a control: label, extra, control, error. */
function frame(name, control, { extra = null, group = false, changed, get, set }) {
  const id = `field-${name}`;
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const title = group ? h("legend", {}, label(name)) : h("label", { for: id }, label(name));
  const main = () => element.querySelector(`#${CSS.escape(id)}`) ?? element.querySelector("input, select, textarea");
  const fail = (text) => {
    error.textContent = text ?? "";
    error.hidden = !text;
    element.classList.toggle("wrong", Boolean(text));
    if (!text) { main()?.removeAttribute("aria-invalid"); main()?.removeAttribute("aria-describedby"); return; }
    main()?.setAttribute("aria-invalid", "true");
    main()?.setAttribute("aria-describedby", error.id);
    element.closest("details")?.setAttribute("open", "");
    main()?.focus({ preventScroll: true });
    element.scrollIntoView({ block: "center" });
  };
  const element = h(group ? "fieldset" : "div", { class: "field", "data-field": name }, title, extra, control, error);
  element.addEventListener("input", () => { fail(null); changed(); });
  return { name, element, get, set, fail };
}

function text(name, schema, changed) {
  const rows = name === "prompt" ? 4 : 2;
  const input = h("textarea", { id: `field-${name}`, rows, maxlength: schema.maxLength, placeholder: HINTS[name], value: schema.default ?? "" });
  const get = () => (input.value === "" && schema.default === undefined ? undefined : input.value);
  return frame(name, input, { changed, get, set: (value) => { input.value = value ?? ""; } });
}

function slider(name, schema, changed) {
  const whole = schema.type === "integer";
  const bounds = { min: schema.minimum, max: schema.maximum, step: whole ? 1 : 0.1 };
  const optional = schema.default === undefined;
  const range = h("input", { type: "range", ...bounds, "aria-label": `${label(name)}, slider`, value: schema.default ?? schema.maximum });
  const exact = h("input", { type: "number", id: `field-${name}`, ...bounds, step: whole ? 1 : "any", value: schema.default ?? "", placeholder: optional ? "auto" : null });
  const paint = () => {
    range.classList.toggle("auto", exact.value === "");
    range.style.setProperty("--share", `${(100 * (range.value - bounds.min)) / (bounds.max - bounds.min)}%`);
  };
  const set = (value) => { exact.value = value ?? ""; range.value = value ?? schema.maximum; paint(); };
  range.addEventListener("input", () => { exact.value = range.value; paint(); });
  exact.addEventListener("input", () => { if (exact.value !== "") range.value = exact.value; paint(); });
  paint();
  const get = () => (exact.value === "" ? undefined : Number(exact.value));
  return frame(name, h("div", { class: "slider" }, range, exact), { changed, get, set });
}

function choice(name, schema, changed) {
  const input = h("select", { id: `field-${name}` }, schema.enum.map((value) => h("option", { value, selected: value === schema.default }, word(value))));
  return frame(name, input, { changed, get: () => input.value, set: (value) => { input.value = value; } });
}

/** Choices that are seen at once: words, or ratios as shapes. */
function cards(name, schema, changed, drawn) {
  const made = schema.enum.map((value) => {
    const input = h("input", { type: "radio", name: `field-${name}`, value, checked: value === schema.default });
    return { input, element: h("label", { class: "card" }, input, drawn(value), h("span", {}, word(value))) };
  });
  const get = () => made.find(({ input }) => input.checked)?.input.value;
  const set = (value) => made.forEach(({ input }) => { input.checked = input.value === value; });
  return frame(name, h("div", { class: "cards" }, made.map(({ element }) => element)), { group: true, changed, get, set });
}

function shape(ratio) {
  const [width, height] = ratio.split(":").map(Number);
  const scale = 20 / Math.max(width, height);
  const [w, t] = [width * scale, height * scale];
  return s("svg", { viewBox: "0 0 24 24", class: "shape", "aria-hidden": "true" },
    s("rect", { x: 12 - w / 2, y: 12 - t / 2, width: w, height: t, rx: 2, fill: "none", stroke: "currentColor", "stroke-width": 1.6 }));
}

function flag(name, schema, changed) {
  const input = h("input", { type: "checkbox", role: "switch", id: `field-${name}`, checked: schema.default });
  return frame(name, input, { changed, get: () => input.checked, set: (value) => { input.checked = value; } });
}

function seed(name, schema, changed) {
  const input = h("input", { type: "number", id: `field-${name}`, min: 0, max: schema.maximum, placeholder: "a new one each time" });
  const button = h("button", { type: "button", class: "icon-button", "aria-pressed": "false", "aria-label": "Keep this seed", title: "Keep this seed" });
  let locked = false;
  const lock = (now) => {
    locked = now;
    button.setAttribute("aria-pressed", String(now));
    button.replaceChildren(icon(now ? "lock" : "open"));
  };
  button.addEventListener("click", () => {
    if (!locked && input.value === "") input.value = Math.floor(Math.random() * 2 ** 31);
    lock(!locked);
    changed();
  });
  input.addEventListener("input", () => lock(input.value !== ""));
  lock(false);
  const get = () => (locked && input.value !== "" ? Number(input.value) : schema.default);
  const set = (value) => { input.value = value === -1 ? "" : value; lock(value !== -1 && value !== undefined); };
  /** What was drawn: shown, and used again only when locked. */
  const show = (value) => { if (!locked) input.value = value; };
  return { ...frame(name, h("div", { class: "with-button" }, input, button), { changed, get, set }), show };
}

function loras(name, schema, changed) {
  const { name: names, scale } = schema.items.properties;
  const rows = names.enum.map((one) => {
    const use = h("input", { type: "checkbox", "aria-label": `Use ${one}` });
    const strength = h("input", { type: "number", min: scale.minimum, max: scale.maximum, step: 0.05, value: scale.default ?? 1, "aria-label": `Strength of ${one}` });
    return { one, use, strength, element: h("div", { class: "lora" }, h("label", {}, use, one), strength) };
  });
  const get = () => {
    const used = rows.filter(({ use }) => use.checked).map(({ one, strength }) => ({ name: one, scale: Number(strength.value) }));
    return used.length ? used : undefined;
  };
  const set = (value) => rows.forEach(({ one, use, strength }) => {
    const found = value?.find((row) => row.name === one);
    use.checked = Boolean(found);
    if (found) strength.value = found.scale ?? 1;
  });
  return frame(name, h("div", {}, rows.map(({ element }) => element)), { group: true, changed, get, set });
}

/** The control that suits a schema, or null for what these pages do not offer. */
export function control(name, schema, changed) {
  if (name === "seed") return seed(name, schema, changed);
  if (name === "loras") return loras(name, schema, changed);
  if (name === "aspect_ratio") return cards(name, schema, changed, shape);
  if (name === "image_size") return cards(name, schema, changed, () => null);
  if (schema.enum) return choice(name, schema, changed);
  if (schema.type === "boolean") return flag(name, schema, changed);
  if (schema.type === "integer" || schema.type === "number") return slider(name, schema, changed);
  return schema.type === "string" && !schema.pattern ? text(name, schema, changed) : null;
}
