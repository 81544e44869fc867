// One's own requests: their pictures and parameters, again, side by side, cancelled.

import { call, picture, query } from "./api.js";
import { compare } from "./compare.js";
import { credits, dialog, h, icon, moment, notice, seconds } from "./dom.js";
import { label, word } from "./fields.js";
import { fillForm, watch } from "./playground.js";

const PER_PAGE = 24;
const STATES = { COMPLETED: "Completed", FAILED: "Failed", PENDING: "Under way" };
const DAY = 86_400_000;

export function gallery({ models, go, paid }) {
  const asked = { model_name: "", status: "", days: "7", page: 1 };
  const chosen = new Map(); // picture -> row, at most two
  const list = h("div", { class: "grid" });
  const pages = h("div", { class: "row pages" });
  const both = h("button", { type: "button", class: "main", disabled: true, onclick: () => compare([...chosen.values()]) }, "Compare");
  const filter = (name, text, options) => h("label", {}, h("span", {}, text),
    h("select", { onchange: (event) => { Object.assign(asked, { [name]: event.target.value, page: 1 }); load(); } },
      options.map(([value, words]) => h("option", { value, selected: value === asked[name] }, words))));
  const element = h("div", {},
    h("div", { class: "toolbar" },
      filter("model_name", "Model", [["", "All"], ...models.map(({ slug, title }) => [slug, title])]),
      filter("status", "State", [["", "All"], ...Object.entries(STATES)]),
      filter("days", "Time", [["1", "Today"], ["7", "7 days"], ["30", "30 days"]]),
      h("span", { class: "space" }), h("p", { class: "quiet", id: "compare-hint" }, "Select two pictures to compare them."), both),
    list, pages);

  async function load() {
    list.setAttribute("aria-busy", "true");
    try {
      const { days, ...rest } = asked;
      const from_date = new Date(Date.now() - (Number(days) - 1) * DAY).toISOString().slice(0, 10);
      const to_date = new Date().toISOString().slice(0, 10);
      const found = await call(`inference-request/request-history${query({ ...rest, from_date, to_date, per_page: PER_PAGE })}`);
      chosen.clear();
      choose();
      list.replaceChildren(...(found.history.length ? found.history.map(card) : [h("p", { class: "lead" }, "No requests here yet.")]));
      turn(found);
    } catch (error) {
      list.replaceChildren(h("p", { class: "warning", role: "alert" }, error.message));
    }
    list.removeAttribute("aria-busy");
  }

  function turn({ page, total_pages: last, total }) {
    const step = (to, words) => h("button", { type: "button", class: "plain", disabled: to < 1 || to > last, onclick: () => { asked.page = to; load(); } }, words);
    pages.replaceChildren(h("p", { class: "quiet" }, `${total} ${total === 1 ? "picture" : "pictures"}`), h("span", { class: "space" }),
      ...(last > 1 ? [step(page - 1, "Newer"), h("p", { class: "quiet" }, `${page} of ${last}`), step(page + 1, "Older")] : []));
  }

  function choose() {
    both.disabled = chosen.size !== 2;
    for (const box of list.querySelectorAll("input")) box.disabled = chosen.size === 2 && !box.checked;
  }

  function card(row, index) {
    const box = row.generation_url && h("label", { class: "pick" },
      h("input", { type: "checkbox", "aria-label": `Compare: ${row.request_body.prompt}`, "aria-describedby": "compare-hint",
        onchange: (event) => { if (event.target.checked) chosen.set(index, row); else chosen.delete(index); choose(); } }));
    return h("article", { class: "shot" },
      h("button", { type: "button", class: "open", onclick: () => details(row) }, thumb(row),
        h("span", { class: "words" }, h("span", { class: "prompt" }, row.request_body.prompt),
          h("span", { class: "quiet small" }, `${row.model_name} · ${moment(row.model_created)}`))), box);
  }

  async function again(row) {
    try {
      const { request_id: id } = await call(`v2/${row.model_name}`, { method: "POST", body: { ...row.request_body, previews: 10 } });
      fillForm(row.model_name, row.request_body);
      const model = models.find(({ slug }) => slug === row.model_name);
      watch({ id, price: (model?.pricing.credits_per_image ?? 0) * (row.request_body.num_images ?? 1), ratio: row.request_body.aspect_ratio?.replace(":", " / ") ?? "1" });
      go("playground");
    } catch (error) {
      notice(error.message);
    }
  }

  async function cancel(row) {
    try {
      await call(`v2/requests/${row.request_id}`, { method: "DELETE" });
      notice("Cancelled, free of charge");
      paid();
    } catch (error) {
      notice(error.message);
    }
    load();
  }

  function details(row) {
    const leave = (act) => () => { box.close(); act(row); };
    const button = (words, name, act, main) => h("button", { type: "button", class: main ? "main" : "plain", onclick: leave(act) }, icon(name), words);
    const box = dialog("Request", h("div", { class: "details" }, thumb(row, true), h("div", {},
      row.error && h("p", { class: "warning" }, row.error), parameters(row),
      h("div", { class: "row wrap" },
        button("Run again", "again", again, true),
        button("Edit", "pencil", () => { fillForm(row.model_name, row.request_body); go("playground"); }),
        row.generation_url && h("a", { class: "plain", href: picture(row.generation_url), download: "" }, icon("down"), "Download"),
        row.model_status === "PENDING" && button("Cancel", "close", cancel)))));
  }
  load();
  return element;
}

export const thumb = (row, large = false) => (row.generation_url
  ? h("img", { src: picture(row.generation_url), alt: large ? row.request_body.prompt : "", loading: large ? null : "lazy" })
  : h("span", { class: `none ${row.model_status.toLowerCase()}` }, row.model_status === "COMPLETED" ? "No longer kept" : STATES[row.model_status]));

/** What the request said, as a list of names and values. */
function parameters(row) {
  const facts = [["Model", row.model_name], ["Ordered", moment(row.model_created)], ["Took", seconds(row.latency_ms === null ? null : row.latency_ms / 1000)],
    ["Paid", `${credits(row.credits_deduction)} credits`], ...Object.entries(row.request_body).filter(([, value]) => value !== "").map(([name, value]) => [label(name), told(value)])];
  return h("dl", {}, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}
export const told = (value) => (Array.isArray(value) ? value.map(({ name, scale }) => `${name} ${scale}`).join(", ") : word(value));
