// Accounts, their credits and keys, for operators.

import { call } from "./api.js";
import { ask } from "./asking.js";
import { copy, credits, dialog, h, icon, moment, notice, table } from "./dom.js";

const PAGE = 1000;
const MOST_PAGES = 20; // of a ledger; the command line shows longer ones
const SCOPES = [["generate read", "Order and look"], ["read", "Look only"], ["generate read admin", "Everything, operators' routes too"]];

export function accounts({ signal }) {
  const [left, right] = [h("section", { class: "panel" }), h("section", { class: "panel" })];
  let chosen = null;

  async function load() {
    try {
      const { accounts: rows } = await call(`admin/accounts?limit=${PAGE}`, { signal });
      chosen = rows.find(({ id }) => id === chosen?.id) ?? rows[0] ?? null;
      left.replaceChildren(
        h("header", { class: "row" }, h("h2", {}, "Accounts"), h("span", { class: "space" }), h("button", { type: "button", class: "plain", onclick: create }, "New account")),
        h("ul", { class: "list" }, rows.map((row) => h("li", {},
          h("button", { type: "button", "aria-current": row.id === chosen?.id ? "true" : null, onclick: () => { chosen = row; load(); } },
            h("span", {}, row.name || row.id, state(row)), h("b", {}, credits(row.credits.available)))))));
      if (chosen) await show(chosen);
    } catch (error) {
      if (!signal.aborted) left.replaceChildren(h("p", { class: "warning", role: "alert" }, error.message));
    }
  }

  const create = () => ask("New account", "Create", [
    { name: "name", label: "Name", required: true }, { name: "credits", label: "Credits to begin with", type: "number", value: "10" },
    { name: "daily_cap", label: "Credits a day at most", type: "number", hint: "no limit" },
    { name: "max_jobs", label: "Requests under way at most", type: "number", hint: "no limit" },
  ], async (values) => { chosen = await call("admin/accounts", { method: "POST", body: values }); notice("Account created"); await load(); });

  async function show(account) {
    const [{ keys }, entries] = await Promise.all([call(`admin/accounts/${account.id}/keys`, { signal }), ledger(account.id)]);
    const { available, held, spent, granted } = account.credits;
    const act = (words, what) => h("button", { type: "button", class: "plain", onclick: () => what(account) }, words);
    right.replaceChildren(
      h("header", { class: "row wrap" }, h("h2", {}, account.name || account.id, state(account)), h("span", { class: "space" }), act("Grant credits", grant), act(account.disabled ? "Open" : "Close", close)),
      h("p", { class: "quiet small" }, h("code", {}, account.id)),
      h("dl", { class: "sums" }, [["Available", available], ["Held", held], ["Spent", spent], ["Granted", granted]].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, credits(value))))),
      h("header", { class: "row" }, h("h3", {}, "Keys"), h("span", { class: "space" }), act("New key", newKey)),
      keys.length ? table("Keys", ["Name", "May", "Last used", "Ends", ""], keys.map(keyRow)) : h("p", { class: "quiet" }, "No keys yet."),
      h("h3", {}, "Ledger"),
      entries.length ? table("Ledger", ["When", "What", "Credits", "Why"], entries.slice(-20).reverse().map((row) => [moment(row.at), row.kind, credits(row.amount), row.reason || row.reference || "–"]), ["Credits"]) : h("p", { class: "quiet" }, "Nothing yet."));
  }

  /** Entries, oldest first: the routes have them in this order only. */
  async function ledger(id) {
    const found = [];
    for (let page = 0, after = 0; page < MOST_PAGES; page += 1) {
      const { entries } = await call(`admin/accounts/${id}/ledger?limit=${PAGE}&after=${after}`, { signal });
      found.push(...entries);
      if (entries.length < PAGE) break;
      after = entries.at(-1).seq;
    }
    return found;
  }

  const keyRow = (key) => [
    h("span", {}, key.name || "–", h("br"), h("code", { class: "quiet small" }, key.id)),
    key.scopes.join(", "), moment(key.last_used_at), key.revoked_at ? "revoked" : key.expires_at ? moment(key.expires_at) : "never",
    key.revoked_at ? "" : h("button", { type: "button", class: "plain danger", "aria-label": `Revoke ${key.name}`, onclick: () => revoke(key) }, "Revoke"),
  ];

  const grant = (account) => ask("Grant credits", "Grant", [
    { name: "amount", label: "Credits; negative takes back", type: "number", required: true },
    { name: "reason", label: "Reason" }, { name: "reference", label: "Reference", hint: "your number; counts once" },
  ], async (values) => { await call(`admin/accounts/${account.id}/credits`, { method: "POST", body: values }); notice("Credits granted"); await load(); });

  const newKey = (account) => ask("New key", "Create", [
    { name: "name", label: "Name", required: true }, { name: "scopes", label: "It may", options: SCOPES, value: SCOPES[0][0] },
    { name: "expires_at", label: "Ends", hint: "never; or 30d, 2027-01-31" }, { name: "rpm", label: "Requests a minute at most", type: "number", hint: "the server's limit" },
    { name: "daily_cap", label: "Credits a day at most", type: "number", hint: "no limit" },
  ], async ({ scopes, ...rest }) => {
    const made = await call(`admin/accounts/${account.id}/keys`, { method: "POST", body: { ...rest, scopes: scopes.split(" ") } });
    await load();
    dialog("The new key", h("p", {}, "It is shown once; only a hash of it is kept."),
      h("div", { class: "with-button secret" }, h("code", { tabindex: 0 }, made.key), h("button", { type: "button", class: "icon-button", "aria-label": "Copy the key", onclick: () => copy(made.key) }, icon("copy"))));
  });

  const revoke = (key) => ask(`Revoke ${key.name || key.id}?`, "Revoke", [], async () => { await call(`admin/keys/${key.id}`, { method: "DELETE" }); notice("Key revoked"); await load(); });
  const close = (account) => ask(`${account.disabled ? "Open" : "Close"} ${account.name}?`, account.disabled ? "Open" : "Close", [],
    async () => { await call(`admin/accounts/${account.id}`, { method: "PATCH", body: { disabled: !account.disabled } }); await load(); });

  load();
  return h("div", { class: "accounts" }, left, right);
}

const state = (row) => (row.disabled ? h("em", { class: "tag" }, "closed") : row.frozen ? h("em", { class: "tag" }, "frozen") : null);
