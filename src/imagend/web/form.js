// The form of one model, drawn from its card.

import { control } from "./fields.js";
import { h } from "./dom.js";

const FIRST = ["prompt", "negative_prompt", "aspect_ratio", "image_size", "num_images", "seed"];

/** {element, values(), body(), set(values), fail(refusal)}; changed is called after every edit. */
export function modelForm(model, changed) {
  const { properties } = model.parameters;
  const names = [...FIRST.filter((name) => name in properties), ...Object.keys(properties).filter((name) => !FIRST.includes(name))];
  const controls = names.map((name) => control(name, properties[name], changed)).filter(Boolean);
  const isFirst = ({ name }) => FIRST.includes(name);
  const element = h("div", { class: "fields" },
    controls.filter(isFirst).map((one) => one.element),
    h("details", {}, h("summary", {}, "More settings"),
      h("div", { class: "fields" }, controls.filter((one) => !isFirst(one)).map((one) => one.element))));

  /** Everything as it is in force, defaults too. */
  const values = () => Object.fromEntries(controls.map((one) => [one.name, one.get()]).filter(([, value]) => value !== undefined));
  /** What has to be said: the prompt, and what differs from the card. */
  const body = () => Object.fromEntries(Object.entries(values()).filter(([name, value]) => name === "prompt" || value !== properties[name].default));
  const set = (given) => controls.forEach((one) => one.set(given[one.name] ?? properties[one.name].default));
  const clear = () => controls.forEach((one) => one.fail(null));
  /** Shows a refusal at the field that it names; false if it names none. */
  const fail = (refusal) => {
    clear();
    const found = controls.find((one) => one.name === refusal.field(controls.map(({ name }) => name)));
    found?.fail(refusal.message);
    return Boolean(found);
  };
  const showSeed = (seed) => controls.find((one) => one.name === "seed")?.show(seed);
  return { element, values, body, set, clear, fail, showSeed };
}
