"""How a worker and a gateway agree on the way of a picture: targets, the gateway itself, or with the completion."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from imagend.blobs.s3 import content_of
from imagend.core import wire
from imagend.core.errors import StaleLease
from imagend.core.job import State
from imagend.core.outcome import Success
from imagend.desk.pictures import Pictures
from imagend.workers.leases import LeaseBook
from imagend.workers.link import GatewayRefused, Link
from imagend.workers.uploads import Uploads
from tests.workers.gateway import Gateway
from tests.workers.test_link import claim_one, link_to

DATA = np.random.default_rng(3).bytes(9000)
CONTENT = content_of(DATA, "image/png")


def wanted(job: wire.Assignment, **changes: object) -> wire.Wanted:
    plain = wire.Wanted(
        job_id=job.job_id, token=job.token, index=0, media_type="image/png", size=len(DATA), sha256=CONTENT.sha256,
        md5=CONTENT.md5,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


@contextmanager
def job_and_link(gateway: Gateway) -> Iterator[tuple[wire.Assignment, Link]]:
    gateway.submit(output_format="png")
    with link_to(gateway) as link:
        yield claim_one(link), link


def test_a_disk_has_no_targets_and_says_the_key(gateway: Gateway) -> None:
    with job_and_link(gateway) as (job, link):
        assert not job.direct
        target = link.target(wanted(job))
        assert (target.url, target.headers) == ("", {})
        assert target.key == link.upload(job.job_id, job.token, 0, "image/png", DATA)


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": ""},
        {"sha256": "x" * 64},
        {"sha256": CONTENT.sha256.upper()},
        {"md5": ""},
        {"md5": "a\r\nx-amz-acl: public-read"},
        {"size": 0},
        {"size": wire.MAX_BLOB_BYTES + 1},
        {"media_type": "text/html"},
        {"index": 1},
        {"index": -1},
    ],
)
def test_targets_are_for_pictures_only(gateway: Gateway, changes: dict[str, object]) -> None:
    with job_and_link(gateway) as (job, link):
        with pytest.raises(GatewayRefused, match="400"):
            link.target(wanted(job, **changes))
        with pytest.raises(StaleLease):
            link.target(wanted(job, token="somebody else's"))


def test_a_worker_that_is_told_wrongly_falls_back(gateway: Gateway) -> None:
    with job_and_link(gateway) as (job, link):
        held = LeaseBook(time.monotonic, 60.0).enter(replace(job, direct=True))
        uploads = Uploads(link)
        key = uploads.store(held, 0, "image/png", DATA)
        uploads.close()
        assert gateway.house.blobs.read(key) == DATA


def test_versions_that_do_not_know_the_new_words_understand_each_other(gateway: Gateway) -> None:
    """An older gateway's assignment and an older worker's completion, as they are on the wire."""
    with job_and_link(gateway) as (job, _):
        plain = msgspec.json.decode(msgspec.json.encode(job))
        for name in ("direct", "inline_bytes"):
            del plain[name]
        old = msgspec.json.decode(msgspec.json.encode(plain), type=wire.Assignment)
        assert (old.direct, old.inline_bytes) == (False, 0)
        done = msgspec.json.encode({"job_id": "j", "token": "t", "success": {"images": []}})
        assert msgspec.json.decode(done, type=wire.Completion).files == ()


def test_small_pictures_of_a_real_worker_come_with_the_completion(gateway: Gateway) -> None:
    gateway.house.desk.inline_bytes = 65_536
    gateway.ready_pool()
    job = gateway.wait(gateway.submit(count=3, output_format="png"))
    assert job.state is State.COMPLETED
    assert isinstance(job.outcome, Success)
    found = [Pictures(gateway.house.store, gateway.house.blobs).read(image.key) for image in job.outcome.images]
    assert [len(data) for data in found] == [image.size for image in job.outcome.images]
    assert all(data.startswith(b"\x89PNG") for data in found)
    assert list(gateway.house.blobs.list("r")) == []
