// What one's own account has used.

import { call } from "./api.js";
import { bars, columns } from "./charts.js";
import { credits, h, number } from "./dom.js";

const DAY = 86_400_000;
const day = (at) => new Date(at).toISOString().slice(0, 10);

export function usage({ account, signal }) {
  const place = h("div", { class: "plots" });
  const { balance, held } = account.credits;
  const fact = (name, value, note) => h("div", { class: "fact panel" }, h("h2", {}, name), h("p", { class: "figure" }, value), h("p", { class: "quiet small" }, note));
  const facts = h("div", { class: "facts" }, fact("Available", credits(balance), "credits"), fact("Held", credits(held), "for requests under way"), fact("Spent", credits(account.usage.credits_spent), "credits so far"));

  async function load() {
    try {
      const [days, models, keys] = await Promise.all(["day", "model", "key"].map((group) => call(`v1/usage?group_by=${group}`, { signal })));
      const known = new Map(days.usage.map((row) => [row.day, row]));
      const span = [...Array(30).keys()].map((index) => day(Date.now() - (29 - index) * DAY));
      const rows = (used, group) => used.usage.map((row) => [row[group], row.pictures, `${number(row.pictures)} · ${credits(row.spent)}`]);
      place.replaceChildren(
        columns("Pictures a day", span.map((name) => [name, known.get(name)?.pictures ?? 0]), number),
        columns("Credits a day", span.map((name) => [name, known.get(name)?.spent ?? 0]), credits),
        bars("Models: pictures and credits", rows(models, "model")), bars("Keys: pictures and credits", rows(keys, "key")));
    } catch (error) {
      if (!signal.aborted) place.replaceChildren(h("p", { class: "warning", role: "alert" }, error.message));
    }
  }
  load();
  return h("div", {}, facts, place);
}
