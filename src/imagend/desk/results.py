"""Where a job's pictures lie, and the check that an outcome names only those that are really there."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from imagend.blobs.base import BlobStore
from imagend.core.errors import BadParameter, BlobExists, BlobMissing
from imagend.core.job import Job
from imagend.core.outcome import ImageRef, Success
from imagend.core.recipe import OUTPUT_FORMATS


def folder_of(account_id: str, created_at: float, request_id: str) -> str:
    """`r/{account}/{yyyymmddhh}/{request_id}`: an hour's results can be found, and dropped, together."""
    return f"r/{account_id}/{hour_of(created_at)}/{request_id}"


def hour_of(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%d%H")


def key_of(job: Job, index: int, extension: str, sha256: str) -> str:
    folder = folder_of(job.account_id, job.created_at, job.id)
    return f"{folder}/{job.attempt}-{index}-{sha256[:32]}.{extension}"


class Results:
    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def put(self, job: Job, index: int, extension: str, data: bytes) -> str:
        """Store one picture. The key holds the digest, so the same bytes again are no conflict."""
        if not 0 <= index < job.recipe.count:
            raise BadParameter("index", f"index must be 0 to {job.recipe.count - 1}")
        if extension not in OUTPUT_FORMATS:
            raise BadParameter("extension", f"extension must be one of {', '.join(OUTPUT_FORMATS)}")
        key = key_of(job, index, extension, hashlib.sha256(data).hexdigest())
        try:
            self._blobs.put_new(key, data)
        except BlobExists:
            pass
        return key

    def check(self, job: Job, success: Success) -> None:
        """Raises BadParameter for pictures that cannot be this attempt's, BlobMissing for one that is not stored."""
        if not 1 <= len(success.images) <= job.recipe.count:
            raise BadParameter("images", f"images must be 1 to {job.recipe.count} pictures")
        for image in success.images:
            self._check_one(job, image)

    def _check_one(self, job: Job, image: ImageRef) -> None:
        extension = image.key.rpartition(".")[2]
        if image.key not in {key_of(job, index, extension, image.sha256) for index in range(job.recipe.count)}:
            raise BadParameter("images", f"images: {image.key} is not a picture of this attempt")
        if self._blobs.stat(image.key).size != image.size:
            raise BlobMissing(f"{image.key} has not {image.size} bytes")
