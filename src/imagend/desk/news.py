"""What workers must hear at once about their leases: numbered notices, kept until they are surely old.

Only a hint, as the bell: a notice that is lost is made good by the worker's next heartbeat.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from imagend.core.wire import Notice, Notices
from imagend.desk.bell import Bell

MAX_NOTICES = 256  # kept per worker; it holds a handful of leases
MAX_WORKERS = 1024  # remembered; the one that was silent for longest goes first


@dataclass(slots=True, eq=False)
class _Box:
    number: int = 0  # of the last notice ever put in
    notices: deque[tuple[int, Notice]] = field(default_factory=lambda: deque(maxlen=MAX_NOTICES))


class News:
    """Safe from any thread."""

    def __init__(self, first: int = 0) -> None:
        """first: the number before the first notice. Gateways begin at numbers that lie far apart, so that a worker
        which goes from one to another is never told that it has heard what it has not."""
        self._first = first
        self._lock = threading.Lock()
        self._boxes: OrderedDict[str, _Box] = OrderedDict()
        self._bell = Bell()

    def post(self, worker_id: str, notice: Notice) -> None:
        with self._lock:
            box = self._box(worker_id)
            box.number += 1
            box.notices.append((box.number, notice))
        self._bell.ring(worker_id)

    def after(self, worker_id: str, heard: int) -> Notices:
        """Everything after notice `heard`. A worker that has heard more than was ever said knew an earlier gateway:
        for it the numbers begin anew."""
        with self._lock:
            box = self._box(worker_id)
            known = heard if heard <= box.number else self._first
            fresh = tuple(notice for number, notice in box.notices if number > known)
            return Notices(number=box.number, leases=fresh)

    def subscribe(self, worker_id: str, callback: Callable[[], None]) -> Callable[[], None]:
        """As `Bell.subscribe`."""
        return self._bell.subscribe(worker_id, callback)

    def _box(self, worker_id: str) -> _Box:
        box = self._boxes.setdefault(worker_id, _Box(number=self._first))
        self._boxes.move_to_end(worker_id)
        if len(self._boxes) > MAX_WORKERS:
            self._boxes.popitem(last=False)
        return box
