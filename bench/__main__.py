"""`python -m bench [name ...]`: all tables, or the named ones; the page then shows the last run of each."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench import (
    cells,
    costs,
    databases,
    engine,
    flat,
    flood,
    mixed_shapes,
    objects,
    overlap,
    polls,
    provenance,
    quality,
    server,
    store,
    storm,
    strict,
    webhooks,
)
from bench.gpu import page
from bench.report import Table, write_page

TABLES: dict[str, Callable[[], Table | None]] = {
    "picture": engine.where_the_time_goes,
    "lanes": engine.lanes,
    "overlap": overlap.overlap,
    "throughput": server.throughput,
    "overhead": server.overhead,
    "polls": polls.status_polls,
    "storm": storm.cancel_storm,
    "submits": store.durable_submits,
    "store": databases.by_callers,
    "flat": flat.flat_costs,
    "webhooks": webhooks.latency,
    "objects": objects.stores,
    "inline-results": objects.inline,
    "large-results": objects.steady,
    "costs": costs.costs,
    "saturation": cells.saturation,
    "cells": cells.cells,
    "flood": flood.flood,
    "submit-flood": flood.submits,
    "quality-cost": quality.quality_cost,
    "provenance-cost": provenance.cost,
    "provenance-survival": provenance.survival,
    "provenance-false-alarms": provenance.false_alarms,
    "strict-cost": strict.strict_cost,
    "mixed-shapes": mixed_shapes.mixed_shapes,
}


def main() -> None:
    for name in sys.argv[1:] or list(TABLES):
        table = TABLES[name]()
        if table is not None:  # else it has said why
            table.save()
            print(table.markdown())
    write_page(list(TABLES))
    page.rewrite()


if __name__ == "__main__":
    main()
