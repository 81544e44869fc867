"""Whether anything becomes dearer as finished rows pile up."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import psycopg

from bench.databases import ACCOUNTS, WON, Counter, counter, stores
from bench.report import Table, percentile
from bench.store import RECIPE
from imagend.core.outcome import outcome_to_dict
from imagend.desk.history import History, Question
from imagend.store.base import Store
from imagend.store.hours import hour_number
from imagend.store.postgres import PostgresStore

SIZES = (100, 10_000, 1_000_000)
CALLS = 60
SPACING_SECONDS = 0.36  # between one finished job and the next: 10,000 an hour
KEPT_SECONDS = 9 * 86_400  # all of them are still there
SERIES = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {most}) SELECT n FROM s)",
    "postgres": "(SELECT generate_series(1, {most}) AS n)",
}

JOBS = """
INSERT INTO job (id, account_id, backend, model, state, recipe, options, cost_microcredits, prio_key, created_at,
    run_after, deadline_at, attempt, started_at, finished_at, expires_at, expiry_hour, outcome, outputs,
    paid_microcredits)
SELECT 'old-' || n, 'acct-' || (n % {accounts}), 'noop', 'imagen-4-fast', 'COMPLETED', '{recipe}', '{{}}', 1, 0,
    {now} - n * {spacing}, 0, 0, 1, {now} - n * {spacing}, {now} - n * {spacing}, {expires}, {hour}, '{outcome}', 1, 1
FROM {series} AS numbers
"""
LEDGER = """
INSERT INTO ledger (account_id, request_id, kind, amount, at)
SELECT 'acct-' || (n % {accounts}), 'old-' || n, '{kind}', 1, {now} FROM {series} AS numbers
"""
PAST = """
INSERT INTO past_request (request_id, account_id, model, state, recipe, outcome, outputs, paid_microcredits,
    created_at, started_at, finished_at, files_kept)
SELECT 'past-' || n, 'acct-' || (n % {accounts}), 'imagen-4-fast', 'COMPLETED', '{recipe}', '{outcome}', 1, 1,
    {now} - n * {spacing}, 0, {now} - n * {spacing}, 1 FROM {series} AS numbers
"""
HISTORY = """
INSERT INTO history (request_id, account_id, model, state, cost_microcredits, attempt, crashes, created_at, finished_at)
SELECT 'past-' || n, 'acct-' || (n % {accounts}), 'imagen-4-fast', 'COMPLETED', 1, 1, 0, {now} - n * {spacing}, {now}
FROM {series} AS numbers
"""


def flat_costs() -> Table:
    rows: list[dict[str, Any]] = []
    with stores() as fresh, tempfile.TemporaryDirectory() as folder:
        for name, make in fresh.items():
            times: dict[str, list[float]] = {}
            for size in SIZES:
                store = make()
                desk = counter(store, Path(folder))
                _load(store, size)
                for what, seconds in _costs(desk, size).items():
                    times.setdefault(what, []).append(seconds)
                store.close()
            rows += [
                {"database": name, "work": what, "ms at 100": 1000 * found[0], "at 10,000": found[1] / found[0],
                 "at 1,000,000": found[2] / found[0]}
                for what, found in times.items()
            ]  # fmt: skip
    return Table(
        name="flat",
        title="What finished rows cost those who come after",
        about=(
            "Median of 60 calls with so many finished jobs kept, as many forgotten ones in the history and two ledger "
            "entries for each; milliseconds at 100 rows, then multiples of that. The page of history asks for the last "
            "hour of one account: 2 of its rows at 100, 400 of them otherwise."
        ),
        rows=rows,
    )


def _load(store: Store, size: int) -> None:
    now = time.time()
    expires = now + KEPT_SECONDS
    if isinstance(store, PostgresStore):
        store.write(lambda tx: tx.make_hours(hour_number(expires), hour_number(expires)))
    series = SERIES["postgres" if isinstance(store, PostgresStore) else "sqlite"]
    words = {
        "accounts": ACCOUNTS, "recipe": json.dumps(RECIPE.to_dict()), "outcome": json.dumps(outcome_to_dict(WON)),
        "now": now, "spacing": SPACING_SECONDS, "expires": expires, "hour": hour_number(expires),
        "series": series.format(most=size),
    }  # fmt: skip
    texts = [JOBS, LEDGER.replace("{kind}", "reserve"), LEDGER.replace("{kind}", "settle"), PAST, HISTORY]
    _execute(store, [text.format(**words) for text in texts])
    os.sync()  # else the first calls wait for what was loaded


def _execute(store: Store, statements: list[str]) -> None:
    """Past the store, in one go; then the planner's statistics."""
    if isinstance(store, PostgresStore):
        with psycopg.connect(store.url, autocommit=True) as connection:
            connection.execute("SET imagend.house = 'on'")
            for statement in [*statements, "ANALYZE"]:
                connection.execute(statement.encode(), prepare=False)
        return
    connection = apsw.Connection(str(store._path))  # type: ignore[attr-defined]
    connection.set_busy_timeout(60_000)
    for statement in statements:
        connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _costs(desk: Counter, size: int) -> dict[str, float]:
    """Median seconds of each kind of work."""
    history, now = History(desk.store), time.time()
    question = Question(since=now - 3600, until=now + 3600)
    claimed: list[Any] = []
    for number in range(3 * CALLS):
        desk.submit(number)
    works: dict[str, Callable[[int], object]] = {
        "submit": desk.submit,
        "claim": lambda number: claimed.append(desk.claim(number)),
        "complete": lambda number: desk.complete(claimed[number]),
        "look": lambda number: desk.desk.look(
            f"acct-{1 + number % min(size, 49)}", f"old-{1 + number % min(size, 49)}"
        ),
        "sweep": lambda _: desk.desk.sweep(),
        "page of history": lambda number: history.page(f"acct-{number % ACCOUNTS}", question, 1, 20),
    }
    return {what: _median(work) for what, work in works.items()}


def _median(work: Callable[[int], object]) -> float:
    times = []
    for number in range(CALLS):
        begin = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - begin)
    return percentile(times, 0.5)
