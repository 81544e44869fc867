"""Metrics as Prometheus reads them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from imagend.core.watch import Level
from imagend.telemetry.table import COUNTER, HISTOGRAM, LEVEL, METRICS

logger = logging.getLogger(__name__)

Family = TypeVar("Family", Counter, Histogram)

PREFIX = "imagend_"
CONTENT_TYPE = CONTENT_TYPE_LATEST
MAX_SERIES = 500  # of one metric; what comes after goes into one series called `other`
OTHER = "other"


class Metrics:
    """A Watch (core/watch.py) with its own registry, so that two servers in one process do not mix."""

    def __init__(self, levels: Callable[[], Iterable[Level]] = tuple) -> None:
        """levels: asked at every reading; may block."""
        self._registry = CollectorRegistry()
        self._guard = threading.Lock()
        self._series: dict[str, dict[tuple[str, ...], Any]] = {one.name: {} for one in METRICS}
        self._levels = levels
        self._counters = {
            one.name: Counter(PREFIX + one.name, one.about, one.labels, registry=self._registry)
            for one in METRICS
            if one.kind == COUNTER
        }
        self._histograms = {
            one.name: Histogram(PREFIX + one.name, one.about, one.labels, buckets=one.buckets, registry=self._registry)
            for one in METRICS
            if one.kind == HISTOGRAM
        }
        self._registry.register(self)

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        self._series_of(self._counters[name], name, labels).inc(amount)

    def observe(self, name: str, value: float, **labels: str) -> None:
        self._series_of(self._histograms[name], name, labels).observe(value)

    def read_levels_from(self, levels: Callable[[], Iterable[Level]]) -> None:
        self._levels = levels

    def text(self) -> bytes:
        """Everything in Prometheus' text format. Blocks on the database."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """For the registry: the names of the levels are not looked up at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        """For the registry: the levels as they are now. If they cannot be read the rest is told all the same."""
        try:
            levels = list(self._levels())
        except Exception:
            logger.exception("levels could not be read")
            levels = []
        for one in METRICS:
            if one.kind != LEVEL:
                continue
            family = GaugeMetricFamily(PREFIX + one.name, one.about, labels=one.labels)
            for level in levels:
                if level.name == one.name:
                    family.add_metric([level.labels[label] for label in one.labels], level.value)
            yield family

    def _series_of(self, family: Family, name: str, labels: dict[str, str]) -> Family:
        """The one with these labels, or with `other` in all of them when there are too many series already. Each is
        looked up at its family once: requests count too, and that look takes longer than counting."""
        if not labels:
            return family
        known = self._series[name]
        values = tuple(labels.values())
        series = known.get(values)
        if series is None:
            with self._guard:
                told = labels if len(known) < MAX_SERIES else dict.fromkeys(labels, OTHER)
                series = family.labels(**told)
                if told is labels:
                    known[values] = series
        return series
