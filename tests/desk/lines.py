"""Two gateways in one process: two desks on one store, and a line between them that a test can cut or slow down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from imagend.blobs.disk import DiskBlobs
from imagend.core.job import JobPolicy
from imagend.desk.accounts import Accounts
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.hints import Hints
from imagend.store.sqlite import SqliteStore
from tests.desk.house import Clock, House


class Line:
    """Texts that are sent at one end wait until `carry` brings them to the others."""

    def __init__(self) -> None:
        self.ends: list[End] = []
        self.waiting: list[tuple[End, str, str]] = []

    def carry(self) -> None:
        """Everything that was sent arrives, also what its arrival sends."""
        while self.waiting:
            sender, _, text = self.waiting.pop(0)
            for end in self.ends:
                if end is not sender:
                    end.hear(text)


class End:
    def __init__(self, line: Line) -> None:
        self._line = line
        self.hear: Callable[[str], None] = lambda _: None
        line.ends.append(self)

    def send(self, key: str, text: str) -> None:
        self._line.waiting = [one for one in self._line.waiting if one[:2] != (self, key)]
        self._line.waiting.append((self, key, text))

    def receive(self, hear: Callable[[str], None]) -> None:
        self.hear = hear


@contextmanager
def two_houses(folder: Path) -> Iterator[tuple[House, House, Line]]:
    """Two gateways and what is between them."""
    line, clock, policy = Line(), Clock(), JobPolicy()
    store, blobs = SqliteStore(folder / "imagend.db"), DiskBlobs(folder / "blobs")
    houses = []
    for name in ("g1", "g2"):
        hints = Hints(End(line))
        bell = Bell(hints)
        desk = Desk(store, blobs, policy, clock, bell, gateway=name, hints=hints)
        accounts = Accounts(store, b"pepper" * 6, clock, hints=hints)
        houses.append(
            House(store=store, blobs=blobs, bell=bell, clock=clock, policy=policy, desk=desk, accounts=accounts)
        )
    try:
        yield houses[0], houses[1], line
    finally:
        store.close()
