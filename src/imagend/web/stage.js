// Where a picture forms: nothing yet, waiting, forming, done, or why not.

import { picture } from "./api.js";
import { copy, credits, h, icon, seconds } from "./dom.js";

const IDEAS = ["a red kite over a green hill at sunset", "a lighthouse by the sea at night", "a blue boat on a calm lake"];

/** {element, empty, begin, event, done, failed}; idea, cancel: what to do when they are wanted. */
export function stage({ idea, cancel, again }) {
  const view = h("div", { class: "view" });
  const element = h("section", { class: "panel stage", "aria-label": "Picture" }, view);
  const place = (...children) => view.replaceChildren(...children);

  function empty() {
    place(h("div", { class: "blank" }, h("p", { class: "lead" }, "Describe a picture and press Generate."),
      h("div", { class: "chips" }, IDEAS.map((text) => h("button", { type: "button", class: "chip", onclick: () => idea(text) }, text)))));
  }

  let forming = {};
  function begin(ratio) {
    const image = h("img", { alt: "The picture as it forms", hidden: true });
    const canvas = h("div", { class: "forming" }, image);
    canvas.style.aspectRatio = ratio ?? "1";
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress" });
    const words = h("p", { class: "quiet", "aria-live": "off" }, "Sending");
    forming = { image, bar, words };
    place(canvas, h("div", { class: "run" }, bar,
      h("div", { class: "row" }, words, h("button", { type: "button", class: "plain", onclick: cancel }, "Cancel"))));
  }

  function event({ name, data }) {
    if (data.progress !== undefined) forming.bar.value = data.progress;
    if (name === "preview") {
      forming.image.src = `data:${data.content_type};base64,${data.image}`;
      forming.image.hidden = false;
    }
    forming.words.textContent = said(data);
  }

  function done(result, { price }) {
    const images = result.images.map((image, index) => {
      const url = picture(image.url);
      return h("figure", {},
        h("a", { href: url, target: "_blank", rel: "noopener", "aria-label": `Open picture ${index + 1} in full size` },
          h("img", { src: url, width: image.width, height: image.height, alt: result.prompt })),
        h("figcaption", {}, h("span", { class: "quiet" }, `${image.width} × ${image.height}, seed ${image.seed}`),
          h("a", { class: "icon-button", href: url, download: image.file_name, "aria-label": "Download", title: "Download" }, icon("down")),
          h("button", { type: "button", class: "icon-button", "aria-label": "Copy link", title: "Copy link", onclick: () => copy(url) }, icon("copy"))));
    });
    const { inference_time: took, queue_time: waited, cost } = result.metrics;
    place(h("div", { class: images.length > 1 ? "pictures many" : "pictures" }, images),
      (result.warnings ?? []).map((text) => h("p", { class: "warning" }, text)),
      h("div", { class: "row" },
        h("p", { class: "quiet" }, `${seconds(took)} drawing, ${seconds(waited)} waiting, ${credits(cost ?? price)} credits`),
        h("button", { type: "button", class: "plain", onclick: again }, icon("again"), "Once more")));
  }

  function failed(words, title = "No picture") {
    place(h("div", { class: "blank", role: "alert" }, h("p", { class: "lead" }, title), h("p", { class: "quiet" }, words)));
  }
  empty();
  return { element, empty, begin, event, done, failed };
}

function said({ status, steps, queue_position: position, eta_seconds: eta, progress }) {
  const left = eta === undefined || eta === null ? "" : `, about ${seconds(eta)} left`;
  if (status === "QUEUED") return position ? `Waiting, ${position} before this one${left}` : `Waiting for a worker${left}`;
  if (progress >= 1) return "Finishing";
  return steps ? `Step ${steps.done} of ${steps.total}${left}` : "Drawing";
}
