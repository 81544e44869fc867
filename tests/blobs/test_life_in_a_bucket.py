"""A job's pictures from the worker's PUT to the janitor, in a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from imagend.blobs.s3 import S3Blobs, content_of
from imagend.core.errors import BadParameter, BlobMissing, StaleLease
from imagend.core.job import Job, State
from imagend.core.outcome import ImageRef, Success
from imagend.desk.results import hour_of
from tests.desk.house import House, house_in, order, token

DATA = b"\x89PNG" * 100


@pytest.fixture
def house(s3_blobs: S3Blobs, tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, blobs=s3_blobs) as made:
        yield made


def leased(house: House) -> Job:
    house.desk.submit(house.account(), order())
    return house.claim()[0]


def put(house: House, job: Job, data: bytes = DATA) -> ImageRef:
    """As a worker does it."""
    content = content_of(data, "image/png")
    key, target = house.desk.target(job.id, token(job), 0, "png", content)
    assert target is not None
    assert httpx.put(target.url, content=data, headers=target.headers, trust_env=False).status_code == 200
    return ImageRef(key=key, media_type="image/png", width=1, height=1, seed=7, sha256=content.sha256, size=len(data))


def test_put_complete_expire(house: House) -> None:
    job = leased(house)
    image = put(house, job)
    assert house.desk.complete(job.id, token(job), Success(images=(image,))).state is State.COMPLETED
    assert list(house.blobs.list(f"r/{hour_of(job.created_at)}")) == [image.key]
    assert job.account_id not in image.key
    house.clock.now += house.policy.retention_seconds
    house.desk.forget()
    house.clock.now += house.policy.file_retention_seconds
    house.desk.forget()
    assert list(house.blobs.list("r")) == []


def test_complete_without_the_object_or_with_another_is_refused(house: House) -> None:
    job = leased(house)
    content = content_of(DATA, "image/png")
    key, _ = house.desk.target(job.id, token(job), 0, "png", content)
    said = ImageRef(key=key, media_type="image/png", width=1, height=1, seed=7, sha256=content.sha256, size=len(DATA))
    with pytest.raises(BlobMissing):
        house.desk.complete(job.id, token(job), Success(images=(said,)))
    house.blobs.put_new(key, b"x" * len(DATA))  # of the right size, by somebody with the bucket's key
    with pytest.raises(BlobMissing, match="other bytes"):
        house.desk.complete(job.id, token(job), Success(images=(said,)))
    assert house.store.read(lambda reads: reads.job(job.id)) == job


def test_only_the_lease_gets_a_target(house: House) -> None:
    job = leased(house)
    content = content_of(DATA, "image/png")
    with pytest.raises(StaleLease):
        house.desk.target(job.id, "not the token", 0, "png", content)
    with pytest.raises(BadParameter, match="index"):
        house.desk.target(job.id, token(job), 1, "png", content)
    house.desk.worker_lost("w1")
    with pytest.raises(StaleLease):
        house.desk.target(job.id, token(job), 0, "png", content)


def test_a_picture_put_by_an_attempt_that_was_lost_is_swept(house: House) -> None:
    job = leased(house)
    put(house, job)
    house.desk.worker_lost("w1")
    again = house.claim("w2")[0]
    image = put(house, again)
    house.desk.complete(again.id, token(again), Success(images=(image,)))
    orphan = image.key.replace(job.id, "00000000-0000-4000-8000-000000000000")
    house.blobs.put_new(orphan, b"nobody's")
    house.clock.now += 3 * 3600 + 1
    assert house.desk.sweep_orphans() == 1
    assert len(list(house.blobs.list("r"))) == 2  # both attempts' pictures go with the job's files
    house.desk.forget()
    house.clock.now += house.policy.file_retention_seconds
    house.desk.forget()
    assert list(house.blobs.list("r")) == []
