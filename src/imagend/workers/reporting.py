"""The reporter: tells the gateway how far jobs are, seldom enough not to matter. What it loses nobody misses."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from imagend.core.recipe import MEDIA_TYPES
from imagend.core.wire import MAX_MESSAGE_BYTES, Preview, Report, Step
from imagend.engine.backend import Pixels
from imagend.engine.events import Progress
from imagend.engine.pixels import encode
from imagend.provenance.seal import UNSEALED, Seal
from imagend.safety.guard import PictureGuard
from imagend.workers.leases import Held
from imagend.workers.link import Link

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.1  # between two messages
PREVIEW_QUALITY = 85
MAX_PREVIEW_BYTES = MAX_MESSAGE_BYTES // 2  # of one message; base64 takes a third more
STOP_SECONDS = 1.0
MAX_STEPS = 200  # told in one message; of a faster engine some are left out


@dataclass(slots=True, kw_only=True, eq=False)
class _Note:
    """What is not told yet of one job."""

    held: Held
    done: int = 0
    total: int = 0
    previews: list[tuple[int, Pixels, tuple[str, ...]]] = field(default_factory=list)


class Reporter:
    """A thread with one note per job. The engine's thread only writes the note; pictures are encoded here."""

    def __init__(
        self, link: Link, guard: PictureGuard, pause_seconds: float = PAUSE_SECONDS, seal: Seal = UNSEALED
    ) -> None:
        self._link = link
        self._guard = guard
        self._pause_seconds = pause_seconds
        self._seal = seal
        self._lock = threading.Lock()
        self._sending = threading.Lock()  # held over the network, so that messages arrive in order
        self._notes: dict[str, _Note] = {}  # by token
        self._steps: list[Step] = []
        self._noted = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._noted.set()
        self._thread.join(STOP_SECONDS)

    def note(self, held: Held, progress: Progress) -> None:
        """Remember the newest of a job, and every preview. Costs nothing but a lock."""
        with self._lock:
            note = self._notes.setdefault(held.token, _Note(held=held))
            note.done, note.total = progress.done, progress.total
            if progress.preview is not None:
                note.previews.append((progress.done, progress.preview, progress.contents))
        self._noted.set()

    def note_step(self, step: Step) -> None:
        """What the engine's last step took. Goes with the next message; no message is sent for it alone."""
        with self._lock:
            if len(self._steps) < MAX_STEPS:
                self._steps.append(step)

    def flush(self, held: Held) -> None:
        """Before the last word on a job: send the previews that are left; then nothing more is said of it."""
        with self._sending:
            with self._lock:
                note = self._notes.pop(held.token, None)
            if note is not None and note.previews:
                self._send([note])

    def forget(self, held: Held) -> None:
        """Nobody wants to hear of the job any more."""
        with self._lock:
            self._notes.pop(held.token, None)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._noted.wait()
            self._noted.clear()
            with self._sending:
                with self._lock:
                    notes, self._notes = list(self._notes.values()), {}
                self._send(notes)
            self._stopped.wait(self._pause_seconds)

    def _send(self, notes: list[_Note]) -> None:
        try:
            for reports in _packed(report for note in notes for report in self._reports(note)):
                with self._lock:
                    steps, self._steps = tuple(self._steps), []
                self._link.report(reports, *([steps] if steps else []))
        except Exception as error:
            logger.debug("a report is lost: %r", error)

    def _reports(self, note: _Note) -> Iterator[Report]:
        """One report for each preview that may be shown, and one for how far the job is now."""
        recipe = note.held.recipe
        for done, pixels, contents in note.previews:
            if self._guard.judge_picture(recipe, pixels, contents, 0) is None:
                marked = self._seal.mark(pixels, recipe.watermark)
                data = encode(marked, recipe.output_format, PREVIEW_QUALITY)
                preview = Preview(done=done, media_type=MEDIA_TYPES[recipe.output_format], data=data)
                yield _report(note, done, (preview,))
        yield _report(note, note.done, ())


def _report(note: _Note, done: int, previews: tuple[Preview, ...]) -> Report:
    return Report(job_id=note.held.job_id, token=note.held.token, done=done, total=note.total, previews=previews)


def _packed(reports: Iterable[Report]) -> Iterator[tuple[Report, ...]]:
    """Reports in order, as many to a message as fit."""
    message: list[Report] = []
    size = 0
    for report in reports:
        more = sum(len(preview.data) for preview in report.previews)
        if message and size + more > MAX_PREVIEW_BYTES:
            yield tuple(message)
            message, size = [], 0
        message.append(report)
        size += more
    if message:
        yield tuple(message)
