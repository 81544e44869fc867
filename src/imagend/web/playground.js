// One model, one form, one picture at a time.

import { Refusal, call, follow } from "./api.js";
import { codePanel } from "./code.js";
import { credits, h, notice } from "./dom.js";
import { modelForm } from "./form.js";
import { stage } from "./stage.js";

const KEPT = "imagend.form";
const RUNNING = "imagend.run";
const PREVIEWS = 10;
const kept = (name) => JSON.parse(sessionStorage.getItem(name) ?? "null");
const keep = (name, value) => (value === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, JSON.stringify(value)));

/** What the gallery hands over: the form is filled with it at the next visit. */
export const fillForm = (slug, values) => keep(KEPT, { slug, values });
/** A request that is under way is shown at the next visit, also after a reload. */
export const watch = (run) => keep(RUNNING, run);

export function playground({ models, paid, signal }) {
  const usable = models.filter((model) => !model.is_depreciated);
  let model, form, stop;
  const price = h("p", { class: "price" });
  const send = h("button", { type: "submit", class: "main" }, "Generate");
  const slot = h("div", {});
  const code = codePanel();
  const view = stage({
    idea: (text) => { form.set({ ...form.values(), prompt: text }); changed(); generate(); },
    cancel, again: () => generate(),
  });
  const choice = h("select", { id: "model", onchange: () => { use(choice.value, carried()); } },
    usable.map(({ slug, title }) => h("option", { value: slug }, title)));
  const about = h("p", { class: "quiet small" });
  const element = h("div", { class: "playground" },
    h("form", { class: "panel form", novalidate: true, "aria-label": "Request", onsubmit: (event) => { event.preventDefault(); generate(); } },
      h("div", { class: "field" }, h("label", { for: "model" }, "Model"), choice, about), slot,
      h("div", { class: "send" }, price, send)),
    h("div", { class: "side" }, view.element, code.element));
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); generate(); }
  });

  /** Prompt, number and a chosen shape stay when the model changes; the rest is the new model's. */
  const carried = () => {
    const { prompt, aspect_ratio, num_images } = form.body();
    return { prompt, aspect_ratio, num_images };
  };

  function use(slug, values = {}) {
    model = usable.find((one) => one.slug === slug) ?? usable[0];
    choice.value = model.slug;
    about.textContent = model.description;
    form = modelForm(model, changed);
    form.set(values);
    slot.replaceChildren(form.element);
    changed();
  }

  const cost = () => model.pricing.credits_per_image * Math.max(1, form.values().num_images ?? 1);
  function changed() {
    const values = form.values();
    keep(KEPT, { slug: model.slug, values });
    price.replaceChildren(h("strong", {}, credits(cost())), " credits");
    code.show({ slug: model.slug, body: form.body(), values });
  }

  async function generate() {
    if (send.disabled) return;
    form.clear();
    send.disabled = true;
    try {
      const body = { ...form.body(), previews: PREVIEWS };
      view.begin(ratio(form.values()));
      bringIntoSight(view.element);
      const { request_id: id } = await call(`v2/${model.slug}`, { method: "POST", body });
      await show({ id, price: cost(), ratio: ratio(form.values()) });
    } catch (error) {
      refused(error);
    } finally {
      send.disabled = false;
    }
  }

  async function show(run) {
    const ending = new AbortController();
    signal.addEventListener("abort", () => ending.abort(), { once: true });
    watch(run);
    stop = async () => { await call(`v2/requests/${run.id}`, { method: "DELETE" }); };
    for await (const event of follow(run.id, PREVIEWS, ending.signal)) {
      if (event.name === "completed") {
        view.done(event.data, run);
        form.showSeed(event.data.seed);
      } else if (event.name === "failed") view.failed(event.data.error, /cancelled/.test(event.data.error) ? "Cancelled" : "No picture");
      else { view.event(event); continue; }
      watch(null);
      paid();
    }
    stop = null;
  }

  async function cancel() {
    try {
      await stop?.();
    } catch (error) {
      notice(error.message);
    }
  }

  function refused(error) {
    if (!(error instanceof Refusal)) { if (!signal.aborted) throw error; return; }
    watch(null);
    const atField = form.fail(error);
    view.failed(error.message, atField ? "Please look at the form" : error.status === 404 ? "No longer known" : "Not sent");
  }

  const before = kept(KEPT);
  use(before?.slug, before?.values);
  const running = kept(RUNNING);
  if (running) {
    send.disabled = true;
    view.begin(running.ratio);
    show(running).catch(refused).finally(() => { send.disabled = false; });
  }
  return element;
}

/** Where the panels stand one above the other, the picture is further down. */
function bringIntoSight(element) {
  const { top } = element.getBoundingClientRect();
  if (top > 0 && top < innerHeight / 2) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

function ratio({ width, height, aspect_ratio: words }) {
  if (width && height) return `${width} / ${height}`;
  return words ? words.replace(":", " / ") : "1";
}
