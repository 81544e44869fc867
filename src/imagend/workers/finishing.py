"""From pixels to a settled job: encode, digest, upload, complete. Runs beside the engine, which goes on denoising."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

import imagend
from imagend.core.errors import BlobMissing, ImagendError, StaleLease, StorageUnavailable
from imagend.core.outcome import Failure, ImageRef, Metrics, Outcome, Success, Verdict
from imagend.core.recipe import MEDIA_TYPES
from imagend.core.wire import MAX_BLOB_BYTES
from imagend.engine.backend import BackendSpec, PromptNotes
from imagend.engine.events import Finished, Withheld
from imagend.provenance.seal import UNSEALED, Seal
from imagend.safety.guard import PictureGuard, blocked
from imagend.workers.leases import Held, LeaseBook
from imagend.workers.link import GatewayUnreachable, Link
from imagend.workers.sealing import sealed_file, weighed_loras
from imagend.workers.timings import Timings
from imagend.workers.turns import Turns
from imagend.workers.uploads import Uploads

logger = logging.getLogger(__name__)


class PictureTooLarge(ImagendError):
    """The encoded picture is larger than the gateway stores."""

    code = "internal"


@dataclass(slots=True, kw_only=True, eq=False)
class Parcel:
    """A job between admission and settlement; touched by the engine's thread only, save `files`."""

    held: Held
    spec: BackendSpec
    admitted_at: float  # monotonic seconds
    images: dict[int, Future[ImageRef | Verdict]] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)  # of pictures that go with the completion
    evaluations: int = 0  # made so far, over all pictures
    compute_seconds: float = 0.0  # spent so far
    previews: int = 0  # what the engine was told
    timings: Timings = field(default_factory=lambda: Timings(time.monotonic))
    notes: PromptNotes = field(default_factory=PromptNotes)
    not_applied: tuple[str, ...] = ()  # fields of the recipe

    def metrics(self, now: float) -> Metrics:
        return Metrics(
            inference_seconds=now - self.admitted_at,
            evaluations=self.evaluations,
            compute_seconds=self.compute_seconds,
        )


class Finisher:
    """Speaks the last word on jobs: complete, fail or release. After it, the job is out of the lease book."""

    def __init__(
        self,
        link: Link,
        book: LeaseBook,
        clock: Callable[[], float],
        guard: PictureGuard,
        tell_rest: Callable[[Held], None] = lambda _: None,
        threads: int = 2,
        seal: Seal = UNSEALED,
    ) -> None:
        """tell_rest: called before a job is completed, so that its last previews come before its pictures."""
        self._link = link
        self._tell_rest = tell_rest
        self._uploads = Uploads(link)
        self._book = book
        self._clock = clock
        self._guard = guard
        self._seal = seal
        self._turns = Turns(threads, "finishing")

    def store(self, parcel: Parcel, picture: Finished) -> None:
        """Begin to encode and upload one picture; with the last one, completion is queued behind the uploads."""
        parcel.images[picture.index] = self._turns.submit(parcel.held.share, self._store, parcel, picture)
        parcel.notes, parcel.not_applied = picture.notes, picture.not_applied
        self._end_if_last(parcel, picture.left)

    def withhold(self, parcel: Parcel, picture: Withheld) -> None:
        """As `store`, of a picture that was held back before it came here."""
        parcel.images[picture.index] = Future()
        parcel.images[picture.index].set_result(picture.verdict)
        self._end_if_last(parcel, picture.left)

    def _end_if_last(self, parcel: Parcel, left: int) -> None:
        if left == 0:
            parcel.timings.denoised(parcel.evaluations)
            self._turns.submit(parcel.held.share, self._settle, parcel)

    def fail(self, held: Held, failure: Failure, *, retryable: bool) -> None:
        self._turns.submit(held.share, self._fail, held, failure, retryable)

    def release(self, held: Held) -> None:
        self._turns.submit(held.share, self._speak, held, lambda: self._link.release(held.job_id, held.token))

    def close(self) -> None:
        """Wait until every last word is said."""
        self._turns.close()
        self._uploads.close()

    def _store(self, parcel: Parcel, picture: Finished) -> ImageRef | Verdict:
        """The stored picture; or why it must not be shown, and then it goes nowhere."""
        held = parcel.held
        if not self._book.holds(held):
            raise StaleLease
        recipe = held.recipe
        with parcel.timings.of("finish"):
            verdict = self._guard.judge_picture(recipe, picture.pixels, picture.contents, picture.index)
            if verdict is not None:
                return verdict
            lease = (held.job_id, held.token)
            data = sealed_file(self._seal, recipe, parcel.spec, picture.seed, picture.pixels, lease)
        if len(data) > MAX_BLOB_BYTES:
            raise PictureTooLarge
        media_type = MEDIA_TYPES[recipe.output_format]
        height, width, _ = picture.pixels.shape
        small = len(data) <= held.inline_bytes
        if small:
            parcel.files[picture.index] = data
        return ImageRef(
            key="" if small else self._upload(parcel, picture.index, media_type, data),
            media_type=media_type,
            width=width,
            height=height,
            seed=picture.seed,
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
        )

    def _upload(self, parcel: Parcel, index: int, media_type: str, data: bytes) -> str:
        with parcel.timings.of("upload"):
            return self._uploads.store(parcel.held, index, media_type, data)

    def _settle(self, parcel: Parcel) -> None:
        held = parcel.held
        try:
            pictures = [parcel.images[index].result() for index in sorted(parcel.images)]
            metrics = parcel.metrics(self._clock())
            if self._book.close(held):
                self._tell_rest(held)
                outcome = outcome_of(pictures, metrics, receipt(parcel, self._seal))
                if isinstance(outcome, Success):
                    files = tuple(parcel.files[index] for index in sorted(parcel.files))
                    self._link.complete(held.job_id, held.token, outcome, files, parcel.timings.told())
                else:
                    self._link.fail(held.job_id, held.token, outcome, False)
            self._book.drop(held)
        except StaleLease:
            self._fenced(held)
        except (GatewayUnreachable, StorageUnavailable, BlobMissing) as error:
            self._fail(held, _failure(StorageUnavailable(), detail=error.message), retryable=True)
        except Exception as error:
            logger.exception("job %s: finishing failed", held.job_id)
            retryable = not isinstance(error, PictureTooLarge)
            self._fail(held, _failure(ImagendError(), detail=repr(error)), retryable=retryable)

    def _fail(self, held: Held, failure: Failure, retryable: bool) -> None:
        self._speak(held, lambda: self._link.fail(held.job_id, held.token, failure, retryable))

    def _speak(self, held: Held, word: Callable[[], None]) -> None:
        """Say the last word on a job, unless its lease is lost. Errors end here: the lease's end settles the rest."""
        try:
            if self._book.close(held):
                word()
        except StaleLease:
            self._fenced(held)
        except Exception:
            logger.exception("job %s: the gateway did not hear the end of it", held.job_id)
        finally:
            self._book.drop(held)

    def _fenced(self, held: Held) -> None:
        logger.warning("job %s: the lease is lost, the result is dropped", held.job_id)
        self._book.drop(held)


def outcome_of(pictures: Sequence[ImageRef | Verdict], metrics: Metrics, notes: dict[str, Any]) -> Outcome:
    """Success if there is anything to show; what was held back is told either way."""
    images = tuple(picture for picture in pictures if isinstance(picture, ImageRef))
    filtered = tuple(picture for picture in pictures if isinstance(picture, Verdict))
    if not images:
        return replace(blocked(filtered), metrics=metrics)
    return Success(images=images, metrics=metrics, filtered=filtered, notes=notes)


def receipt(parcel: Parcel, seal: Seal) -> dict[str, Any]:
    """What one needs to make the same pictures again, and what the model did not understand of the prompt."""
    recipe = parcel.held.recipe
    notes: dict[str, Any] = {
        "engine": f"imagend {imagend.__version__}",
        "backend": parcel.spec.name,
        "weights": parcel.spec.revision,
        "seed": recipe.seed,
        "steps": recipe.steps,
        "scheduler": recipe.scheduler,
        "guidance_scale": recipe.guidance_scale,
        "provenance": seal.receipt(recipe.watermark),
    }
    if recipe.loras:
        notes["loras"] = weighed_loras(recipe, parcel.spec)
    if parcel.notes.unknown:
        notes["unknown_words"] = list(parcel.notes.unknown)
    if parcel.not_applied:
        notes["not_applied"] = list(parcel.not_applied)
    return notes


def failure_of(error: ImagendError, metrics: Metrics) -> Failure:
    """What the model raised: a public sentence, and the cause for the operator."""
    detail = f"caused by {error.__cause__!r}" if error.__cause__ else ""
    return replace(_failure(error, detail=detail), metrics=metrics, verdicts=getattr(error, "verdicts", ()))


def _failure(error: ImagendError, *, detail: str) -> Failure:
    return Failure(code=error.code, message=error.message, detail=detail)
