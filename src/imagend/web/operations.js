// What the server does at this moment, for operators: from /metrics, /admin/usage and /admin/quarantine.

import { call } from "./api.js";
import { bars, lineChart } from "./charts.js";
import { credits, h, moment, number, seconds, table } from "./dom.js";
import { by, quantile, total } from "./metrics.js";
import { before } from "./sampler.js";

const RATE_SECONDS = 20;
const QUANTILE_SECONDS = 60;

const rate = (moments, index, value) => {
  const then = before(moments, index, RATE_SECONDS);
  const passed = moments[index].at - then.at;
  return passed > 0 ? Math.max(0, value(moments[index]) - value(then)) / passed : null;
};
const line = (moments, value) => ({ points: moments.map((one, index) => [one.at, value(index, one)]) });
const share = (moments, name, quantum) => line(moments, (index, one) => quantile(one.metrics, before(moments, index, QUANTILE_SECONDS).metrics, name, quantum));

export function operations({ sampling, models, signal }) {
  const charts = [
    [lineChart("Queue", number, ["waiting", "running"]), (moments) => [
      line(moments, (_, { metrics }) => total(metrics, "queue_jobs")), line(moments, (_, { metrics }) => total(metrics, "running_jobs"))]],
    [lineChart("Pictures a second", number, ["delivered"]), (moments) => [line(moments, (index) => rate(moments, index, ({ pictures }) => pictures))]],
    [lineChart("Waiting time", seconds, ["median", "95 %"]), (moments) => [share(moments, "job_wait_seconds", 0.5), share(moments, "job_wait_seconds", 0.95)]],
    [lineChart("Running time", seconds, ["median", "95 %"]), (moments) => [share(moments, "job_run_seconds", 0.5), share(moments, "job_run_seconds", 0.95)]],
    [lineChart("Requests a minute", number, ["done", "failed"]), (moments) => ["COMPLETED", "FAILED"].map((state) =>
      line(moments, (index) => { const each = rate(moments, index, ({ metrics }) => total(metrics, "jobs_finished_total", { state })); return each === null ? null : each * 60; }))],
    [lineChart("Commit to disk", seconds, ["median", "99 %"]), (moments) => [share(moments, "commit_seconds", 0.5), share(moments, "commit_seconds", 0.99)]],
  ];
  const [facts, tables, slow, warning] = [h("div", { class: "facts" }), h("div", { class: "plots" }), h("div", { class: "plots" }), h("p", { class: "warning", role: "alert", hidden: true })];
  const element = h("div", { class: "operations" }, warning, facts, h("div", { class: "plots" }, charts.map(([chart]) => chart.element)), tables, slow);

  const stop = sampling.listen((moments, failure) => {
    warning.hidden = !failure;
    warning.textContent = failure ?? "";
    if (!moments.length) return;
    charts.forEach(([chart, read]) => chart.draw(read(moments)));
    const { metrics } = moments.at(-1);
    facts.replaceChildren(...factsOf(metrics));
    if (tables.contains(document.activeElement)) return; // whoever reads a table with the keyboard keeps the place
    const scrolled = [...tables.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    tables.replaceChildren(...tablesOf(metrics, models));
    tables.querySelectorAll(".scroll").forEach((one, index) => { one.scrollLeft = scrolled[index] ?? 0; });
  });
  signal.addEventListener("abort", stop, { once: true });
  tenants(slow, signal);
  return element;
}

const fact = (name, value, note) => h("div", { class: "fact panel" }, h("h2", {}, name), h("p", { class: "figure" }, value), h("p", { class: "quiet small" }, note));

function factsOf(metrics) {
  const workers = by(metrics, "workers", "state");
  const [finished, failed] = [total(metrics, "jobs_finished_total"), total(metrics, "jobs_finished_total", { state: "FAILED" })];
  const oldest = Math.max(0, ...(metrics.get("queue_oldest_seconds") ?? []).map(({ value }) => value));
  const age = total(metrics, "reconciled_age_seconds");
  const wrong = total(metrics, "ledger_violations");
  return [
    fact("Waiting", number(total(metrics, "queue_jobs")), oldest ? `the oldest for ${seconds(oldest)}` : "nobody waits"),
    fact("Running", number(total(metrics, "running_jobs")), `${number(total(metrics, "event_streams"))} watched live`),
    fact("Workers", number(workers.get("working") ?? 0), `${number(workers.get("draining") ?? 0)} draining, ${number(total(metrics, "worker_crashes_total"))} lost at work`),
    fact("Requests", number(finished), `${number(failed)} failed, ${number(total(metrics, "job_retries_total"))} tried again`),
    fact("Books", wrong ? `${wrong} wrong` : age < 0 ? "–" : "Right", age < 0 ? "not checked yet" : `checked ${seconds(age)} ago`),
  ];
}

function tablesOf(metrics, models) {
  const workers = (metrics.get("workers") ?? []).map(({ labels, value }) => [labels.backend, labels.state, number(value)]);
  const perModel = models.map(({ slug }) => {
    const states = by(metrics, "jobs_finished_total", "state", { model: slug });
    return [slug, number(total(metrics, "jobs_submitted_total", { model: slug })), number(states.get("COMPLETED") ?? 0), number(states.get("FAILED") ?? 0),
      seconds(quantile(metrics, null, "job_wait_seconds", 0.5, { model: slug })), seconds(quantile(metrics, null, "job_run_seconds", 0.5, { model: slug })),
      seconds(quantile(metrics, null, "job_run_seconds", 0.95, { model: slug }))];
  });
  const failures = [...by(metrics, "jobs_finished_total", "code", { state: "FAILED" })].filter(([, count]) => count > 0);
  const panel = (title, ...inside) => h("section", { class: "panel plot" }, h("h2", {}, title), ...inside);
  const wide = (title, ...inside) => h("section", { class: "panel plot broad" }, h("h2", {}, title), ...inside);
  return [
    wide("Models since the start", table("Models", ["Model", "Ordered", "Done", "Failed", "Wait", "Run", "95 %"], perModel, ["Ordered", "Done", "Failed", "Wait", "Run", "95 %"])),
    panel("Workers", workers.length ? table("Workers", ["Backend", "State", "Number"], workers, ["Number"]) : h("p", { class: "quiet" }, "None has been heard of lately.")),
    bars("Failures by reason", failures.map(([code, count]) => [code.replaceAll("_", " "), count, number(count)]), "Nothing has failed since the start"),
  ];
}

async function tenants(place, signal) {
  try {
    const [used, accounts, held] = await Promise.all([call("admin/usage?group_by=account", { signal }), call("admin/accounts?limit=1000", { signal }), call("admin/quarantine", { signal })]);
    const names = new Map(accounts.accounts.map(({ id, name }) => [id, name]));
    const rows = used.usage.map((row) => [names.get(row.account) ?? row.account, row.pictures, `${number(row.pictures)} · ${credits(row.spent)}`]).sort((one, other) => other[1] - one[1]);
    const given = held.requests.map((row) => [row.model, String(row.attempts), row.error ?? "–", moment(row.given_up_at)]);
    place.replaceChildren(bars("Tenants: pictures and credits, 30 days", rows.slice(0, 12)),
      h("section", { class: "panel plot" }, h("h2", {}, "Given up"), given.length ? table("Given up", ["Model", "Tries", "Why", "When"], given, ["Tries"]) : h("p", { class: "quiet" }, "No request has cost workers their lives.")));
  } catch (error) {
    if (!signal.aborted) place.replaceChildren(h("p", { class: "warning" }, error.message));
  }
  if (!signal.aborted) setTimeout(() => { if (!signal.aborted) tenants(place, signal); }, 15_000);
}
