"""What happens to jobs between claim and end: progress, previews, who watches. In memory, and lost without harm.

A moment's id is `tries * TRY + evaluations * 10 + rank`. It depends on nothing but how often the job was claimed and
how far the attempt is, so ids of one job grow over retries, restarts and gateways, and whoever remembers one can go
on from there although this table has forgotten everything: the row alone gives the ids of the status and of the end.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile

from imagend.core.job import Job
from imagend.core.wire import Notice, Preview, Report, Reports
from imagend.desk.bell import Bell
from imagend.desk.news import News

TRY = 10_000_000  # more than ten pictures of a hundred steps can use
STATUS, PROGRESS, PREVIEW = 1, 2, 3  # ranks of what happens after the same evaluation
END = TRY - 1

MAX_MOMENTS = 512  # kept per job: older ones are forgotten, newer ones tell more
MAX_PREVIEWS = 10  # the most that one watcher may ask for
MAX_PREVIEW_BYTES = 64 * 2**20  # of all jobs; the oldest go first
MAX_ENDED = 10_000  # jobs that are remembered although they are final
LINGER_SECONDS = 300.0  # a final job's previews can be had this long


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Progress, or a preview."""

    id: int
    tries: int
    done: int  # evaluations so far, over all pictures
    total: int
    at: float  # epoch seconds
    preview: Preview | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class _Story:
    """One job that was claimed at least once, or has ended."""

    lease: tuple[str, str] | None = None  # worker id and token of the attempt under way
    tries: int = 0  # of that attempt, or of the last one
    over: int = -1  # no attempt up to this number can be going on
    ended: bool = False
    claimed_at: float = 0.0
    previews: int = 0  # what the order itself asks for
    told: int = 0  # what the worker believes is wanted
    moments: deque[Moment] = field(default_factory=lambda: deque(maxlen=MAX_MOMENTS))


def status_id(job: Job) -> int:
    """Id of the fact that the job is in this attempt (0: it was never claimed)."""
    return job.tries * TRY + STATUS


def end_id(job: Job) -> int:
    """Id of a final job's end: above everything else that happened to it."""
    return job.tries * TRY + END


class Live:
    """Safe from any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._stories: dict[str, _Story] = {}
        self._ended: deque[tuple[float, str]] = deque()
        self._shown: dict[str, int] = {}  # job id -> bytes of its previews, oldest job first
        self._watchers: dict[str, dict[object, int]] = {}
        self._bell = Bell()
        self.news = News()

    # --- the desk

    def leased(self, job: Job) -> None:
        """A worker has just taken the job."""
        assert job.lease is not None
        with self._lock:
            story = self._stories.setdefault(job.id, _Story())
            dead = story.ended or job.tries <= story.over
            if not dead:
                story.lease = (job.lease.worker_id, job.lease.token)
                story.tries, story.claimed_at = job.tries, self._clock()
                story.previews = _asked(job)
                story.told = self._wanted(job.id)
        if dead:  # it was taken back before we heard that it was given
            self.news.post(job.lease.worker_id, Notice(job_id=job.id, token=job.lease.token, held=False))

    def moved(self, job: Job, *, by_worker: bool) -> None:
        """The job's attempt is over, or the job itself. Unless its worker said so itself, it is told."""
        now, lease = self._clock(), None
        with self._lock:
            story = self._stories.setdefault(job.id, _Story())
            if job.state.final or story.tries <= job.tries:  # else the next attempt was noted before this end
                lease, story.lease = story.lease, None
            story.over = max(story.over, job.tries)
            if job.state.final and not story.ended:
                story.ended = True
                self._ended.append((now, job.id))
            self._forget_old(now)
        if lease is not None and not by_worker:
            self.news.post(lease[0], Notice(job_id=job.id, token=lease[1], held=False))

    # --- workers

    def report(self, reports: Reports) -> None:
        """Take in what a worker tells. Words about a lease that is not its any more are ignored."""
        now = self._clock()
        with self._lock:
            news = [report.job_id for report in reports.jobs if self._take_in(reports.worker_id, report, now)]
        for job_id in news:
            self._bell.ring(job_id)

    def wanted(self, job: Job) -> int:
        """How many previews the job's next worker is to draw."""
        with self._lock:
            return max(_asked(job), *self._watchers.get(job.id, {}).values(), 0)

    # --- watchers

    def since(self, job: Job, after: int) -> list[Moment]:
        """Moments with a greater id than `after`, in order; none of an attempt that `job` does not know of yet."""
        with self._lock:
            story = self._stories.get(job.id)
            newest_first = reversed(story.moments if story else ())
            fresh = list(takewhile(lambda moment: moment.id > after, newest_first))
        return [moment for moment in reversed(fresh) if moment.tries <= job.tries]

    def latest(self, job: Job) -> Moment | None:
        """How far the present attempt is; None when nothing was heard of it."""
        with self._lock:
            story = self._stories.get(job.id)
            last = story.moments[-1] if story and story.moments else None
        return last if last is not None and last.tries == job.tries else None

    def claimed_at(self, job_id: str) -> float | None:
        """When the attempt under way began, epoch seconds; None when none is known."""
        with self._lock:
            story = self._stories.get(job_id)
            return story.claimed_at if story and story.lease else None

    def subscribe(self, job_id: str, callback: Callable[[], None]) -> Callable[[], None]:
        """`callback` is called after every report on the job; as `Bell.subscribe`."""
        return self._bell.subscribe(job_id, callback)

    def watch(self, job_id: str, previews: int) -> Callable[[], None]:
        """Somebody wants to see at least so many previews (0 to MAX_PREVIEWS) from now on. Returns what ends it."""
        if not previews:
            return lambda: None
        ticket = object()
        with self._lock:
            self._watchers.setdefault(job_id, {})[ticket] = min(previews, MAX_PREVIEWS)
        self._tell_wanted(job_id)
        return lambda: self._unwatch(job_id, ticket)

    # --- inside

    def _unwatch(self, job_id: str, ticket: object) -> None:
        with self._lock:
            watchers = self._watchers.get(job_id, {})
            watchers.pop(ticket, None)
            if not watchers:
                self._watchers.pop(job_id, None)
        self._tell_wanted(job_id)

    def _tell_wanted(self, job_id: str) -> None:
        with self._lock:
            story = self._stories.get(job_id)
            if story is None or story.lease is None or story.told == (wanted := self._wanted(job_id)):
                return
            story.told = wanted
            worker_id, token = story.lease
        self.news.post(worker_id, Notice(job_id=job_id, token=token, held=True, previews=wanted))

    def _wanted(self, job_id: str) -> int:
        return max(self._stories[job_id].previews, *self._watchers.get(job_id, {}).values(), 0)

    def _take_in(self, worker_id: str, report: Report, now: float) -> bool:
        """Append what is new. False if nothing is."""
        story = self._stories.get(report.job_id)
        if story is None or story.lease != (worker_id, report.token):
            return False
        fresh = [_moment(story, report, now, preview) for preview in (*report.previews, None)]
        known = story.moments[-1].id if story.moments else 0
        fresh = [moment for moment in sorted(fresh, key=lambda moment: moment.id) if moment.id > known]
        story.moments.extend(fresh)
        size = sum(len(moment.preview.data) for moment in fresh if moment.preview)
        if size:
            self._shown[report.job_id] = self._shown.get(report.job_id, 0) + size
            self._make_room()
        return bool(fresh)

    def _make_room(self) -> None:
        """Forget the oldest pictures when all of them together are too many."""
        total = sum(self._shown.values())
        while total > MAX_PREVIEW_BYTES:
            job_id = next(iter(self._shown))
            total -= self._shown.pop(job_id)
            story = self._stories[job_id]
            story.moments = deque((one for one in story.moments if one.preview is None), maxlen=MAX_MOMENTS)

    def _forget_old(self, now: float) -> None:
        while self._ended and (self._ended[0][0] < now - LINGER_SECONDS or len(self._ended) > MAX_ENDED):
            job_id = self._ended.popleft()[1]
            self._stories.pop(job_id, None)
            self._shown.pop(job_id, None)


def _moment(story: _Story, report: Report, now: float, preview: Preview | None) -> Moment:
    done, rank = (report.done, PROGRESS) if preview is None else (preview.done, PREVIEW)
    number = story.tries * TRY + min(done, TRY // 10 - 2) * 10 + rank
    return Moment(id=number, tries=story.tries, done=done, total=report.total, at=now, preview=preview)


def _asked(job: Job) -> int:
    """What the order asked for; a dialect has checked it."""
    asked = job.options.get("previews", 0)
    return min(asked, MAX_PREVIEWS) if isinstance(asked, int) else 0
