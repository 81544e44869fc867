"""Every metric: its name, kind, labels and meaning. docs/operations.md shows this table; a test compares them.

Counters and histograms grow while the process lives and are summed over gateways; levels are read when somebody asks,
from the database, so that each gateway of one installation tells the same.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNTER, HISTOGRAM, LEVEL = "counter", "histogram", "gauge"

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LONG = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    name: str  # without the prefix imagend_
    kind: str
    about: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _count(name: str, about: str, *labels: str) -> Metric:
    return Metric(name=name, kind=COUNTER, about=about, labels=labels)


def _level(name: str, about: str, *labels: str) -> Metric:
    return Metric(name=name, kind=LEVEL, about=about, labels=labels)


def _times(name: str, about: str, *labels: str, buckets: tuple[float, ...] = QUICK) -> Metric:
    return Metric(name=name, kind=HISTOGRAM, about=about, labels=labels, buckets=buckets)


METRICS: tuple[Metric, ...] = (
    _count("jobs_submitted_total", "requests accepted", "model"),
    _count("jobs_refused_total", "orders refused by queue caps, limits or credits", "code"),
    _count("jobs_claimed_total", "attempts begun", "model"),
    _count("jobs_finished_total", "requests that became final; code is ok for COMPLETED", "model", "state", "code"),
    _times("job_wait_seconds", "from the order to its first attempt", "model", buckets=LONG),
    _times("job_run_seconds", "from the first attempt to the end", "model", buckets=LONG),
    _times("job_total_seconds", "from the order to the end", "model", buckets=LONG),
    _count("job_retries_total", "attempts that failed and are tried again", "model"),
    _count("job_releases_total", "attempts that a draining worker handed back", "model"),
    _count("jobs_taken_back_total", "requests moved by a sweep, by what it looked for", "reason"),
    _count("worker_crashes_total", "requests whose worker died or fell silent"),
    _count("stale_results_refused_total", "last words of attempts whose lease was gone", "verb"),
    _times("engine_step_seconds", "one batched evaluation, reading, decoding or loading of a model", "backend", "work"),
    _times("engine_step_lanes", "pictures in one batched evaluation", "backend", buckets=SIZES),
    _times("engine_step_occupancy_ratio", "those pictures over the most that fit", "backend",
           buckets=(0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)),
    _count("http_requests_total", "answers on the public port", "route", "method", "status"),
    _times("http_request_seconds", "from the request line to the end of the answer", "route", "method", buckets=LONG),
    _times("commit_seconds", "one commit of the database's writing thread"),
    _times("commit_batch_size", "transactions that shared one commit", buckets=SIZES),
    _count("commits_failed_total", "commits that the database refused"),
    _times("blob_seconds", "one call of the picture store", "call"),
    _count("blob_errors_total", "calls of the picture store that failed", "call"),
    _count("key_lookups_total", "API keys found in memory (hit) or looked up (miss)", "result"),
    _count("webhook_attempts_total", "attempts to deliver; result is delivered or the class of error", "result"),
    _times("webhook_attempt_seconds", "one attempt to deliver", buckets=LONG),
    _count("reconciler_runs_total", "checks of the books by this gateway", "result"),
    _count("ledger_violations_found_total", "broken invariants found by this gateway", "invariant"),
    _count("deletions_refused_total", "times that retention refused to delete too much at once"),
    _count("disk_full_total", "times that the disk was full and the ballast was let go"),
    _level("build_info", "1; what runs here", "version", "python"),
    _level("draining", "1 while this gateway stops"),
    _level("queue_jobs", "requests that wait", "backend"),
    _level("queue_oldest_seconds", "age of the oldest waiting request", "backend"),
    _level("running_jobs", "requests that a worker has", "backend"),
    _level("credits_micro", "sum over all accounts: available, held, spent, granted", "part"),
    _level("webhook_backlog", "deliveries that wait or are tried again"),
    _level("webhook_backlog_oldest_seconds", "age of the oldest of them"),
    _level("event_streams", "event streams open at this gateway"),
    _level("workers", "workers heard of lately, wherever they are: working or draining", "backend", "state"),
    _level("pool_workers", "worker processes of this gateway: starting or ready", "state"),
    _level("accounts_frozen", "accounts whose books are wrong: they may not order"),
    _level("ledger_violations", "broken invariants that are known and not mended", "invariant"),
    _level("reconciled_age_seconds", "since the books were last checked; -1: never"),
    _level("ballast_bytes", "reserve that is set aside for a full disk; 0: it is in use"),
)  # fmt: skip
