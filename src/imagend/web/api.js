// The server. The key lives in sessionStorage and travels in a header, never in an address.

export const ROOT = new URL("../../", import.meta.url);
const KEY = "imagend.key";

export const keyless = document.documentElement.dataset.keyless === "true";
export const session = {
  get key() { return sessionStorage.getItem(KEY) ?? ""; },
  begin(key) { sessionStorage.setItem(KEY, key); },
  end() { sessionStorage.clear(); },
};

/** What the server said no to. field: the name that its words begin with, if any. */
export class Refusal extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }

  /** Which of these names the server means. */
  field(names) {
    const first = this.message.match(/^[`"']?([A-Za-z_]+)/)?.[1];
    return names.includes(first) ? first : names.find((name) => new RegExp(`\\b${name}\\b`).test(this.message)) ?? null;
  }
}

export async function answer(path, { method = "GET", body, headers = {}, signal, key = session.key } = {}) {
  const sent = { ...headers };
  if (key) sent["x-api-key"] = key;
  if (body !== undefined) sent["content-type"] = "application/json";
  let got;
  try {
    got = await fetch(new URL(path, ROOT), {
      method, headers: sent, signal, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "omit", redirect: "error",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal(0, "The server cannot be reached");
  }
  if (got.ok) return got;
  const words = await got.json().catch(() => ({}));
  if (got.status === 401 && key === session.key) dispatchEvent(new Event("imagend:unknown-key"));
  throw new Refusal(got.status, words.error ?? `The server answered ${got.status}`);
}

export const call = async (path, options) => (await answer(path, options)).json();
export const query = (fields) => {
  const kept = Object.entries(fields).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return kept.length ? `?${new URLSearchParams(kept)}` : "";
};

/** Links are made for the address that clients know; these pages ask the server where they came from. */
export function picture(url) {
  const found = url?.match(/\/(generations\/.+)$/);
  return found ? new URL(found[1], ROOT).href : url;
}

const pause = (milliseconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
});

/** Events of a request until its last one, over broken connections: {name, data}. */
export async function* follow(id, previews, signal) {
  let last = "";
  for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 8000)) {
    try {
      const headers = { accept: "text/event-stream", ...(last ? { "last-event-id": last } : {}) };
      const got = await answer(`v2/requests/${id}/events?previews=${previews}`, { headers, signal });
      if (got.status === 204) return;
      for await (const event of read(got.body)) {
        last = event.id || last;
        wait = 500;
        yield { name: event.name, data: JSON.parse(event.data) };
        if (event.name === "completed" || event.name === "failed") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && error.status >= 400 && error.status < 500 && error.status !== 429) throw error;
    }
    await pause(wait, signal);
  }
}

async function* read(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const event = { id: "", name: "message", data: "" };
        for (const line of block.split(/\r?\n/)) {
          const [, field, text] = line.match(/^(\w*):? ?(.*)$/) ?? [];
          if (field === "data") event.data += text;
          else if (field === "event") event.name = text;
          else if (field === "id") event.id = text;
        }
        if (event.data) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
