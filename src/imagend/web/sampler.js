// Looks at the server every few seconds while an operator is signed in, so that charts have a past when they are opened.

import { answer, call } from "./api.js";
import { parse } from "./metrics.js";

const EVERY = 2000;
const KEPT = 160; // moments

export function sampler(signal) {
  const moments = []; // {at, metrics, pictures}
  const listeners = new Set();
  let failure = null;

  async function look() {
    const today = new Date().toISOString().slice(0, 10);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const [text, used] = await Promise.all([
      answer("metrics", { signal }).then((got) => got.text()),
      call(`admin/usage?group_by=day&from=${yesterday}&to=${today}`, { signal }),
    ]);
    moments.push({ at: Date.now() / 1000, metrics: parse(text), pictures: used.total.pictures });
    moments.splice(0, moments.length - KEPT);
  }

  async function turn() {
    if (!document.hidden) {
      try {
        await look();
        failure = null;
      } catch (error) {
        if (!signal.aborted) failure = error.message;
      }
      if (!signal.aborted) listeners.forEach((listener) => listener(moments, failure));
    }
    if (!signal.aborted) setTimeout(turn, EVERY);
  }
  turn();
  return {
    /** listener(moments, failure) now and at every look; returns how to stop. */
    listen(listener) {
      listeners.add(listener);
      if (moments.length) listener(moments, failure);
      return () => listeners.delete(listener);
    },
  };
}

/** The newest moment that is at least so many seconds older than moments[index], or the oldest. */
export function before(moments, index, seconds) {
  let place = index;
  while (place > 0 && moments[index].at - moments[place].at < seconds) place -= 1;
  return moments[place];
}
