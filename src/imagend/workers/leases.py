"""What a worker holds: the one table that its threads share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from imagend.core import wire
from imagend.core.recipe import Recipe

MAX_EARLY = 256  # notices kept for leases that are still on their way here


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """One leased job. Fields below the line are written under the book's lock."""

    job_id: str
    token: str
    attempt: int
    solo: bool
    recipe: Recipe
    share: str = ""
    weight: float = 1.0
    direct: bool = False
    inline_bytes: int = 0
    # ---
    renewed_at: float  # all moments here: seconds of the worker's monotonic clock
    deadline_at: float
    previews: int = 0  # wanted of this job
    over: bool = False  # its lease was taken because the request is final
    closing: bool = False  # its last word is on its way: the gateway may answer that by taking the lease


class LeaseBook:
    """Thread-safe. A job leaves it when its last word is said or its lease is lost; then nothing is said of it."""

    def __init__(self, clock: Callable[[], float], fence_seconds: float) -> None:
        self._clock = clock
        self._fence_seconds = fence_seconds
        self._lock = threading.Lock()
        self._held: dict[str, Held] = {}
        self._early: OrderedDict[str, wire.Notice] = OrderedDict()  # by token
        self._claims = 0  # begun so far
        self._open_claims: set[int] = set()  # whose answers are still on their way
        self.changed = threading.Condition(self._lock)

    def __len__(self) -> int:
        return len(self._held)

    @property
    def pictures(self) -> int:
        """How many pictures are asked for by the jobs held. Call with `changed` held, as `has_solo`."""
        return sum(held.recipe.count for held in self._held.values())

    @property
    def has_solo(self) -> bool:
        return any(held.solo for held in self._held.values())

    def enter(self, job: wire.Assignment) -> Held:
        """Note a fresh lease. An older one of the same job is stale by the gateway's law and is forgotten."""
        now = self._clock()
        held = Held(
            job_id=job.job_id,
            token=job.token,
            attempt=job.attempt,
            solo=job.solo,
            recipe=job.recipe,
            share=job.share,
            weight=job.weight,
            direct=job.direct,
            inline_bytes=job.inline_bytes,
            renewed_at=now,
            deadline_at=now + job.deadline_in_seconds,
            previews=job.previews,
        )
        with self._lock:
            self._held[job.job_id] = held
            notice = self._early.pop(job.token, None)
            if notice is not None:
                self._take_in(held, notice)
        return held

    def holds(self, held: Held) -> bool:
        with self._lock:
            return self._held.get(held.job_id) is held

    def close(self, held: Held) -> bool:
        """As `holds`, before its last word is said: from now on a lease that ends is no loss."""
        with self._lock:
            held.closing = True
            return self._held.get(held.job_id) is held

    def drop(self, held: Held) -> bool:
        """Take the job out; False when it was not in the book any more, so that only one thread speaks for a job."""
        with self.changed:
            if self._held.get(held.job_id) is not held:
                return False
            del self._held[held.job_id]
            self.changed.notify_all()
            return True

    @contextmanager
    def claiming(self) -> Iterator[int]:
        """Around a claim and the entry of what it brings: its number."""
        with self._lock:
            self._claims += 1
            number = self._claims
            self._open_claims.add(number)
        try:
            yield number
        finally:
            with self._lock:
                self._open_claims.discard(number)

    def stock(self) -> tuple[int, dict[str, str]]:
        """(a number, job id -> token): of what claims before that number have brought, there is nothing else here."""
        with self._lock:
            settled = min(self._open_claims, default=self._claims + 1)
            return settled, {held.job_id: held.token for held in self._held.values()}

    def hear(self, sent: Mapping[str, str], pulses: Mapping[str, wire.Pulse], sent_at: float) -> int:
        """Take in the answer to a beat that was sent at `sent_at` for the leases `sent`. Returns how many are lost."""
        now, lost = self._clock(), 0
        with self.changed:
            for job_id, token in sent.items():
                held, pulse = self._held.get(job_id), pulses.get(job_id)
                if held is None or held.token != token:
                    continue
                if pulse is None or not pulse.held:
                    if not held.closing:
                        held.over = pulse is not None and pulse.over
                        del self._held[job_id]
                        lost += 1
                    continue
                held.renewed_at = sent_at
                held.deadline_at = now + pulse.deadline_in_seconds
            self.changed.notify_all()
        return lost

    def obey(self, notices: Iterable[wire.Notice]) -> int:
        """Take in news, also of leases whose assignment is still on its way. Returns how many leases are lost."""
        with self.changed:
            before = len(self._held)
            for notice in notices:
                held = self._held.get(notice.job_id)
                if held is not None and held.token == notice.token:
                    self._take_in(held, notice)
                else:
                    self._keep_early(notice)
            self.changed.notify_all()
            return before - len(self._held)

    def _take_in(self, held: Held, notice: wire.Notice) -> None:
        held.previews = notice.previews
        if not notice.held and not held.closing:
            held.over = notice.over
            del self._held[held.job_id]

    def _keep_early(self, notice: wire.Notice) -> None:
        self._early[notice.token] = notice
        if len(self._early) > MAX_EARLY:
            self._early.popitem(last=False)

    def fence(self) -> int:
        """Forget every lease that was not renewed for `fence_seconds`: the gateway may have given it away."""
        oldest = self._clock() - self._fence_seconds
        with self.changed:
            lost = [held.job_id for held in self._held.values() if held.renewed_at < oldest]
            for job_id in lost:
                del self._held[job_id]
            self.changed.notify_all()
        return len(lost)
