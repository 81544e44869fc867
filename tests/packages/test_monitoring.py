"""Alerts and dashboard ask for metrics, labels and codes that the server has, in the way that their kind allows."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from imagend.api.errors import SERVER_FAULTS
from imagend.core.watch import Level
from imagend.store.gateway_rows import WorkerRow
from imagend.telemetry.metrics import Metrics
from imagend.telemetry.table import HISTOGRAM, LEVEL, METRICS
from tools import dashboard
from tools.packages import ROOT

FOLDER = ROOT / "deploy" / "monitoring"
RULES = yaml.safe_load((FOLDER / "imagend.rules.yaml").read_text("utf-8"))["groups"][0]["rules"]
PANELS = [panel for panel in json.loads(dashboard.FILE.read_text("utf-8"))["panels"] if panel["type"] != "row"]
TARGETS = [pytest.param(target, id=f"{p['title']} {target['refId']}") for p in PANELS for target in p["targets"]]

#: What Prometheus puts on every series.
OF_PROMETHEUS = {"job", "instance"}
WORDS = {"by", "on", "unless", "and", "or", "without", "sum", "max", "min", "count", "rate", "increase", "absent",
         "histogram_quantile"}  # fmt: skip
GROUP = re.compile(r"\b(?:by|on|without)\s*\(([^)]*)\)")
SELECTOR = re.compile(
    r"(?P<around>(?:rate|increase)\()?\b(?P<name>[a-z_:][\w:]*)(?:\{(?P<labels>[^}]*)\})?(?P<range>\[[^\]]+\])?"
)
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')


def series() -> dict[str, set[str]]:
    """Every name that GET /metrics can show, with its labels, from the registry itself."""
    levels = [
        Level(name=one.name, value=1.0, labels=dict.fromkeys(one.labels, "x")) for one in METRICS if one.kind == LEVEL
    ]
    metrics = Metrics(lambda: levels)
    for one in METRICS:
        labels = dict.fromkeys(one.labels, "x")
        if one.kind == HISTOGRAM:
            metrics.observe(one.name, 1.0, **labels)
        elif one.kind != LEVEL:
            metrics.count(one.name, **labels)
    found: dict[str, set[str]] = {"up": set()}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


SERIES = series()
LEVELS = {f"imagend_{one.name}" for one in METRICS if one.kind == LEVEL} | {"up"}


def selectors(expression: str) -> Iterator[re.Match[str]]:
    for found in SELECTOR.finditer(GROUP.sub(" ", expression)):
        if found["name"] not in WORDS:
            yield found


def check(expression: str) -> None:
    """Raises AssertionError for a name, label or use that does not exist."""
    assert expression.count("(") == expression.count(")")
    found = list(selectors(expression))
    assert found, expression
    for one in found:
        assert one["name"] in SERIES, f"{one['name']} is no metric of the server"
        for label, _ in MATCHER.findall(one["labels"] or ""):
            assert label in SERIES[one["name"]] | OF_PROMETHEUS, f"{one['name']} has no label {label}"
        grows = one["name"] not in LEVELS
        assert grows == (one["around"] in ("rate(", "increase(")) == bool(one["range"]), f"{one['name']}: rate or not"
    shared = set.intersection(*(SERIES[one["name"]] for one in found)) | OF_PROMETHEUS
    for group in GROUP.findall(expression):
        assert {word.strip() for word in group.split(",")} <= shared, f"by ({group})"


@pytest.mark.parametrize(
    "expression",
    [
        "imagend_no_such_metric > 0",
        'imagend_queue_jobs{model="x"}',
        "rate(imagend_queue_jobs[5m])",
        "imagend_worker_crashes_total > 3",
        "sum by (model) (imagend_queue_jobs)",
        "sum by (le) (rate(imagend_commit_seconds[5m]))",
        "sum((imagend_queue_jobs)",
    ],
)
def test_the_check_finds_mistakes(expression: str) -> None:
    with pytest.raises(AssertionError):
        check(expression)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alerts_ask_for_what_there_is(rule: dict[str, Any]) -> None:
    check(rule["expr"])
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description"}
    kept = {word.strip() for group in GROUP.findall(rule["expr"]) for word in group.split(",")}
    whole = set.intersection(*(SERIES[one["name"]] for one in selectors(rule["expr"]))) | OF_PROMETHEUS
    aggregated = re.search(r"\b(?:sum|max)\b", rule["expr"])
    for label in re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())):
        assert label in (kept if aggregated else whole)


def test_values_of_labels_are_the_servers() -> None:
    text = " ".join(rule["expr"] for rule in RULES)
    codes = {code for found in re.findall(r'code=~"([^"]*)"', text) for code in found.split("|")}
    assert codes
    assert codes <= SERVER_FAULTS
    assert set(re.findall(r'state="([^"]*)"', text)) == {inspect.signature(WorkerRow).parameters["state"].default}


def test_names_of_alerts_are_apart_and_on_the_page() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert "deploy/monitoring/imagend.rules.yaml" in page


def test_alerts_that_promtool_is_asked_about_exist() -> None:
    tests = yaml.safe_load((FOLDER / "imagend.rules.test.yaml").read_text("utf-8"))
    asked = {one["alertname"] for test in tests["tests"] for one in test["alert_rule_test"]}
    assert asked <= {rule["alert"] for rule in RULES}
    for test in tests["tests"]:
        for given in test["input_series"]:
            check(given["series"] if given["series"].split("{")[0] in LEVELS else f"rate({given['series']}[1m])")


def test_prometheus_scrapes_the_job_that_alerts_name() -> None:
    whole = yaml.safe_load((FOLDER / "prometheus.yaml").read_text("utf-8"))
    assert whole["rule_files"] == ["imagend.rules.yaml"]
    assert {one["job_name"] for one in whole["scrape_configs"]} == {"imagend"}
    assert set(re.findall(r'job="([^"]*)"', " ".join(rule["expr"] for rule in RULES))) == {"imagend"}


def test_the_dashboard_is_the_tools() -> None:
    assert dashboard.FILE.read_text("utf-8") == dashboard.dashboard(), "run: python -m tools.dashboard"


@pytest.mark.parametrize("target", TARGETS)
def test_panels_ask_for_what_there_is(target: dict[str, Any]) -> None:
    check(target["expr"])
    assert all('job="$job"' in (one["labels"] or "") for one in selectors(target["expr"]))
    kept = {word.strip() for group in GROUP.findall(target["expr"]) for word in group.split(",")}
    assert (
        set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) == kept - {"le"} or target["legendFormat"] == "__auto"
    )


def test_panels_lie_side_by_side() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(dashboard.FILE.read_text("utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= dashboard.COLUMNS
        taken |= cells
    ids = [panel["id"] for panel in json.loads(dashboard.FILE.read_text("utf-8"))["panels"]]
    assert len(set(ids)) == len(ids)
