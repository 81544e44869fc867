"""The port to a database: hand over a piece of work, get it back committed.

A piece of work is a function of a `Tx`. It touches nothing but its `Tx`, may be run again from its start (a server
broke off a deadlock), and may be thrown away after it ran (its caller then gets `StorageUnavailable` and must treat the
outcome as unknown). On SQLite it runs alone; elsewhere beside others, and what it decides on it must have locked: the
jobs that it looks at are, accounts are by `lock_account`. What the desk decides stays in the desk: stores execute.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from imagend.store.sql import Reads, Tx

T = TypeVar("T")


class SchemaRefusal(Exception):
    """A CHECK, UNIQUE, foreign key or trigger said no: a belief of ours is wrong. Never a user's mistake."""


class Store(Protocol):
    """All verbs are safe to call from any thread."""

    @property
    def near(self) -> bool:
        """Whether `read` of a few rows takes well below a millisecond: no network, no line of readers. An event loop
        may call it then."""

    def later(self, work: Callable[[Tx], T]) -> Future[T]:
        """Run `work` in a transaction. The future resolves only when the result is on disk; if `work` raises,
        nothing of it is kept and the future holds its error; if the commit fails, StorageUnavailable."""

    def write(self, work: Callable[[Tx], T]) -> T:
        """`later(work)`, waited for."""

    def read(self, work: Callable[[Reads], T], account_id: str | None = None) -> T:
        """Run `work` on one consistent snapshot that holds every write which was acknowledged before the call.
        `account_id`: the question is this customer's; a database that can, shows no row of anybody else."""

    def close(self) -> None:
        """Finish what was handed over and let the database go. Repeatable."""
