"""What lies at rest when nothing runs any more: rows, money, objects. Read with SQL of its own, not with the server's.

Only the list of objects and the audit (desk/audit.py) are the server's code; the sums of money are made here again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from faults.marks import word_in
from imagend.settings import Settings
from imagend.wiring.books import audit_books
from imagend.wiring.objects import open_blobs

JOBS = "SELECT id, account_id, state, recipe, outcome, lease_token FROM job"
INLINE = "SELECT key FROM inline_file"
CHARGES = "SELECT account_id, amount FROM ledger WHERE kind = 'settle'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One row. `sha256s` of the pictures it delivered."""

    tenant: int
    mark: str
    state: str
    sha256s: tuple[str, ...] = ()
    code: str = ""  # why it failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    orders: Mapping[str, Order]
    charged: Mapping[int, int]  # micro-credits that tenants paid, summed over the ledger
    price: int  # micro-credits of one picture
    leased: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()  # objects that rows name
    stored: frozenset[str] = frozenset()  # objects that are there
    audit: tuple[str, ...] = field(default_factory=tuple)


def read_rest(settings: Settings, tenants: Mapping[str, int], price: int, books_url: str = "") -> Rest:
    """tenants: account id -> number of the tenant. Nothing else may have the database open for writing. books_url: of
    PostgreSQL, with a role that sees the rows of all tenants."""
    jobs = [row for row in _rows(settings, JOBS, books_url) if row[1] in tenants]
    outcomes = {row[0]: json.loads(row[4]) if row[4] else {} for row in jobs}
    pictures = {job_id: outcome.get("images", ()) for job_id, outcome in outcomes.items()}
    charged: dict[int, int] = defaultdict(int)
    for account, amount in _rows(settings, CHARGES, books_url):
        if account in tenants:
            charged[tenants[account]] += amount
    return Rest(
        orders={
            row[0]: Order(
                tenant=tenants[row[1]],
                mark=word_in(json.loads(row[3])["prompt"]),
                state=row[2],
                sha256s=tuple(picture["sha256"] for picture in pictures[row[0]]),
                code=outcomes[row[0]].get("code", ""),
            )
            for row in jobs
        },
        charged=dict(charged),
        price=price,
        leased=tuple(row[0] for row in jobs if row[5] is not None),
        named=frozenset(picture["key"] for images in pictures.values() for picture in images),
        stored=frozenset(open_blobs(settings).list("r")) | {row[0] for row in _rows(settings, INLINE, books_url)},
        audit=tuple(audit_books(settings)),
    )


def _rows(settings: Settings, question: LiteralString, books_url: str) -> list[tuple[Any, ...]]:
    if books_url:
        import psycopg

        with psycopg.connect(books_url) as connection:
            return connection.execute(question).fetchall()
    import apsw

    file = apsw.Connection(str(settings.data_dir / "imagend.db"), flags=apsw.SQLITE_OPEN_READONLY)
    file.set_busy_timeout(5000)
    try:
        return list(file.execute(question))
    finally:
        file.close()


def waiting(settings: Settings, books_url: str = "") -> int:
    """How many orders are not final; beside a running server."""
    return int(_rows(settings, "SELECT COUNT(*) FROM job WHERE state IN ('QUEUED', 'PROCESSING')", books_url)[0][0])


def moments(settings: Settings, books_url: str = "") -> list[tuple[float, str, float]]:
    """(when it ended or 0, state, deadline) of every order, in epoch seconds."""
    rows = _rows(settings, "SELECT COALESCE(finished_at, 0), state, deadline_at FROM job", books_url)
    return [(float(finished), str(state), float(deadline)) for finished, state, deadline in rows]
