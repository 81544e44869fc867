"""From the measured costs of a job to cells of thousands of GPUs: what is full first, and how long jobs wait."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from bench.queueing import Cell, Load, Outcome, saturates_at, simulate
from bench.report import Table, load, percentile

#: GPUs, gateway cores, database cores of an installation that docs/scaling.md speaks of.
SIZES = {"one box": (8, 1, 1), "one database": (1000, 6, 8), "a cell": (4000, 24, 16)}
#: Share of the GPUs' time that is asked for, and how much faster every tenth second is.
LOADS = ((0.7, 1.0), (0.9, 1.0), (0.9, 3.0))
SECONDS = 60.0
ENDLESS = 1e6  # jobs a second: SQLite has no server of its own


def cell_of(costs: list[dict[str, Any]], database: str, gpus: int, cores: int, database_cores: int) -> Cell:
    """`costs`: rows of the table `costs`. On SQLite the database's work is the gateway's: it gets a core of its own for
    a share that is too small to matter."""
    row = {one["what"]: one for one in costs if one["database"] == database}
    submit, poll, job = row["durable submit"], row["status poll"], row["whole job, 1-step no-op model"]
    return Cell(
        gpus=gpus,
        gateway_cores=cores,
        database_cores=database_cores,
        submit_seconds=submit["gateway ms"] / 1000,
        poll_seconds=poll["gateway ms"] / 1000,
        work_seconds=max(1e-6, job["gateway ms"] - submit["gateway ms"]) / 1000,
        database_seconds=max(1e-6, job["database ms"]) / 1000,
    )


def saturation() -> Table:
    """Jobs per second that each part could carry by itself."""
    rows = []
    for name, cell in _cells().items():
        limits = saturates_at(cell)
        first = min(limits, key=lambda part: limits[part])
        full = {f"{part} full at": limit if limit < ENDLESS else "-" for part, limit in limits.items()}
        rows.append(_sizes(name, cell) | full | {"first": first})
    return Table(
        name="saturation",
        title="What is full first, in jobs a second",
        about="Reckoned from the table of costs: servers over what a job costs each of them, at 4 s of a GPU per image "
        "and one status poll a second while a job runs. Processor times are of this machine.",
        rows=rows,
    )


def cells() -> Table:
    """Simulated waits."""
    rows: list[dict[str, Any]] = []
    for name, cell in _cells().items():
        for share, burst in LOADS:
            rate = share * cell.gpus / cell.image_seconds
            found = simulate(cell, Load(per_second=rate, burst=burst, seconds=SECONDS), random.Random(1))
            rows.append({"size": name, "jobs/s": rate, "GPUs asked for": share, "burst": burst} | _waits(found))
    return Table(
        name="cells",
        title="Waits in cells of several sizes (queueing simulation)",
        about=f"{SECONDS:.0f} simulated seconds from an empty cell; lognormal images of 4 s, Poisson arrivals, in rows "
        "with a burst three times as fast in every tenth second. Gateways and database cost what was measured here.",
        rows=rows,
    )


def _cells() -> dict[str, Cell]:
    costs = load("costs")
    if costs is None:
        raise SystemExit("no table of costs yet: run `python -m bench costs` first")
    shared = "PostgreSQL" if any(row["database"] == "PostgreSQL" for row in costs.rows) else "SQLite"
    made = {name: cell_of(costs.rows, shared, *size) for name, size in SIZES.items()}
    return made | {"one box": replace(cell_of(costs.rows, "SQLite", *SIZES["one box"]))}


def _sizes(name: str, cell: Cell) -> dict[str, Any]:
    return {"size": name, "GPUs": cell.gpus, "gateway cores": cell.gateway_cores, "database cores": cell.database_cores}


def _waits(found: Outcome) -> dict[str, float]:
    return {
        "wait p50 s": percentile(found.waits, 0.5),
        "wait p95 s": percentile(found.waits, 0.95),
        "poll p95 ms": 1000 * percentile(found.answers, 0.95),
        **{f"{part} busy": share for part, share in found.used.items()},
    }
