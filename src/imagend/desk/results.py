"""Where a job's pictures lie, and the check that an outcome names only those that are really there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from imagend.blobs.base import BlobStore, Content, Target
from imagend.core.errors import BadParameter, BlobExists, BlobMissing
from imagend.core.job import Job
from imagend.core.outcome import ImageRef, Success
from imagend.core.recipe import OUTPUT_FORMATS

FILES, ROWS = "r", "i"  # first word of keys: pictures in the blob store, pictures in the database
TARGET_SECONDS = 60  # a worker asks for another when this was too short


def folder_of(created_at: float, request_id: str) -> str:
    """`r/{yyyymmddhh}/{request_id}`: an hour's results can be found, and dropped, together, and no key names an
    account."""
    return f"{FILES}/{hour_of(created_at)}/{request_id}"


def hour_of(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%d%H")


def key_of(job: Job, index: int, extension: str, sha256: str) -> str:
    """The digest is in it: whoever writes this key writes these bytes."""
    return f"{folder_of(job.created_at, job.id)}/{job.attempt}-{index}-{sha256[:32]}.{extension}"


class Results:
    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def put(self, job: Job, index: int, extension: str, data: bytes) -> str:
        """Store one picture. The same bytes again are no conflict."""
        key = _checked_key(job, index, extension, hashlib.sha256(data).hexdigest())
        try:
            self._blobs.put_new(key, data)
        except BlobExists:
            pass
        return key

    def target(self, job: Job, index: int, extension: str, content: Content) -> tuple[str, Target | None]:
        """The key of one picture, and where its maker may put it if not through us."""
        key = _checked_key(job, index, extension, content.sha256)
        return key, self._blobs.target(key, content, TARGET_SECONDS)

    def named(self, job: Job, success: Success, files: Sequence[bytes]) -> tuple[Success, dict[str, bytes]]:
        """Give keys to the pictures that came with the outcome; also their bytes by key. Raises BadParameter."""
        left, images = list(files), list(success.images)
        kept: dict[str, bytes] = {}
        for index, image in enumerate(images):
            if left and not image.key:
                data = left.pop(0)
                images[index] = _keyed(job, index, image, data)
                kept[images[index].key] = data
        if left:
            raise BadParameter("files", "files: more than there are pictures without a key")
        return replace(success, images=tuple(images)), kept

    def check(self, job: Job, success: Success, kept: dict[str, bytes]) -> None:
        """Raises BadParameter for pictures that cannot be this attempt's, BlobMissing for one that is not stored.
        kept: those that are stored with the outcome."""
        if not 1 <= len(success.images) <= job.recipe.count:
            raise BadParameter("images", f"images must be 1 to {job.recipe.count} pictures")
        for image in success.images:
            if image.key not in kept:
                self._check_one(job, image)

    def _check_one(self, job: Job, image: ImageRef) -> None:
        extension = image.key.rpartition(".")[2]
        if image.key not in {key_of(job, index, extension, image.sha256) for index in range(job.recipe.count)}:
            raise BadParameter("images", f"images: {image.key} is not a picture of this attempt")
        found = self._blobs.stat(image.key)
        if found.size != image.size:
            raise BlobMissing(f"{image.key} has not {image.size} bytes")
        if found.sha256 not in ("", image.sha256):
            raise BlobMissing(f"{image.key} was stored as other bytes")


def _keyed(job: Job, index: int, image: ImageRef, data: bytes) -> ImageRef:
    if hashlib.sha256(data).hexdigest() != image.sha256 or len(data) != image.size:
        raise BadParameter("files", f"files: picture {index} has other bytes than its digest says")
    key = _checked_key(job, index, image.media_type.rpartition("/")[2], image.sha256)
    return replace(image, key=ROWS + key.removeprefix(FILES))


def _checked_key(job: Job, index: int, extension: str, sha256: str) -> str:
    if not 0 <= index < job.recipe.count:
        raise BadParameter("index", f"index must be 0 to {job.recipe.count - 1}")
    if extension not in OUTPUT_FORMATS:
        raise BadParameter("extension", f"extension must be one of {', '.join(OUTPUT_FORMATS)}")
    return key_of(job, index, extension, sha256)
