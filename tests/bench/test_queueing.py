"""The simulation behind docs/scaling.md agrees with what is known about simple queues."""

from __future__ import annotations

import math
import random
from statistics import mean

import pytest

from bench.queueing import Cell, Load, Station, arrivals, saturates_at, simulate

QUIET = Cell(
    gpus=40, gateway_cores=8, database_cores=8, image_spread=1e-9, submit_seconds=1e-6, poll_seconds=1e-6,
    work_seconds=1e-6, database_seconds=1e-6,
)  # fmt: skip


@pytest.mark.parametrize(("share", "seed"), [(0.3, 1), (0.6, 2), (0.8, 3)])
def test_one_server_waits_as_pollaczek_and_khinchine_say(share: float, seed: int) -> None:
    """M/D/1: mean wait = share / (2 (1 - share)) service times."""
    rng, station, now, waits = random.Random(seed), Station(1), 0.0, []
    for _ in range(60_000):
        now += rng.expovariate(share)
        waits.append(station.serve(now, 1.0) - 1.0 - now)
    assert mean(waits) == pytest.approx(share / (2 * (1 - share)), rel=0.1)


def test_two_servers_wait_as_erlang_says() -> None:
    """M/M/2 at 75 %: mean wait = C(2, 1.5) / (2 - 1.5) service times, C = 0.6428... (Erlang's second formula)."""
    rng, station, now, waits = random.Random(4), Station(2), 0.0, []
    for _ in range(120_000):
        now += rng.expovariate(1.5)
        service = rng.expovariate(1.0)
        waits.append(station.serve(now, service) - service - now)
    blocked = (1.5**2 / 2 / 0.25) / (1 + 1.5 + 1.5**2 / 2 / 0.25)
    assert mean(waits) == pytest.approx(blocked / 0.5, rel=0.1)


def test_bursts_keep_the_mean() -> None:
    calm, wild = (
        len(list(arrivals(Load(per_second=50, burst=burst, seconds=400), random.Random(5)))) for burst in (1, 6)
    )
    assert wild == pytest.approx(calm, rel=0.05) == 20_000


def test_an_idle_cell_waits_for_nothing_and_polls_every_second() -> None:
    found = simulate(QUIET, Load(per_second=1.0, seconds=200), random.Random(6))
    assert max(found.waits) < 1e-3
    assert all(math.isclose(total, 4.0, abs_tol=1e-3) for total in found.totals)
    assert len(found.answers) == pytest.approx(4 * len(found.totals), rel=0.02)


def test_what_saturates_first_is_what_is_busiest() -> None:
    cell = Cell(gpus=400, gateway_cores=1, database_cores=2, submit_seconds=2e-3, poll_seconds=1e-3, work_seconds=4e-3,
                database_seconds=3e-3)  # fmt: skip
    limits = saturates_at(cell)
    assert min(limits, key=lambda part: limits[part]) == "GPUs"
    found = simulate(cell, Load(per_second=0.9 * limits["GPUs"], seconds=120), random.Random(7))
    assert max(found.used, key=lambda part: found.used[part]) in ("GPUs", "gateways")
    for part, share in found.used.items():
        assert share < 0.9 * limits["GPUs"] / limits[part] * 1.3
