"""The databases that the contract suite runs against, each as a small harness around the production class."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, Protocol

import apsw
import psycopg

from imagend.core.job import Job, Lease, State
from imagend.core.recipe import Recipe
from imagend.store.base import Store
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from imagend.store.sql import Tx
from imagend.store.sqlite import SqliteStore

NOW = 1_800_000_000.0
ACCOUNT = "acct_1"


class Database(Protocol):
    """One empty database; `open` may be called again after the store was closed."""

    dialect: str
    refusals: tuple[type[Exception], ...]  # what `execute` raises when the schema refuses

    def open(self) -> Store: ...

    def execute(self, statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Past the store, as a careless operator would."""


class SqliteDatabase:
    dialect = "sqlite"
    refusals = (apsw.ConstraintError,)

    def __init__(self, folder: Path) -> None:
        self.path = folder / "imagend.db"

    def open(self) -> SqliteStore:
        return SqliteStore(self.path)

    def execute(self, statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        connection = apsw.Connection(str(self.path))
        connection.set_busy_timeout(5000)
        try:
            connection.execute("PRAGMA foreign_keys = on")
            return connection.execute(statement, values or {}).fetchall()
        finally:
            connection.close()


class PostgresDatabase:
    dialect = "postgres"
    refusals = (psycopg.IntegrityError,)

    def __init__(self, url: str) -> None:
        self.url = url

    def open(self) -> PostgresStore:
        return PostgresStore(Server(url=self.url))

    def execute(self, statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            connection.execute("SET LOCAL imagend.house = 'on'")
            cursor = connection.execute(re.sub(r":(\w+)", r"%(\1)s", statement).encode(), values)
            return cursor.fetchall() if cursor.description else []


def job(job_id: str = "job-1", **changes: Any) -> Job:
    recipe = Recipe(
        model="imagen-4-fast", backend="noop", prompt="a fox: 100% “red” ?", negative_prompt="", width=512, height=512,
        steps=12, guidance_scale=2.0, scheduler="DDIM", seed=7,
    )  # fmt: skip
    made = Job(
        id=job_id,
        account_id=ACCOUNT,
        recipe=recipe,
        state=State.QUEUED,
        cost_microcredits=10,
        created_at=NOW,
        run_after=NOW,
        deadline_at=NOW + 600,
        options={"ignored": ["fps"]},
    )
    return dataclasses.replace(made, **changes)


def lease(token: str = "token-1", worker: str = "w1", until: float = NOW + 30) -> Lease:
    return Lease(token=token, worker_id=worker, until=until)


def insert(tx: Tx, *jobs: Job, prio_key: float = 0.0) -> None:
    tx.new_account(ACCOUNT, "someone", NOW)
    for one in jobs:
        tx.new_job(one, prio_key)


def taken(tx: Tx, one: Job, boot: str = "boot-1") -> Job:
    """A fresh job in the hands of worker w1, its token named after it."""
    insert(tx, one)
    found = tx.take(one.id, lease(f"token-{one.id}"), boot, NOW)
    assert found is not None
    return found
