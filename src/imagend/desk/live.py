"""What happens to jobs between claim and end: progress, previews, who watches. In memory, and lost without harm.

With several gateways each of them keeps this table of all jobs as far as it hears of them: what one learns from a
worker or a caller it tells the others as hints, which do here what the call did there.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import takewhile

from imagend.core.errors import ImagendError
from imagend.core.job import Job
from imagend.core.wire import Notice, Preview, Report, Reports
from imagend.desk.bell import Bell
from imagend.desk.hints import Hints, Leased, Over, Progress, Shown, Wanted
from imagend.desk.moments import TRY, Moment, moment_of
from imagend.desk.news import News
from imagend.desk.shelf import Shelf
from imagend.desk.watchers import MAX_PREVIEWS, Watchers
from imagend.store.gateway_rows import PreviewRow, ProgressRow

logger = logging.getLogger(__name__)

SILENCE_SECONDS = 5.0  # a running job that nothing was heard of for so long is looked up, and again after as long
MAX_MOMENTS = 512  # kept per job: older ones are forgotten, newer ones tell more
MAX_PREVIEW_BYTES = 64 * 2**20  # of all jobs; the oldest go first
MAX_ENDED = 10_000  # jobs that are remembered although they are final
MAX_STORIES = 100_000  # jobs that are remembered at all: hints of an end can be lost
LINGER_SECONDS = 300.0  # a final job's previews can be had this long


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
    looked_at: float = 0.0  # when its rows were read because nothing was heard
    moments: deque[Moment] = field(default_factory=lambda: deque(maxlen=MAX_MOMENTS))


class Live:
    """Safe from any thread."""

    def __init__(
        self, clock: Callable[[], float], shelf: Shelf, hints: Hints, gateway: str = "", first_notice: int = 0
    ) -> None:
        """shelf: where previews lie for other gateways. first_notice: see `News`."""
        self._clock = clock
        self._shelf = shelf
        self._hints = hints
        self._lock = threading.Lock()
        self._stories: dict[str, _Story] = {}
        self._ended: deque[tuple[float, str]] = deque()
        self._shown: dict[str, int] = {}  # job id -> bytes of its previews, oldest job first
        self._watchers = Watchers(clock, hints, gateway)
        self._bell = Bell()
        self._fetching: dict[str, Progress | None] = {}  # jobs whose previews are read: newer progress waits for them
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="previews")
        self.news = News(first_notice)
        self.remind = self._watchers.remind
        self.shared = hints.shared
        hints.subscribe(Leased, self._begin)
        hints.subscribe(Over, self._finish)
        hints.subscribe(Progress, self._go_on)
        hints.subscribe(Shown, self._look_at_shelf)
        hints.subscribe(Wanted, self._heard_wish)

    # --- the desk

    def leased(self, job: Job) -> None:
        """A worker has just taken the job."""
        assert job.lease is not None
        lease = Leased(job.id, job.lease.worker_id, job.lease.token, job.tries, self._clock(), _asked(job))
        self._begin(lease)
        self._hints.publish(lease)

    def still_leased(self, job_id: str, worker_id: str, token: str, tries: int) -> None:
        """The worker has shown that it has the job: news to a gateway that was started after the claim."""
        with self._lock:
            story = self._stories.get(job_id)
            if story is not None and (story.lease is not None or story.tries > tries):
                return
        self._begin(Leased(job_id, worker_id, token, tries, self._clock(), 0))

    def moved(self, job: Job, *, by_worker: bool) -> None:
        """The job's attempt is over, or the job itself. Unless its worker said so itself, it is told."""
        over = Over(job.id, job.tries, job.state.final, by_worker)
        self._finish(over)
        self._hints.publish(over)

    # --- workers

    def report(self, reports: Reports) -> None:
        """Take in what a worker tells. Words about a lease that is not its any more are ignored. With other gateways
        and previews this waits for the database."""
        now = self._clock()
        with self._lock:
            taken = [(one.job_id, self._take_in(reports.worker_id, one, now)) for one in reports.jobs]
        for job_id, fresh in taken:
            if fresh:
                self._bell.ring(job_id)
        if self.shared:
            for job_id, fresh in taken:
                self._tell_others(job_id, fresh)

    def heard_of(self, job_ids: Iterable[str]) -> dict[str, ProgressRow]:
        """How far these jobs are, for the rows that other gateways read; nothing where there are none."""
        if not self.shared:
            return {}
        with self._lock:
            newest = {
                job_id: next((one for one in reversed(story.moments) if one.preview is None), None)
                for job_id in job_ids
                if (story := self._stories.get(job_id)) is not None and story.lease is not None
            }
        return {
            job_id: ProgressRow(tries=one.tries, done=one.done, total=one.total, at=one.at)
            for job_id, one in newest.items()
            if one is not None
        }

    def wanted(self, job: Job) -> int:
        """How many previews the job's next worker is to draw."""
        return max(_asked(job), self._watchers.most(job.id))

    # --- watchers

    def since(self, job: Job, after: int) -> list[Moment]:
        """Moments with a greater id than `after`, in order; none of an attempt that `job` does not know of yet."""
        self._look_up_if_silent(job)
        with self._lock:
            story = self._stories.get(job.id)
            newest_first = reversed(story.moments if story else ())
            fresh = list(takewhile(lambda moment: moment.id > after, newest_first))
        return [moment for moment in reversed(fresh) if moment.tries <= job.tries]

    def catch_up(self, job: Job, after: int) -> None:
        """Learn what previews behind the id `after` other gateways have taken in. Waits for the database."""
        self._merge(job.id, self._shelf.after(job.id, after))

    def latest(self, job: Job) -> Moment | None:
        """How far the present attempt is; None when nothing was heard of it."""
        self._look_up_if_silent(job)
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
        ticket = self._watchers.add(job_id, previews)
        self._tell_wanted(job_id)

        def end() -> None:
            self._watchers.remove(job_id, ticket)
            self._tell_wanted(job_id)

        return end

    # --- the same from other gateways

    def _begin(self, lease: Leased) -> None:
        with self._lock:
            story = self._stories.setdefault(lease.job_id, _Story())
            ended = story.ended
            dead = ended or lease.tries <= story.over
            if not dead:
                story.lease = (lease.worker_id, lease.token)
                story.tries, story.claimed_at = lease.tries, lease.at
                story.previews = lease.previews
                story.told = self._wanted(lease.job_id)
        if dead:  # it was taken back before we heard that it was given
            self.news.post(lease.worker_id, Notice(job_id=lease.job_id, token=lease.token, held=False, over=ended))

    def _finish(self, over: Over) -> None:
        now, lease = self._clock(), None
        with self._lock:
            story = self._stories.setdefault(over.job_id, _Story())
            if over.final or story.tries <= over.tries:  # else the next attempt was noted before this end
                lease, story.lease = story.lease, None
            story.over = max(story.over, over.tries)
            if over.final and not story.ended:
                story.ended = True
                self._ended.append((now, over.job_id))
            self._forget_old(now)
        if lease is not None and not over.by_worker:
            self.news.post(lease[0], Notice(job_id=over.job_id, token=lease[1], held=False, over=over.final))

    def _go_on(self, progress: Progress) -> None:
        """Its worker speaks to another gateway."""
        with self._lock:
            if progress.job_id in self._fetching:
                self._fetching[progress.job_id] = progress
                return
            story = self._stories.setdefault(progress.job_id, _Story())
            if story.ended or progress.tries <= story.over:
                return
            if progress.tries > story.tries:
                story.tries, story.claimed_at, story.lease = progress.tries, progress.at, None
            moment = moment_of(progress.tries, progress.done, progress.total, progress.at)
            known = next((one.id for one in reversed(story.moments) if one.preview is None), 0)
            if known >= moment.id:
                return
            self._insert(story, {moment.id: moment})
        self._bell.ring(progress.job_id)

    def _look_at_shelf(self, shown: Shown) -> None:
        """Read them while somebody here follows the job; who comes later catches up."""
        if self._bell.heard(shown.job_id):
            self._begin_fetch(shown.job_id)

    def _look_up_if_silent(self, job: Job) -> None:
        """Hints may be lost: somebody asks for the job, so its rows are read behind his back, for the next question."""
        if not self.shared or job.lease is None:
            return
        now = self._clock()
        with self._lock:
            story = self._stories.setdefault(job.id, _Story())
            heard = story.moments[-1].at if story.moments and story.moments[-1].tries == job.tries else 0.0
            if now - max(heard, story.looked_at) < SILENCE_SECONDS:
                return
            story.looked_at = now
        self._begin_fetch(job.id)

    def _begin_fetch(self, job_id: str) -> None:
        with self._lock:
            if job_id in self._fetching:
                return
            self._fetching[job_id] = None
        self._reader.submit(self._fetch, job_id)

    def _fetch(self, job_id: str) -> None:
        found: list[Progress | None] = []
        try:
            self._merge(job_id, self._shelf.after(job_id, 0))
            row = self._shelf.progress(job_id)
            found.append(Progress(job_id, row.tries, row.done, row.total, row.at) if row else None)
        except ImagendError as error:
            logger.debug("what another gateway knows cannot be read: %s", error.message)
        finally:
            with self._lock:
                found.append(self._fetching.pop(job_id, None))
        for progress in found:
            if progress is not None:
                self._go_on(progress)
        self._bell.ring(job_id)

    def _merge(self, job_id: str, pictures: Iterable[PreviewRow]) -> None:
        with self._lock:
            story = self._stories.setdefault(job_id, _Story())
            known = {moment.id for moment in story.moments}
            fresh = {row.moment: _drawn(row) for row in pictures if row.moment not in known}
            if fresh:
                self._insert(story, fresh)
                self._count(job_id, fresh.values())

    @staticmethod
    def _insert(story: _Story, fresh: dict[int, Moment]) -> None:
        """At their places: a picture is read while the progress behind it arrives."""
        if not story.moments or story.moments[-1].id < min(fresh):
            story.moments.extend(fresh[number] for number in sorted(fresh))
            return
        merged = {moment.id: moment for moment in story.moments} | fresh
        story.moments = deque((merged[number] for number in sorted(merged)), maxlen=MAX_MOMENTS)

    def _heard_wish(self, wish: Wanted) -> None:
        self._watchers.heard(wish)
        self._tell_wanted(wish.job_id)

    # --- inside

    def _tell_others(self, job_id: str, fresh: list[Moment]) -> None:
        """Pictures first: nobody may see the progress that comes after them before they can be had."""
        pictures = [_row(moment) for moment in fresh if moment.preview is not None]
        if pictures:
            try:
                self._shelf.put(job_id, pictures)
                self._hints.publish(Shown(job_id))
            except ImagendError as error:
                logger.warning("previews are not seen at other gateways: %s", error.message)
        last = next((moment for moment in reversed(fresh) if moment.preview is None), None)
        if last is not None:
            self._hints.publish(Progress(job_id, last.tries, last.done, last.total, last.at))

    def _tell_wanted(self, job_id: str) -> None:
        with self._lock:
            story = self._stories.get(job_id)
            if story is None or story.lease is None or story.told == (wanted := self._wanted(job_id)):
                return
            story.told = wanted
            worker_id, token = story.lease
        self.news.post(worker_id, Notice(job_id=job_id, token=token, held=True, previews=wanted))

    def _wanted(self, job_id: str) -> int:
        return max(self._stories[job_id].previews, self._watchers.most(job_id))

    def _take_in(self, worker_id: str, report: Report, now: float) -> list[Moment]:
        """Append what is new, and return it."""
        story = self._stories.get(report.job_id)
        if story is None or story.lease != (worker_id, report.token):
            return []
        drawn = [moment_of(story.tries, one.done, report.total, now, one) for one in report.previews]
        told = [*drawn, moment_of(story.tries, report.done, report.total, now)]
        known = story.moments[-1].id if story.moments else 0
        fresh = [moment for moment in sorted(told, key=lambda moment: moment.id) if moment.id > known]
        story.moments.extend(fresh)
        self._count(report.job_id, fresh)
        return fresh

    def _count(self, job_id: str, fresh: Iterable[Moment]) -> None:
        """Forget the oldest pictures when all of them together are too many."""
        size = sum(len(moment.preview.data) for moment in fresh if moment.preview)
        if not size:
            return
        self._shown[job_id] = self._shown.get(job_id, 0) + size
        total = sum(self._shown.values())
        while total > MAX_PREVIEW_BYTES:
            oldest = next(iter(self._shown))
            total -= self._shown.pop(oldest)
            story = self._stories[oldest]
            story.moments = deque((one for one in story.moments if one.preview is None), maxlen=MAX_MOMENTS)

    def _forget_old(self, now: float) -> None:
        while self._ended and (self._ended[0][0] < now - LINGER_SECONDS or len(self._ended) > MAX_ENDED):
            self._forget(self._ended.popleft()[1])
        while len(self._stories) > MAX_STORIES:
            self._forget(next(iter(self._stories)))

    def _forget(self, job_id: str) -> None:
        self._stories.pop(job_id, None)
        self._shown.pop(job_id, None)


def _row(moment: Moment) -> PreviewRow:
    assert moment.preview is not None
    return PreviewRow(
        moment=moment.id, done=moment.preview.done, total=moment.total, at=moment.at,
        media_type=moment.preview.media_type, data=moment.preview.data,
    )  # fmt: skip


def _drawn(row: PreviewRow) -> Moment:
    preview = Preview(done=row.done, media_type=row.media_type, data=row.data)
    return moment_of(row.moment // TRY, row.done, row.total, row.at, preview)


def _asked(job: Job) -> int:
    """What the order asked for; a dialect has checked it."""
    asked = job.options.get("previews", 0)
    return min(asked, MAX_PREVIEWS) if isinstance(asked, int) else 0
