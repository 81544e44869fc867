// The frame: who is signed in, which page is shown, light or dark.

import { accounts } from "./accounts.js";
import { call, keyless, session } from "./api.js";
import { credits, h, icon, notice } from "./dom.js";
import { gallery } from "./gallery.js";
import { operations } from "./operations.js";
import { playground } from "./playground.js";
import { sampler } from "./sampler.js";
import { usage } from "./usage.js";

const THEME = "imagend.theme";
const PAGES = {
  playground: { title: "Playground", draw: playground },
  gallery: { title: "Gallery", draw: gallery },
  usage: { title: "Usage", draw: usage },
  operations: { title: "Operations", draw: operations, operators: true },
  accounts: { title: "Accounts and keys", short: "Accounts", draw: accounts, operators: true },
};

const app = document.getElementById("app");
let known = null; // {account, models, sampling, ending}
let page = null; // AbortController of the page that is shown

const here = () => location.hash.replace(/^#\/?/, "");
const allowed = () => Object.entries(PAGES).filter(([, { operators }]) => !operators || known.account.scopes.includes("admin"));
const go = (name) => { if (here() === name) show(); else location.hash = `/${name}`; };

async function refresh() {
  known.account = await call("api/auth/authenticate");
  const place = document.getElementById("balance");
  if (place) place.textContent = `${credits(known.account.credits.balance)} credits`;
}
const paid = () => { refresh().catch(() => {}); };

function frame() {
  const brand = h("a", { class: "brand", href: "#/playground" }, h("img", { src: new URL("mark.svg", import.meta.url).href, alt: "", width: 28, height: 28 }), "imagend");
  const links = allowed().map(([name, { title, short }]) => h("a", { href: `#/${name}`, "data-page": name }, short ?? title));
  app.replaceChildren(
    h("a", { class: "skip", href: "#content", onclick: (event) => { event.preventDefault(); document.getElementById("content").focus(); } }, "To the content"),
    h("header", { class: "top" }, brand, h("nav", { "aria-label": "Pages" }, links),
      h("div", { class: "who" }, h("span", { id: "balance", class: "quiet" }), theme(),
        !keyless && h("button", { type: "button", class: "icon-button", "aria-label": "Sign out", title: "Sign out", onclick: () => { leave(); } }, icon("out")))),
    h("main", { id: "content", tabindex: -1 }));
}

function theme() {
  const set = (name) => { document.documentElement.dataset.theme = name; };
  set(localStorage.getItem(THEME) ?? "");
  return h("button", { type: "button", class: "icon-button", "aria-label": "Light or dark", title: "Light or dark", onclick: () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    localStorage.setItem(THEME, dark ? "light" : "dark");
    set(localStorage.getItem(THEME));
  } }, icon("theme"));
}

function show() {
  if (!known) return;
  const name = allowed().some(([one]) => one === here()) ? here() : "playground";
  page?.abort();
  page = new AbortController();
  for (const link of document.querySelectorAll("nav [data-page]")) {
    if (link.dataset.page !== name) { link.removeAttribute("aria-current"); continue; }
    link.setAttribute("aria-current", "page");
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  document.title = `${PAGES[name].title} – imagend`;
  const { account, models, sampling } = known;
  const drawn = PAGES[name].draw({ account, models, sampling, go, paid, signal: page.signal });
  document.getElementById("content").replaceChildren(h("h1", { class: name === "playground" ? "unseen" : null }, PAGES[name].title), drawn);
  window.scrollTo(0, 0);
}

async function enter(key) {
  const account = await call("api/auth/authenticate", { key });
  const { models } = await call("inference-model-information/list", { key });
  if (key) session.begin(key);
  const ending = new AbortController();
  known = { account, models, ending, sampling: account.scopes.includes("admin") ? sampler(ending.signal) : null };
  frame();
  await refresh();
  show();
}

function leave(words = "") {
  known?.ending.abort();
  page?.abort();
  known = null;
  session.end();
  history.replaceState(null, "", location.pathname);
  welcome(words);
}

function welcome(words = "") {
  document.title = "Sign in – imagend";
  const input = h("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true, "aria-describedby": "key-hint" });
  const error = h("p", { class: "error", role: "alert", hidden: !words }, words);
  const go = h("button", { type: "submit", class: "main" }, "Sign in");
  const form = h("form", { class: "fields", onsubmit: async (event) => {
    event.preventDefault();
    go.disabled = true;
    error.hidden = true;
    try {
      await enter(input.value.trim());
    } catch (refusal) {
      error.textContent = refusal.status === 401 ? "This key is not known here." : refusal.message;
      error.hidden = false;
      input.focus();
    }
    go.disabled = false;
  } }, h("div", { class: "field" }, h("label", { for: "key" }, "API key"), input, error,
    h("p", { class: "quiet small", id: "key-hint" }, "The server prints one at its first start; ", h("code", {}, "imagend keys create"), " makes others. It stays in this tab until you sign out or close it.")), go);
  app.replaceChildren(h("main", { id: "content", class: "welcome" },
    h("img", { src: new URL("mark.svg", import.meta.url).href, alt: "", width: 56, height: 56 }),
    h("h1", {}, "imagend"), h("p", { class: "lead" }, "The Imagen API on your own hardware."), h("div", { class: "panel" }, form),
    h("p", { class: "quiet small" }, `Version ${document.documentElement.dataset.version}`)));
  input.focus();
}

addEventListener("hashchange", show);
addEventListener("imagend:unknown-key", () => { if (known) leave("The key is not valid any more."); });
document.documentElement.dataset.theme = localStorage.getItem(THEME) ?? "";
if (session.key || keyless) enter(session.key).catch((error) => {
  if (error.status === 401) session.end();
  if (error.status === 401 || !keyless) welcome(error.message); else notice(error.message);
});
else welcome();
