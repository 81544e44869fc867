"""Claims that wait for work: long polls without a thread per worker, and without losing a job to a caller that died."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request

from imagend.api.spans import draw_claim
from imagend.core import wire
from imagend.core.job import Job
from imagend.core.trace import UNTRACED, Tracer
from imagend.desk.bell import QUEUE, Bell
from imagend.desk.boots import ELSEWHERE
from imagend.desk.desk import Desk
from imagend.desk.handout import Wish

GRACE_SECONDS = 0.01  # a newcomer's job is left so long to a waiting worker that has less to do
POLL_SECONDS = 1.0  # the bell is a hint only: waiting claims look at the queue this often anyway
MAX_JOBS_PER_CLAIM = 64
FROM_CHILD = "imagend.from_child"  # in a request's scope: whether this gateway has started the worker


class Waiter:
    """One long poll."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.over = False  # answer now, with whatever there is
        self.gone = False  # nobody listens any more

    def end(self) -> None:
        self.over = True
        self.news.set()

    async def over_after(self, seconds: float) -> bool:
        """Wait for news, at most so long; then say whether to give up waiting."""
        try:
            async with asyncio.timeout(0 if self.over else seconds):
                await self.news.wait()
        except TimeoutError:
            pass
        return self.over


class Asking(Waiter):
    """One claim that waits for work."""

    def __init__(self, claim: wire.Claim) -> None:
        super().__init__()
        self.claim = claim
        self.repeated = False  # it came again: what it gets is the answer to that


Take = Callable[[wire.Claim, str, frozenset[str]], list[Job]]

Seat = tuple[str, str]
"""Worker, and whose jobs it asks for: a worker has one claim of each kind at a time."""


def _seat(claim: wire.Claim) -> Seat:
    return claim.worker_id, claim.whose


class ClaimCounter:
    """Long polls of claims, without a thread per waiting worker."""

    def __init__(
        self, desk: Desk, bell: Bell, clock: Callable[[], float], *, boot: str, lease_seconds: float, longest: float,
        tracer: Tracer = UNTRACED,
    ) -> None:  # fmt: skip
        self._desk = desk
        self._bell = bell
        self._clock = clock
        self._boot = boot
        self._lease_seconds = lease_seconds
        self._longest = longest
        self._tracer = tracer
        self._waiters: dict[Seat, Asking] = {}

    async def claim(self, request: Request, claim: wire.Claim) -> wire.Assignments:
        """A claim that was answered before, by whatever gateway, is answered again; see Handout."""
        boot = self._boot if request.scope.get(FROM_CHILD, True) else ELSEWHERE
        waiter = self._enter(claim)
        listener = asyncio.create_task(hear_hanging_up(request, waiter))
        try:
            jobs = await self._wait_for_work(claim, waiter, boot)
        finally:
            listener.cancel()
            if self._waiters.get(_seat(claim)) is waiter:
                del self._waiters[_seat(claim)]
        if waiter.gone and not waiter.repeated:
            await self._take_back(jobs)
            jobs = []
        return self._answer(jobs)

    def leave(self, worker_id: str) -> None:
        for seat in [seat for seat in self._waiters if seat[0] == worker_id]:
            self._waiters[seat].end()

    def close(self) -> None:
        """Answer every waiting claim now, so that the server can stop."""
        for waiter in self._waiters.values():
            waiter.end()

    def _enter(self, claim: wire.Claim) -> Asking:
        if earlier := self._waiters.get(_seat(claim)):  # a repeated claim: the connection of the earlier one is lost
            earlier.repeated = earlier.claim.claim_id == claim.claim_id
            earlier.end()
        waiter = self._waiters[_seat(claim)] = Asking(claim)
        return waiter

    async def _wait_for_work(self, claim: wire.Claim, waiter: Waiter, boot: str) -> list[Job]:
        loop = asyncio.get_running_loop()
        until = loop.time() + min(claim.wait_seconds, self._longest)

        def wake() -> None:
            loop.call_soon_threadsafe(waiter.news.set)

        take = self._look_back_or_take
        unsubscribe = self._bell.subscribe(QUEUE, wake)
        try:
            while True:
                waiter.news.clear()
                jobs = await self._take_politely(claim, boot, take)
                take = self._take
                remaining = until - loop.time()
                if jobs or remaining <= 0 or await waiter.over_after(min(remaining, POLL_SECONDS)):
                    return jobs
        finally:
            unsubscribe()

    async def _take_politely(self, claim: wire.Claim, boot: str, take: Take) -> list[Job]:
        """Accounts that are at work already get more from anybody; a newcomer from who has the least to do."""
        rivals = self._rivals(claim)
        jobs = await asyncio.to_thread(take, claim, boot, rivals)
        if rivals and not jobs:
            await asyncio.sleep(GRACE_SECONDS)
            jobs = await asyncio.to_thread(self._take, claim, boot, frozenset())
        return jobs

    def _rivals(self, claim: wire.Claim) -> frozenset[str]:
        """Other workers that wait for the same backends."""
        others = (waiter.claim for waiter in self._waiters.values() if not waiter.over)
        rivals = {other.worker_id for other in others if not set(other.backends).isdisjoint(claim.backends)}
        return frozenset(rivals - {claim.worker_id})

    def _look_back_or_take(self, claim: wire.Claim, boot: str, rivals: frozenset[str]) -> list[Job]:
        """What this claim got before; and what other answers to this worker were lost with goes back."""
        if claim.settled:
            self._desk.take_stock(claim.worker_id, claim.settled, claim.holds)
        return self._desk.serve_again(_wish(claim, boot)) or self._take(claim, boot, rivals)

    def _take(self, claim: wire.Claim, boot: str, rivals: frozenset[str]) -> list[Job]:
        return self._desk.serve(replace(_wish(claim, boot), rivals=rivals))

    async def _take_back(self, jobs: list[Job]) -> None:
        """The worker died while its claim was being answered: no attempt is spent on that."""
        for job in jobs:
            assert job.lease is not None
            await asyncio.to_thread(self._desk.release, job.id, job.lease.token)

    def _answer(self, jobs: list[Job]) -> wire.Assignments:
        now = self._clock()
        assigned = tuple(self._assignment(job, now) for job in jobs)
        return wire.Assignments(jobs=assigned, lease_seconds=self._lease_seconds)

    def _assignment(self, job: Job, now: float) -> wire.Assignment:
        assert job.lease is not None, job
        draw_claim(self._tracer, job, now)
        return wire.Assignment(
            job_id=job.id,
            token=job.lease.token,
            attempt=job.attempt,
            solo=job.solo,
            recipe=job.recipe,
            deadline_in_seconds=job.deadline_at - now,
            previews=self._desk.live.wanted(job),
            share=job.account_id,
            weight=job.lease.weight,
            direct=self._desk.direct_uploads,
            inline_bytes=self._desk.inline_bytes,
        )


async def hear_hanging_up(request: Request, waiter: Waiter) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    waiter.gone = True
    waiter.end()


def _wish(claim: wire.Claim, boot: str) -> Wish:
    return Wish(
        worker_id=claim.worker_id,
        boot=boot,
        backends=claim.backends,
        most=min(claim.max_jobs, MAX_JOBS_PER_CLAIM),
        solo_ok=claim.solo_ok,
        whose=claim.whose,
        claim_id=claim.claim_id,
        claim_number=claim.number or None,
    )
