"""Small pictures that come with the outcome and lie in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imagend.core.errors import BadParameter, BlobMissing, StaleLease
from imagend.core.job import Job, State
from imagend.core.outcome import ImageRef, Success
from imagend.desk.pictures import Pictures
from tests.desk.house import COST, House, house_in, order, token

SMALL = b"\x00\xff small \x00" * 9


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as made:
        made.desk.inline_bytes = 8192
        yield made


def inline(data: bytes = SMALL, **changes: object) -> ImageRef:
    plain = ImageRef(key="", media_type="image/png", width=8, height=8, seed=7,
                     sha256=hashlib.sha256(data).hexdigest(), size=len(data))  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def leased(house: House, count: int = 1) -> Job:
    house.desk.submit(house.account(), order(count=count, cost=count * COST))
    return house.claim()[0]


def pictures(house: House) -> Pictures:
    return Pictures(house.store, house.blobs)


def test_it_is_there_with_the_outcome_and_no_file_is(house: House) -> None:
    job = leased(house)
    done = house.desk.complete(job.id, token(job), Success(images=(inline(),)), (SMALL,))
    assert done.state is State.COMPLETED
    assert isinstance(done.outcome, Success)
    key = done.outcome.images[0].key
    assert key.startswith("i/")
    assert pictures(house).read(key) == SMALL
    assert b"".join(pictures(house).pieces(key, 2, 5)) == SMALL[2:5]
    assert pictures(house).stat(key).size == len(SMALL)
    assert list(house.blobs.list("r")) == []


def test_small_and_large_in_one_outcome_said_twice(house: House) -> None:
    job = leased(house, 3)
    large = house.success(job).images
    success = Success(images=(inline(), large[1], inline(b"other")))
    first = house.desk.complete(job.id, token(job), success, (SMALL, b"other"))
    assert house.desk.complete(job.id, token(job), success, (SMALL, b"other")) == first
    assert isinstance(first.outcome, Success)
    found = [pictures(house).read(image.key) for image in first.outcome.images]
    assert found == [SMALL, house.blobs.read(large[1].key), b"other"]
    with pytest.raises(StaleLease):
        house.desk.complete(job.id, token(job), Success(images=(inline(b"z"), *success.images[1:])), (b"z", b"other"))


@pytest.mark.parametrize(
    ("image", "files"),
    [
        (inline(sha256="0" * 64), (SMALL,)),
        (inline(size=3), (SMALL,)),
        (inline(media_type="image/svg+xml"), (SMALL,)),
        (inline(b"x" * 8193), (b"x" * 8193,)),
        (inline(), (SMALL, SMALL)),
        (inline(), ()),
        (inline(key="i/2026010112/job/1-0-x.png"), ()),
    ],
)
def test_what_does_not_fit_together_is_refused(house: House, image: ImageRef, files: tuple[bytes, ...]) -> None:
    job = leased(house)
    with pytest.raises((BadParameter, BlobMissing)):
        house.desk.complete(job.id, token(job), Success(images=(image,)), files)
    assert house.store.read(lambda reads: reads.job(job.id)) == job


def test_a_lost_lease_leaves_nothing_behind(house: House) -> None:
    job = leased(house)
    house.desk.worker_lost("w1")
    with pytest.raises(StaleLease):
        house.desk.complete(job.id, token(job), Success(images=(inline(),)), (SMALL,))
    again = house.claim("w2")[0]
    done = house.desk.complete(again.id, token(again), Success(images=(inline(),)), (SMALL,))
    assert isinstance(done.outcome, Success)
    assert "/2-0-" in done.outcome.images[0].key


def test_it_is_kept_as_long_as_files_are(house: House) -> None:
    job = leased(house)
    done = house.desk.complete(job.id, token(job), Success(images=(inline(),)), (SMALL,))
    assert isinstance(done.outcome, Success)
    key = done.outcome.images[0].key
    house.clock.now += house.policy.file_retention_seconds - 1
    house.desk.forget()
    assert pictures(house).read(key) == SMALL
    house.clock.now += 1
    house.desk.forget()
    with pytest.raises(BlobMissing):
        pictures(house).read(key)
