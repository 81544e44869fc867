"""The desk: where orders are taken, handed to workers and closed. Nobody else writes jobs.

Customers: submit, look, abandon, place, predicted_wait_seconds, counts. What runs: `live`.
Workers: claim, renew, target, upload, complete, fail, release.
The house: worker_lost, recover, sweep, forget, sweep_orphans (see sweeper.py and retention.py).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from imagend.blobs.base import BlobStore, Content, Target
from imagend.core.errors import BadParameter, OutcomeUnknown, StaleLease, StorageFull
from imagend.core.job import Job, JobPolicy, Retry, State, after_error, after_release
from imagend.core.outcome import Failure, Success
from imagend.core.watch import UNWATCHED, Watch
from imagend.core.wire import Whose
from imagend.desk import moves
from imagend.desk.bell import OUTBOX, QUEUE, Bell
from imagend.desk.breakers import Breakers
from imagend.desk.crew import Crew
from imagend.desk.deletions import Deletions
from imagend.desk.forecast import Forecast
from imagend.desk.handout import Handout, Wish
from imagend.desk.hints import Hints
from imagend.desk.live import Live
from imagend.desk.order import Order, Room, Seat
from imagend.desk.predictor import Predictor
from imagend.desk.repeats import Repeats
from imagend.desk.results import Results
from imagend.desk.retention import Retention
from imagend.desk.shelf import Shelf
from imagend.desk.sweeper import Sweeper
from imagend.desk.tally import Tally
from imagend.store.base import Store
from imagend.store.crew_rows import Quarantined
from imagend.store.sql import Closing, Reads, Tx

T = TypeVar("T")

UNKNOWN_REPEATS = 2  # of what may have been committed already


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The answer to a heartbeat, per lease."""

    held: bool  # False: drop the work, its result would be refused
    deadline_at: float | None = None  # epoch seconds
    tries: int = 0  # of the attempt
    over: bool = False  # not held because the request is final


class Desk:
    """All verbs are safe from any thread and return after their transaction is on disk. Every verb can raise
    StorageUnavailable; then the outcome is unknown and the call is to be repeated."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        policy: JobPolicy,
        clock: Callable[[], float],
        bell: Bell,
        randbits: Callable[[int], int] = secrets.randbits,
        predictor: Predictor | None = None,
        gateway: str = "",
        watch: Watch = UNWATCHED,
        full: Callable[[], bool] = lambda: False,
        deletions: Deletions | None = None,
        hints: Hints | None = None,
        *,
        direct_uploads: bool = False,
        inline_bytes: int = 0,
    ) -> None:
        """`clock`: epoch seconds that never jump (desk/clock.py). `randbits(n)`: n unguessable bits, for request ids,
        lease tokens and the jitter of back-off. `predictor`: what jobs are expected to cost, learned here. `gateway`:
        its name. `hints`: to the others, if there are any. `direct_uploads`: workers may put pictures into
        the blob store themselves. `inline_bytes`: pictures of at most this size lie in the database. `full`: whether
        the disk has no room for new orders. `deletions`: how much may be forgotten at once."""
        self._store = store
        self.near = store.near  # whether `look` may be called from an event loop
        self._policy = policy
        self._clock = clock
        self._bell = bell
        self._randbits = randbits
        self.predictor = predictor or Predictor()
        self._tally = Tally(watch)
        self.full = full
        self._room = Room(policy.max_queued)
        self._handout = Handout(store, policy, clock, randbits)
        self.crew = Crew(store, policy.lease_seconds, gateway)
        self.crew_size = self.crew.size
        self.serve_again = self._handout.again
        self._forecast = Forecast(store, self.crew, clock)
        self.predicted_wait_seconds = self._forecast.wait_seconds
        self.place = self._forecast.place
        self.forecast_at_hand = self._forecast.at_hand
        self._results = Results(blobs)
        self.direct_uploads = direct_uploads
        self.inline_bytes = inline_bytes
        first_notice = randbits(30) << 22 if hints is not None and hints.shared else 0
        self.live = Live(clock, Shelf(store), hints or Hints(), gateway, first_notice)
        self.breakers = Breakers(store, policy, clock)
        self._sweeper = Sweeper(store, policy, clock, self._taken_back, watch)
        self.repeats = Repeats(store, clock)
        self.next_deadline_seconds = self._sweeper.next_deadline_seconds
        self._retention = Retention(store, blobs, policy, clock, deletions)
        self.recover = self._sweeper.recover
        self.forget = self._retention.forget
        self.sweep_orphans = self._retention.sweep_orphans

    # --- customers

    def submit(self, account_id: str, order: Order) -> Job:
        """Accept, hold the credits, queue. The same idempotency key and fingerprint again: the first job, in whatever
        state it is, and nothing is charged. Raises InsufficientCredits, QueueFull, IdempotencyMismatch, and
        ExpiredRequest when the key's job is forgotten already; TooManyJobs and DailyCapReached as the order's
        allowance says; ModelUnavailable while its model is stopped."""
        now = self._clock()
        patience = self._policy.deadline_seconds if order.deadline_seconds is None else order.deadline_seconds
        job = Job(
            id=str(uuid.UUID(int=self._randbits(128), version=4)),
            account_id=account_id,
            recipe=order.recipe,
            state=State.QUEUED,
            cost_microcredits=order.cost_microcredits,
            created_at=now,
            run_after=now,
            deadline_at=now + patience,
            predicted_seconds=self.predictor.seconds(order.recipe),
            options=order.options,
            key_id=order.key_id,
        )
        with self._tally.refusals():
            if self.full():
                raise StorageFull
            accepted = self._submit(job, order)
        if accepted.id == job.id:
            self._tally.submitted(accepted)
            self._bell.ring(QUEUE if accepted.state is State.QUEUED else OUTBOX)
        return accepted

    def _submit(self, job: Job, order: Order) -> Job:
        """A lost connection may have carried it out: the same id again finds that, and nothing is paid twice."""
        seat, before = Seat(self._room), False
        refusal = self.breakers.refusal(job.recipe.backend) or self._forecast.refusal(job)

        def work(tx: Tx) -> Job:
            known = moves.submitted(tx, job) if before else None
            return known or moves.submit(tx, job, order, self._policy, seat, refusal)

        for _ in range(UNKNOWN_REPEATS):
            try:
                return self._store.write(work)
            except OutcomeUnknown:
                before = True
        return self._store.write(work)

    def look(self, account_id: str, request_id: str) -> Job:
        """Raises UnknownRequest for unknown, expired and other accounts' ids."""
        now = self._clock()
        return self._store.read(lambda reads: moves.visible(reads, account_id, request_id, now), account_id)

    def counts(self) -> dict[str, int]:
        """{"queued": n, "processing": n}."""
        return self._store.read(lambda reads: reads.counts())

    def abandon(self, account_id: str, request_id: str, reason: Failure = moves.CANCELLED) -> Job:
        """Nobody waits for it any more: FAILED at once, also when a worker has it, so that nothing is paid; the worker
        hears so between two steps. Final: nothing changes. Raises UnknownRequest as `look`."""
        now = self._clock()

        def work(tx: Tx) -> tuple[Job, bool]:
            job = moves.visible(tx, account_id, request_id, now)
            return (job, False) if job.state.final else (moves.end(tx, job, reason, now, self._policy), True)

        job, ended = self._surely(work)
        if ended:
            self._tally.moved(job)
        return self._told(job)

    # --- workers

    def claim(
        self, worker_id: str, boot: str, backends: tuple[str, ...], max_jobs: int, solo_ok: bool = True,
        whose: Whose = "anyone", rivals: frozenset[str] = frozenset(),
    ) -> list[Job]:  # fmt: skip
        """`serve` in many words, for who has no claims with ids."""
        return self.serve(Wish(worker_id=worker_id, boot=boot, backends=backends, most=max_jobs, solo_ok=solo_ok,
                               whose=whose, rivals=rivals))  # fmt: skip

    def serve(self, wish: Wish) -> list[Job]:
        """Lease up to `most` waiting jobs in fair order. A job with `solo` comes alone and only to a worker that has no
        other lease; while it has it, the worker gets nothing more. See handout.py."""
        self.crew.heard(wish.worker_id, self._clock(), wish.backends, wish.most)
        jobs = self._handout.claim(wish)
        for job in jobs:
            self._tally.claimed(job)
            self.live.leased(job)
            self._bell.ring(job.id)
        return jobs

    def renew(self, worker_id: str, leases: Mapping[str, str]) -> dict[str, Renewal]:
        """Prolong leases ({job id: token}), also late ones that nobody has taken yet."""
        now = self._clock()
        until = now + self._policy.lease_seconds
        self.crew.heard(worker_id, now)

        def one(tx: Tx, job_id: str, token: str) -> Renewal:
            row = tx.renew(job_id, token, worker_id, until)
            if row is None:
                job = tx.job(job_id)
                return Renewal(held=False, over=job is None or job.state.final)
            if job_id in heard:
                tx.note_progress(job_id, heard[job_id])
            return Renewal(held=True, deadline_at=row["deadline_at"], tries=row["tries"])

        if not leases:
            return {}
        heard = self.live.heard_of(leases)
        told = self._store.write(lambda tx: {job_id: one(tx, job_id, token) for job_id, token in leases.items()})
        for job_id, renewal in told.items():
            if renewal.held:
                self.live.still_leased(job_id, worker_id, leases[job_id], renewal.tries)
        return told

    def take_stock(self, worker_id: str, settled: int, holds: Collection[str]) -> int:
        """The worker has nothing but `holds` (tokens) of what its claims before number `settled` have brought: what an
        answer was to tell it that got lost goes back to the queue and costs no attempt. Returns how many jobs."""
        given = self._store.read(lambda reads: reads.leases_before_claim(worker_id, settled))
        unknown = [(job_id, token) for job_id, token in given if token not in holds]
        for job_id, token in unknown:
            with suppress(StaleLease):
                self.release(job_id, token)
        return len(unknown)

    def check_lease(self, job_id: str, token: str) -> None:
        """Raises StaleLease unless the job is leased under this token."""
        self._store.read(lambda reads: moves.held(reads, job_id, token))

    def upload(self, job_id: str, token: str, index: int, extension: str, data: bytes) -> str:
        """Store picture `index` (0..count-1) of a leased job; `extension` is one of OUTPUT_FORMATS. Returns its key.
        Repeatable. Raises StaleLease, BadParameter."""
        job = self._store.read(lambda reads: moves.held(reads, job_id, token))
        return self._results.put(job, index, extension, data)

    def target(
        self, job_id: str, token: str, index: int, extension: str, content: Content
    ) -> tuple[str, Target | None]:
        """The key of picture `index` of a leased job, and where its bytes may be put once; None: only `upload` stores
        it. Raises StaleLease, BadParameter."""
        job = self._store.read(lambda reads: moves.held(reads, job_id, token))
        key, target = self._results.target(job, index, extension, content)
        return key, target if self.direct_uploads else None

    def complete(self, job_id: str, token: str, success: Success, files: Sequence[bytes] = ()) -> Job:
        """COMPLETED, and the delivered pictures are paid. `files`: the bytes of those pictures of `success` that have
        no key. Raises StaleLease; BlobMissing and BadParameter if the other pictures are not what `upload` stored for
        this attempt."""
        now = self._clock()
        success, kept = self._named(job_id, success, files)

        def work(tx: Tx) -> Job:
            job = moves.held(tx, job_id, token)
            tx.keep_inline(job_id, kept)
            return moves.end(tx, job, success, now, self._policy, closing=Closing(token=token, verb="complete"))

        if self._closed_before(job_id, token, "complete", success) is None:
            job = self._store.read(lambda reads: moves.held(reads, job_id, token))
            self._results.check(job, success, kept)
            self.predictor.learn(job.recipe, success.metrics)
        return self._close(job_id, token, "complete", work, success)

    def fail(self, job_id: str, token: str, failure: Failure, retryable: bool) -> Job:
        """FAILED, or back to the queue after a pause if it may be tried again. Raises StaleLease."""
        now = self._clock()
        jitter = self._randbits(32) / 2**31 - 1

        def work(tx: Tx) -> Job:
            job = moves.held(tx, job_id, token)
            verdict = after_error(job, failure, self._policy, now, jitter) if retryable else failure
            if isinstance(verdict, Retry):  # what this attempt cost; the job's own turn is for the next one
                tx.charge_turn(job.account_id, failure.metrics.compute_seconds)
            return moves.retry_or_end(tx, job, verdict, now, self._policy, closing=Closing(token=token, verb="fail"))

        return self._close(job_id, token, "fail", work)

    def release(self, job_id: str, token: str) -> Job:
        """Hand a job back untouched (the worker drains): it costs no attempt. Raises StaleLease."""
        now = self._clock()

        def work(tx: Tx) -> Job:
            job = moves.held(tx, job_id, token)
            verdict = after_release(job, self._policy, now)
            closing = Closing(token=token, verb="release")
            return moves.retry_or_end(tx, job, verdict, now, self._policy, released=True, closing=closing)

        return self._close(job_id, token, "release", work)

    # --- the house

    def sweep(self) -> int:
        """As `Sweeper.sweep`; and what is known of models and their workers' losses."""
        moved = self._sweeper.sweep()
        self.breakers.tidy()
        return moved

    def start_failed(self, worker_id: str, backends: Sequence[str]) -> None:
        """A worker for these models ended before it was ready to claim; that counts where nobody else is."""
        if alone := [name for name in backends if not self.crew_size(name, self._clock())]:
            self.breakers.start_failed(worker_id, alone)

    def quarantine(self, after: str, most: int) -> list[Quarantined]:
        """Requests that were given up because workers were lost with them, newest first; those after `after`, an id."""
        return self._store.read(lambda reads: reads.quarantine(after, most))

    def worker_lost(self, worker_id: str) -> int:
        """As `Sweeper.worker_lost`; nobody counts on this worker any more."""
        self.crew.gone(worker_id)
        moved = self._sweeper.worker_lost(worker_id)
        self.breakers.look_again()
        return moved

    # --- pieces

    def _close(
        self, job_id: str, token: str, verb: str, work: Callable[[Tx], Job], success: Success | None = None
    ) -> Job:
        """Run a worker's last word on an attempt; the same word again gets the same answer and changes nothing."""
        try:
            job = self._surely(work)
        except StaleLease:
            before = self._closed_before(job_id, token, verb, success)
            if before is None:
                self._tally.refused(verb)
                raise
            return before
        self._tally.closed(job, verb)
        return self._told(job, by_worker=True)

    def _surely(self, work: Callable[[Tx], T]) -> T:
        """For work that refuses to happen twice: StaleLease says then that it has."""
        for _ in range(UNKNOWN_REPEATS):
            try:
                return self._store.write(work)
            except OutcomeUnknown:
                continue
        return self._store.write(work)

    def _named(self, job_id: str, success: Success, files: Sequence[bytes]) -> tuple[Success, dict[str, bytes]]:
        """The outcome with all keys, and what is to be kept beside it."""
        if not files:
            return success, {}
        job = self._store.read(lambda reads: reads.job(job_id))
        if job is None:
            raise StaleLease
        if max(map(len, files)) > self.inline_bytes:
            raise BadParameter("files", f"files must have at most {self.inline_bytes} bytes")
        return self._results.named(job, success, files)

    def _closed_before(self, job_id: str, token: str, verb: str, success: Success | None) -> Job | None:
        """The job, if this very call had been carried out already."""

        def work(reads: Reads) -> Job | None:
            closing = reads.closing(job_id, token)
            same = closing is not None and closing[0] == verb and (success is None or closing[1] == success)
            return reads.job(job_id) if same else None

        return self._store.read(work)

    def _taken_back(self, job: Job) -> None:
        self._tally.moved(job)
        self._told(job)

    def _told(self, job: Job, *, by_worker: bool = False) -> Job:
        """Ring for whoever waits for this job, and for workers if it waits again; the worker that had it hears too."""
        if job.lease is None:
            self.live.moved(job, by_worker=by_worker)
        self._bell.ring(job.id)
        if job.state is State.QUEUED:
            self._bell.ring(QUEUE)
        elif job.state.final:
            self._bell.ring(OUTBOX)
        return job
