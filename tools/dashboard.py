"""Write Grafana's dashboard: `python -m tools.dashboard`. A test holds the panels below to the server's metrics.

Levels (gauges that are read from the database) are told alike by every gateway: max. Counters are summed over gateways.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "deploy" / "monitoring" / "grafana-imagend.json"
SOURCE = {"type": "prometheus", "uid": "${source}"}
COLUMNS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    title: str
    unit: str  # Grafana's name of it
    lines: tuple[tuple[str, str], ...]  # (legend, expression); `@` stands for the job's label
    about: str = ""
    kind: str = "timeseries"
    width: int = 8
    height: int = 7
    bad: float | None = None  # red from here on


def _quantiles(metric: str, by: str = "", *shares: float) -> tuple[tuple[str, str], ...]:
    group = f"{by}, le" if by else "le"
    legend = f"{{{{{by}}}}} " if by else ""
    return tuple(
        (
            f"{legend}p{share * 100:g}",
            f"histogram_quantile({share}, sum by ({group}) (rate({metric}_bucket{{@}}[$__rate_interval])))",
        )
        for share in shares or (0.5, 0.95, 0.99)
    )


def _stat(title: str, unit: str, expression: str, bad: float | None = None) -> Panel:
    return Panel(title=title, unit=unit, lines=(("", expression),), kind="stat", width=4, height=4, bad=bad)


def _rate(metric: str, by: str) -> tuple[str, str]:
    return f"{{{{{by}}}}}", f"sum by ({by}) (rate({metric}{{@}}[$__rate_interval]))"


ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Now",
        (
            _stat("Gateways", "short", "sum(up{@})"),
            _stat("Workers", "short", 'sum(max by (backend) (imagend_workers{state="working", @}))'),
            _stat("Waiting", "short", "sum(max by (backend) (imagend_queue_jobs{@}))"),
            _stat("Oldest waits", "s", "max(imagend_queue_oldest_seconds{@})", 60),
            _stat("Completed per second", "reqps",
                  'sum(rate(imagend_jobs_finished_total{state="COMPLETED", @}[$__rate_interval]))'),
            _stat("Broken invariants", "short", "sum(max by (invariant) (imagend_ledger_violations{@}))", 1),
        ),
    ),
    (
        "Requests",
        (
            Panel(title="Orders and ends", unit="reqps", lines=(
                ("ordered", "sum(rate(imagend_jobs_submitted_total{@}[$__rate_interval]))"),
                ("refused", "sum(rate(imagend_jobs_refused_total{@}[$__rate_interval]))"),
                ("{{state}}", "sum by (state) (rate(imagend_jobs_finished_total{@}[$__rate_interval]))"),
            )),
            Panel(title="Why requests fail", unit="reqps", lines=(
                ("{{code}}", 'sum by (code) (rate(imagend_jobs_finished_total{state="FAILED", @}[$__rate_interval]))'),
            )),
            Panel(title="Refused orders", unit="reqps", lines=(_rate("imagend_jobs_refused_total", "code"),)),
            Panel(title="Wait until begun", unit="s", lines=_quantiles("imagend_job_wait_seconds")),
            Panel(title="Run", unit="s", lines=_quantiles("imagend_job_run_seconds", "model", 0.5, 0.95)),
            Panel(title="From order to end", unit="s", lines=_quantiles("imagend_job_total_seconds")),
        ),
    ),
    (
        "Queue and workers",
        (
            Panel(title="Requests that wait", unit="short", lines=(
                ("{{backend}}", "max by (backend) (imagend_queue_jobs{@})"),)),
            Panel(title="Requests that run", unit="short", lines=(
                ("{{backend}}", "max by (backend) (imagend_running_jobs{@})"),)),
            Panel(title="Workers", unit="short", lines=(
                ("{{backend}} {{state}}", "max by (backend, state) (imagend_workers{@})"),)),
            Panel(title="Attempts that did not end well", unit="reqps", lines=(
                ("failed, tried again", "sum(rate(imagend_job_retries_total{@}[$__rate_interval]))"),
                ("handed back", "sum(rate(imagend_job_releases_total{@}[$__rate_interval]))"),
                ("worker lost", "sum(rate(imagend_worker_crashes_total{@}[$__rate_interval]))"),
                ("taken: {{reason}}", "sum by (reason) (rate(imagend_jobs_taken_back_total{@}[$__rate_interval]))"),
                ("stale: {{verb}}", "sum by (verb) (rate(imagend_stale_results_refused_total{@}[$__rate_interval]))"),
            )),
            Panel(title="One call of the model", unit="s",
                  lines=_quantiles("imagend_engine_step_seconds", "work", 0.5, 0.99)),
            Panel(title="How full batches are", unit="percentunit", lines=(
                ("{{backend}}", "sum by (backend) (rate(imagend_engine_step_occupancy_ratio_sum{@}[$__rate_interval]))"
                 " / sum by (backend) (rate(imagend_engine_step_occupancy_ratio_count{@}[$__rate_interval]))"),)),
        ),
    ),
    (
        "HTTP and webhooks",
        (
            Panel(title="Answers", unit="reqps", lines=(_rate("imagend_http_requests_total", "status"),)),
            Panel(title="Time of answers", unit="s", about="POST /v1 waits for its picture",
                  lines=_quantiles("imagend_http_request_seconds", "route", 0.95)),
            Panel(title="Event streams", unit="short", lines=(
                ("{{instance}}", "sum by (instance) (imagend_event_streams{@})"),)),
            Panel(title="Webhook attempts", unit="reqps", lines=(_rate("imagend_webhook_attempts_total", "result"),)),
            Panel(title="Webhooks that wait", unit="short", lines=(
                ("waiting", "max(imagend_webhook_backlog{@})"),)),
            Panel(title="Oldest webhook", unit="s", lines=(
                ("age", "max(imagend_webhook_backlog_oldest_seconds{@})"),), bad=900),
        ),
    ),
    (
        "Database, pictures, money",
        (
            Panel(title="Commits (SQLite)", unit="s", lines=_quantiles("imagend_commit_seconds"), bad=0.25),
            Panel(title="Picture store", unit="s", lines=_quantiles("imagend_blob_seconds", "call", 0.95)),
            Panel(title="What failed there", unit="reqps", lines=(
                _rate("imagend_blob_errors_total", "call"),
                ("commits", "sum(rate(imagend_commits_failed_total{@}[$__rate_interval]))"),
            )),
            Panel(title="Credits", unit="short", about="Sum over all accounts, in micro-credits", lines=(
                ("{{part}}", "max by (part) (imagend_credits_micro{@})"),)),
            Panel(title="The books", unit="s", about="Since they were checked; -1: never", lines=(
                ("age of the last check", "max(imagend_reconciled_age_seconds{@})"),), bad=900),
            Panel(title="Versions", unit="short", lines=(
                ("{{version}}, Python {{python}}", "count by (version, python) (imagend_build_info{@})"),)),
        ),
    ),
)  # fmt: skip


def _drawn(panel: Panel, number: int, left: int, top: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    steps += [{"color": "red", "value": panel.bad}] if panel.bad is not None else []
    defaults: dict[str, Any] = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}}
    if panel.kind == "timeseries":
        shown = "line" if panel.bad is not None else "off"
        defaults["custom"] = {"fillOpacity": 8, "showPoints": "never", "thresholdsStyle": {"mode": shown}}
        options: dict[str, Any] = {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi"},
        }
    else:
        options = {"colorMode": "value", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"]}}
    targets = [
        {"refId": chr(ord("A") + place), "datasource": SOURCE, "legendFormat": legend or "__auto",
         "expr": expression.replace("@", 'job="$job"')}
        for place, (legend, expression) in enumerate(panel.lines)
    ]  # fmt: skip
    return {
        "id": number, "type": panel.kind, "title": panel.title, "description": panel.about, "datasource": SOURCE,
        "gridPos": {"x": left, "y": top, "w": panel.width, "h": panel.height},
        "fieldConfig": {"defaults": defaults, "overrides": []}, "options": options, "targets": targets,
    }  # fmt: skip


def panels() -> list[dict[str, Any]]:
    """Rows from top to bottom, panels from left to right, without gaps."""
    drawn: list[dict[str, Any]] = []
    top = 0
    for title, row in ROWS:
        place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        drawn.append(
            {"id": len(drawn) + 1, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}
        )
        top += 1
        left = 0
        for panel in row:
            if left + panel.width > COLUMNS:
                left, top = 0, top + panel.height
            drawn.append(_drawn(panel, len(drawn) + 1, left, top))
            left += panel.width
        top += row[-1].height
    return drawn


def dashboard() -> str:
    variables = [
        {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
        {"name": "job", "label": "Job", "type": "query", "datasource": SOURCE, "refresh": 2, "sort": 1,
         "query": {"query": "label_values(imagend_build_info, job)", "refId": "jobs"}},
    ]  # fmt: skip
    whole = {
        "uid": "imagend", "title": "imagend", "tags": ["imagend"], "schemaVersion": 39, "version": 1, "editable": True,
        "refresh": "30s", "time": {"from": "now-3h", "to": "now"}, "timezone": "browser", "graphTooltip": 1,
        "annotations": {"list": []}, "templating": {"list": variables}, "panels": panels(),
    }  # fmt: skip
    return json.dumps(whole, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(dashboard(), "utf-8")
