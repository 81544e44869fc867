// Prometheus' text format, read; and what can be said of two moments of it.

const LINE = /^imagend_(\w+)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Map of name -> [{labels, value}]. */
export function parse(text) {
  const found = new Map();
  for (const line of text.split("\n")) {
    const [, name, inside, value] = line.match(LINE) ?? [];
    if (!name) continue;
    const labels = Object.fromEntries([...(inside ?? "").matchAll(LABEL)].map(([, label, said]) => [label, said]));
    if (!found.has(name)) found.set(name, []);
    found.get(name).push({ labels, value: Number(value.replace("+Inf", "Infinity")) });
  }
  return found;
}

const fits = (labels, wanted) => Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** Sum of the series whose labels fit. */
export const total = (metrics, name, wanted = {}) =>
  (metrics.get(name) ?? []).filter(({ labels }) => fits(labels, wanted)).reduce((sum, { value }) => sum + value, 0);

/** Value by one label. */
export function by(metrics, name, label, wanted = {}) {
  const sums = new Map();
  for (const { labels, value } of metrics.get(name) ?? []) {
    if (fits(labels, wanted)) sums.set(labels[label], (sums.get(labels[label]) ?? 0) + value);
  }
  return sums;
}

/** Upper bound -> how many were at most that, between two moments (earlier may be null: since the start). */
function buckets(now, earlier, name, wanted) {
  const bounds = by(now, `${name}_bucket`, "le", wanted);
  const before = earlier ? by(earlier, `${name}_bucket`, "le", wanted) : new Map();
  return [...bounds].map(([le, value]) => [Number(le.replace("+Inf", "Infinity")), value - (before.get(le) ?? 0)]).sort((one, other) => one[0] - other[0]);
}

/** A quantile of a histogram, interpolated inside its bucket; null where nothing was measured. */
export function quantile(now, earlier, name, share, wanted = {}) {
  const rows = buckets(now, earlier, name, wanted);
  const all = rows.at(-1)?.[1] ?? 0;
  if (!(all > 0)) return null;
  const place = rows.findIndex(([, count]) => count >= all * share);
  const [bound, count] = rows[place];
  const [low, below] = place ? rows[place - 1] : [0, 0];
  if (bound === Infinity) return low;
  return low + ((bound - low) * (all * share - below)) / Math.max(count - below, 1e-9);
}
