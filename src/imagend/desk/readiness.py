"""Whether requests should be sent here: the database takes writes, pictures can be stored, a worker is there
where one is to be at all times, and nobody is stopping this gateway.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from imagend.blobs.base import BlobStore
from imagend.core.errors import BlobMissing, ImagendError
from imagend.desk.desk import Desk
from imagend.store.base import Store

FRESH_SECONDS = 1.0  # however often it is asked, it is looked at no more often
NOWHERE = "ready/nothing"  # a key that no picture has


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`parts`: what was looked at -> "ok", or what is wrong with it."""

    parts: dict[str, str]

    @property
    def ready(self) -> bool:
        return all(word == "ok" for word in self.parts.values())


class Readiness:
    """Safe from any thread. One look at a time; who asks meanwhile waits for it and shares it."""

    def __init__(
        self, store: Store, desk: Desk, blobs: BlobStore, clock: Callable[[], float], *, needs_worker: bool = True
    ) -> None:
        """needs_worker: False where workers are fetched when there is work."""
        self._store = store
        self._desk = desk
        self._blobs = blobs
        self._clock = clock
        self._needs_worker = needs_worker
        self._guard = threading.Lock()
        self._looked_at = float("-inf")
        self._found: dict[str, str] = {}
        self._draining = False

    @property
    def draining(self) -> bool:
        return self._draining

    def drain(self) -> None:
        """From now on: not ready. What arrives is still served."""
        self._draining = True

    def look(self) -> State:
        with self._guard:
            if self._clock() - self._looked_at >= FRESH_SECONDS:
                self._found, self._looked_at = self._parts(), self._clock()
            found = self._found
        return State(parts={"gateway": "draining" if self._draining else "ok", **found})

    def _parts(self) -> dict[str, str]:
        parts = {
            "database": _tried(lambda: self._store.write(lambda tx: tx.touch_probe(self._clock()))),
            "disk": "full" if self._desk.full() else "ok",
            "pictures": _tried(self._find_nothing),
        }
        return parts | ({"workers": _tried(self._find_worker)} if self._needs_worker else {})

    def _find_worker(self) -> None:
        now = self._clock()
        if not self._store.read(lambda reads: self._desk.crew.all(reads, now)):
            raise ImagendError("none was heard of lately")

    def _find_nothing(self) -> None:
        try:
            self._blobs.stat(NOWHERE)
        except BlobMissing:
            pass


def _tried(work: Callable[[], object]) -> str:
    try:
        work()
    except ImagendError as error:
        return error.message
    return "ok"
