"""A database of the first schema comes through the second migration with its books exact."""

from __future__ import annotations

from pathlib import Path

import apsw

from imagend.desk.audit import audit
from imagend.store.migrate import migrations
from imagend.store.sqlite import SqliteStore

DAY = 1_800_000_000 // 86_400
RECIPE = '{"model": "imagen-4"}'


def old_database(path: Path) -> apsw.Connection:
    """Version 1 with an account that had a grant, a completed, a failed and a waiting job, and a forgotten one."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA foreign_keys = on")
    first = migrations("sqlite", serial="INTEGER PRIMARY KEY")[0]
    connection.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
    connection.execute(first.script)
    connection.execute("INSERT INTO schema_version VALUES (1)")
    connection.execute(
        "INSERT INTO account (id, name, available, held, spent, granted, created_at) VALUES ('a', 'A', 4, 2, 4, 10, 0)"
    )
    connection.execute(
        "INSERT INTO api_key (id, account_id, name, digest, models, created_at) VALUES ('k', 'a', 'ann', 'd', NULL, 0)"
    )
    for name, state in (("done", "COMPLETED"), ("failed", "FAILED"), ("waiting", "QUEUED")):
        connection.execute(
            "INSERT INTO job (id, account_id, backend, state, recipe, options, cost_microcredits, prio_key, created_at,"
            " run_after, deadline_at, finished_at, expires_at, outcome)"
            " VALUES (:id, 'a', 'sketch', :state, :recipe, '{}', 2, 0, :now, 0, 0, :end, :end, :outcome)",
            {
                "id": name, "state": state, "recipe": RECIPE, "now": DAY * 86_400 + 5.5,
                "end": None if state == "QUEUED" else 1.0,
                "outcome": None if state == "QUEUED" else '{"images": [1, 2]}',
            },
        )  # fmt: skip
    connection.execute(
        "INSERT INTO history VALUES ('gone', 'a', 'imagen', 'COMPLETED', NULL, 3, 1, 0, :now, 1, 1)",
        {"now": (DAY - 1) * 86_400},
    )
    entries = [(None, "grant", 10), ("gone", "reserve", 3), ("gone", "settle", 2)]
    entries += [(name, "reserve", 2) for name in ("done", "failed", "waiting")]
    entries += [("done", "settle", 2), ("failed", "release", 2)]
    for entry in entries:
        connection.execute(
            "INSERT INTO ledger (account_id, request_id, kind, amount, at) VALUES ('a', ?, ?, ?, 0)", entry
        )
    return connection


def test_old_books_are_carried_over(tmp_path: Path) -> None:
    old_database(tmp_path / "imagend.db").close()
    store = SqliteStore(tmp_path / "imagend.db")
    try:
        assert audit(store) == []
        lines = store.read(lambda reads: reads.usage(DAY - 1, DAY, "a"))
        counted = [
            (row["day"] - DAY, row["model"], row["requests"], row["completed"], row["failed"], row["pictures"])
            for row in lines
        ]
        assert counted == [(-1, "imagen", 1, 1, 0, 0), (0, "imagen-4", 3, 1, 1, 2)]
        assert [(row["held"], row["spent"]) for row in lines] == [(0, 2), (2, 2)]
        row = store.read(lambda reads: reads.key("k"))
        assert row is not None
        assert (row["scopes"], row["terms"], row["expires_at"]) == ("generate read", "{}", None)
        assert [entry["kind"] for entry in store.read(lambda reads: reads.entries("a", 0, 3))] == [
            "grant", "reserve", "settle",
        ]  # fmt: skip
    finally:
        store.close()
