// The panel with code that does what the form does.

import { copy, h, icon } from "./dom.js";
import { DIALECTS, LANGUAGES, NEEDS, sample } from "./samples.js";

/** {element, show(form)} */
export function codePanel() {
  let [dialect, language] = ["Segmind", "Python"];
  let form = null;
  const text = h("code", {});
  const needs = h("p", { class: "quiet small" });
  const draw = () => {
    if (!form) return;
    text.textContent = sample(dialect, language, form);
    needs.textContent = (language === "Python" ? `${NEEDS[dialect]}. ` : "") + "Your key is read from IMAGEND_API_KEY.";
  };
  const switcher = (name, words, first, choose) => h("div", { class: "segments", role: "radiogroup", "aria-label": name },
    words.map((word) => h("label", {},
      h("input", { type: "radio", name: `code-${name}`, value: word, checked: word === first, onchange: () => { choose(word); draw(); } }),
      h("span", {}, word))));
  const element = h("section", { class: "panel code", "aria-label": "Code" },
    h("header", {}, h("h2", {}, "Code"),
      switcher("dialect", DIALECTS, dialect, (word) => { dialect = word; }),
      switcher("language", LANGUAGES, language, (word) => { language = word; }),
      h("button", { type: "button", class: "icon-button", "aria-label": "Copy the code", title: "Copy", onclick: () => copy(text.textContent) }, icon("copy"))),
    h("pre", { tabindex: 0, "aria-label": "Sample" }, text), needs);
  return { element, show: (now) => { form = now; draw(); } };
}
