"""Who wants to see previews of which job: connections of this gateway, and those of the others as they say."""

from __future__ import annotations

import threading
from collections.abc import Callable

from imagend.desk.hints import Hints, Wanted

MAX_PREVIEWS = 10  # the most that one watcher may ask for
BELIEVED_SECONDS = 15.0  # a wish of another gateway that is not repeated for so long is forgotten
MAX_ELSEWHERE = 10_000  # wishes of others that are remembered; more are not heard


class Watchers:
    """Safe from any thread."""

    def __init__(self, clock: Callable[[], float], hints: Hints, gateway: str) -> None:
        self._clock = clock
        self._hints = hints
        self._gateway = gateway
        self._lock = threading.Lock()
        self._here: dict[str, dict[object, int]] = {}  # job id -> ticket -> previews
        self._elsewhere: dict[str, dict[str, tuple[int, float]]] = {}  # job id -> gateway -> (previews, believed until)

    def add(self, job_id: str, previews: int) -> object:
        """Returns the ticket that `remove` wants."""
        ticket = object()
        with self._lock:
            self._here.setdefault(job_id, {})[ticket] = min(previews, MAX_PREVIEWS)
        self._tell(job_id)
        return ticket

    def remove(self, job_id: str, ticket: object) -> None:
        """Calling it twice is fine."""
        with self._lock:
            mine = self._here.get(job_id, {})
            known = mine.pop(ticket, None) is not None
            if not mine:
                self._here.pop(job_id, None)
        if known:
            self._tell(job_id)

    def most(self, job_id: str) -> int:
        """How many previews are wanted of it."""
        now = self._clock()
        with self._lock:
            elsewhere = [wish for wish, until in self._elsewhere.get(job_id, {}).values() if until > now]
            return max([0, *self._here.get(job_id, {}).values(), *elsewhere])

    def heard(self, wish: Wanted) -> None:
        """Another gateway says what it wants."""
        with self._lock:
            of_job = self._elsewhere.setdefault(wish.job_id, {})
            if not wish.previews:
                of_job.pop(wish.gateway, None)
            elif len(self._elsewhere) <= MAX_ELSEWHERE:
                of_job[wish.gateway] = (min(wish.previews, MAX_PREVIEWS), self._clock() + BELIEVED_SECONDS)
            if not of_job:
                del self._elsewhere[wish.job_id]

    def remind(self) -> None:
        """Say again what is wanted here, and forget those who have not."""
        now = self._clock()
        with self._lock:
            here = list(self._here)
            for job_id, of_job in list(self._elsewhere.items()):
                believed = {who: wish for who, wish in of_job.items() if wish[1] > now}
                if believed:
                    self._elsewhere[job_id] = believed
                else:
                    del self._elsewhere[job_id]
        for job_id in here:
            self._tell(job_id)

    def _tell(self, job_id: str) -> None:
        with self._lock:
            most = max([0, *self._here.get(job_id, {}).values()])
        self._hints.publish(Wanted(job_id, self._gateway, most))
