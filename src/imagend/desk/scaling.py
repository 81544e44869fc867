"""How many workers there should be: one figure per backend, for our own pools and for other people's scalers.

    enough = ceil(predicted seconds of all jobs that are not final / (slots * target wait))

Up at once, but to at most the double of what it was in the last half minute; down when fewer have been enough for five
minutes, and then to the most that was needed in them; from nothing to one with the first job. The steps are a pure
function of what was before, the load and the time.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imagend.core.errors import BadSetting
from imagend.store.base import Store
from imagend.store.sql import Reads

HEAD_MOST = 5000  # waiting jobs whose predictions are added up; the mean stands for those behind
FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalePolicy:
    """The numbers of the rule; counts are workers of one backend."""

    target_wait_seconds: float = 30.0  # how long all that is there may take
    slots: float = 1.0  # predicted seconds that one worker gets done in one second
    doubling_seconds: float = 30.0  # at most twice as many within this time
    idle_seconds: float = 300.0  # fewer when fewer were enough for this long
    least: int = 0
    most: int = 8

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most:
            raise BadSetting("settings must keep 0 <= scale_min_workers <= scale_max_workers")
        if not (self.target_wait_seconds > 0 and self.slots > 0):
            raise BadSetting("scale_target_wait_seconds and scale_slots must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one backend has to do. `holders`: workers that hold leases."""

    queued: int = 0
    running: int = 0
    predicted_seconds: float = 0.0  # of queued and running jobs together
    holders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A target, and what the next one depends on."""

    target: int = 0
    recent: tuple[tuple[float, int], ...] = ()  # (moment, target) of the last `doubling_seconds`, oldest first
    low_since: float | None = None  # from then on fewer than `target` were enough ...
    low_peak: int = 0  # ... and this was the most that they were


def enough(load: Load, policy: ScalePolicy) -> int:
    """Workers that get done what is there within the target wait: 0 without a job, at least 1 with one."""
    least = max(policy.least, 1 if load.queued + load.running else 0)
    wanted = math.ceil(load.predicted_seconds / (policy.slots * policy.target_wait_seconds))
    return min(max(wanted, least), policy.most)


def step(before: Scale, load: Load, policy: ScalePolicy, now: float) -> Scale:
    """The next target. A target is never below the workers that hold leases, unless they are more than `most`."""
    wanted = enough(load, policy)
    floor = min(max(policy.least, len(load.holders)), policy.most)
    low_since, low_peak = _low(before, wanted, now)
    recent = _within(before, policy.doubling_seconds, now)
    if wanted > before.target:
        fewest = min(count for _, count in recent)
        target = max(before.target, min(wanted, max(1, 2 * fewest)))
    elif low_since is not None and now - low_since >= policy.idle_seconds:
        target, low_since = low_peak, None
    else:
        target = before.target
    target = min(max(target, floor), policy.most)
    return Scale(target=target, recent=(*recent, (now, target)), low_since=low_since, low_peak=low_peak)


def _low(before: Scale, wanted: int, now: float) -> tuple[float | None, int]:
    if wanted >= before.target:
        return None, 0
    if before.low_since is None:
        return now, wanted
    return before.low_since, max(before.low_peak, wanted)


def _within(before: Scale, seconds: float, now: float) -> tuple[tuple[float, int], ...]:
    """What the target was in the last `seconds`: also the one that held when they began. One entry per change."""
    changes: list[tuple[float, int]] = []
    for at, count in (*before.recent, (now, before.target)):
        if not changes or changes[-1][1] != count:
            changes.append((at, count))
    while len(changes) > 1 and changes[1][0] <= now - seconds:
        del changes[0]
    return tuple(changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is published of one backend."""

    queued: int
    running: int
    predicted_seconds: float
    workers: int  # heard of lately
    target: int
    holders: frozenset[str] = frozenset()


class Scaler:
    """Keeps the scale of each backend. Thread-safe; looks at the queue at most once a second, whoever asks.

    A fresh one takes the workers that it hears of for wanted, so that a restarted gateway does not send them home.
    """

    def __init__(
        self,
        store: Store,
        backends: Sequence[str],
        crew_size: Callable[[str, float], int],
        policy: ScalePolicy,
        clock: Callable[[], float],
    ) -> None:
        """crew_size: (backend, epoch seconds) -> workers heard of lately. clock: epoch seconds that never jump."""
        self._store = store
        self._backends = tuple(sorted(set(backends)))
        self._crew_size = crew_size
        self._policy = policy
        self._clock = clock
        self._scales: dict[str, Scale] = {}
        self._figures: dict[str, Figure] = {}
        self._made_at = float("-inf")
        self._learns_until = clock() + policy.idle_seconds
        self._lock = threading.Lock()

    def figures(self) -> dict[str, Figure]:
        """{backend: figure}, at most a second old. Raises StorageUnavailable."""
        with self._lock:
            now = self._clock()
            if not 0 <= now - self._made_at < FRESH_SECONDS:
                loads = self._store.read(lambda reads: _loads(reads, self._backends))
                self._figures = {backend: self._figure(backend, load, now) for backend, load in loads.items()}
                self._made_at = now
            return dict(self._figures)

    def _figure(self, backend: str, load: Load, now: float) -> Figure:
        workers = self._crew_size(backend, now)
        before = self._scales.get(backend) or Scale()
        if now < self._learns_until and workers > before.target:
            before = Scale(target=min(workers, self._policy.most))
        scale = self._scales[backend] = step(before, load, self._policy, now)
        return Figure(
            queued=load.queued,
            running=load.running,
            predicted_seconds=load.predicted_seconds,
            workers=workers,
            target=scale.target,
            holders=load.holders,
        )


def _loads(reads: Reads, backends: Sequence[str]) -> dict[str, Load]:
    rows = reads.running_load()
    loads = {}
    for backend in backends:
        queued, seconds = reads.waiting_load(backend, HEAD_MOST)
        mine = [row for row in rows if row["backend"] == backend]
        loads[backend] = Load(
            queued=queued,
            running=sum(row["jobs"] for row in mine),
            predicted_seconds=seconds + sum(row["seconds"] for row in mine),
            holders=frozenset(row["worker_id"] for row in mine),
        )
    return loads
