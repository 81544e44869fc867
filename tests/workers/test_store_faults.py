"""The object store in trouble while a worker brings its pictures: it tries again for a while, then the job waits for
another attempt; nothing is COMPLETED without its object and nothing is paid."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from imagend.blobs.s3 import S3Blobs
from imagend.core.job import State
from imagend.core.outcome import Failure, Success
from imagend.engine.backend import PromptNotes
from imagend.engine.events import Finished
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import picture_guard
from imagend.workers.finishing import Finisher, Parcel
from imagend.workers.leases import Held, LeaseBook
from imagend.workers.link import Link, Patience
from tests.desk.house import COST, fast_folder
from tests.servers.faulty_store import FaultyStore, faulty_store
from tests.servers.swift import SwiftServer, s3_server
from tests.workers.gateway import POLICY, TOKEN, Gateway, gateway_in, until
from tests.workers.toy import SPEC

__all__ = ["s3_server"]

#: Sockets of requests that were cut are left to the garbage collector, which says so.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
QUICK = Patience(total_seconds=1.0, first_pause_seconds=0.05, longest_pause_seconds=0.2)
LONG = Patience(total_seconds=60.0, first_pause_seconds=0.05, longest_pause_seconds=0.2)
SILENT = {"stall"}  # faults that only a time-out ends
PIXELS = np.random.default_rng(7).integers(0, 255, (64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def store(s3_server: SwiftServer) -> Iterator[FaultyStore]:
    with faulty_store(s3_server.endpoint) as proxy:
        yield proxy


@contextmanager
def gateway_on(
    store: FaultyStore, s3_server: SwiftServer, *, direct: bool, timeout_seconds: float = 20.0
) -> Iterator[Gateway]:
    store.fault, store.methods, store.left = "", {"PUT"}, -1
    store.seen.clear()
    bucket = s3_server.bucket(s3_server.new_bucket(), endpoint=store.endpoint)
    blobs = S3Blobs(bucket, time.time, timeout_seconds)
    blobs._tags_are_md5 = True  # as `probe` would find
    with fast_folder() as folder, gateway_in(folder, replace(POLICY, max_attempts=2), blobs=blobs) as gateway:
        gateway.house.desk.direct_uploads = direct
        yield gateway


def finish_one(gateway: Gateway, patience: Patience = QUICK, timeout_seconds: float = 20.0) -> str:
    """One job through a worker's last steps. Returns its id when the last word is said."""
    job_id = gateway.submit(output_format="png")
    link = Link(gateway.socket, TOKEN, "w1", patience=patience)
    book = LeaseBook(time.monotonic, 60.0)
    finisher = Finisher(link, book, time.monotonic, picture_guard(SafetyOptions(picture="")))
    finisher._uploads._http.timeout = timeout_seconds
    held: Held = book.enter(link.claim(("toy",), 1, True, 5.0).jobs[0])
    parcel = Parcel(held=held, spec=SPEC, admitted_at=time.monotonic())
    finisher.store(parcel, Finished(
        ticket="t", index=0, left=0, pixels=PIXELS, seed=7, evaluations=1, notes=PromptNotes()
    ))  # fmt: skip
    finisher.close()
    link.close()
    return job_id


@pytest.mark.parametrize(
    ("fault", "direct"),
    [
        ("busy", True),
        ("busy", False),
        ("forbidden", True),
        ("stall", True),
        ("swallowed", True),
        ("reset", True),
        ("reset", False),
    ],
)
def test_a_store_that_takes_nothing(fault: str, direct: bool, store: FaultyStore, s3_server: SwiftServer) -> None:
    timeout_seconds = 0.5 if fault in SILENT else 20.0
    with gateway_on(store, s3_server, direct=direct, timeout_seconds=timeout_seconds) as gateway:
        store.fault = fault
        job_id = finish_one(gateway, timeout_seconds=timeout_seconds)
        job = gateway.look(job_id)
        assert job.state is State.QUEUED  # for another attempt
        assert store.seen[fault] >= 1
        [row] = gateway.house.store.read(lambda reads: reads.audit("jobs"))
        assert row["state"] == "QUEUED"
        store.fault = ""
        assert list(gateway.house.blobs.list("r")) == []
        assert gateway.house.accounts.balance(gateway.account).spent == 0


@pytest.mark.parametrize("direct", [True, False], ids=["direct", "gateway"])
@pytest.mark.parametrize("fault", ["busy", "reset", "lost", "wrong etag", "torn", "drip"])
def test_a_store_that_recovers(fault: str, direct: bool, store: FaultyStore, s3_server: SwiftServer) -> None:
    with gateway_on(store, s3_server, direct=direct) as gateway:
        store.fault, store.left = fault, 2
        job = gateway.look(finish_one(gateway, LONG))
        assert store.seen[fault] >= 1
        assert job.state is State.COMPLETED
        assert isinstance(job.outcome, Success)
        assert list(gateway.house.blobs.list("r")) == [job.outcome.images[0].key]
        assert len(gateway.house.blobs.read(job.outcome.images[0].key)) == job.outcome.images[0].size
        assert gateway.house.accounts.balance(gateway.account).spent == COST


def test_a_job_that_finds_no_store_in_all_its_attempts_fails_and_is_not_paid(
    store: FaultyStore, s3_server: SwiftServer
) -> None:
    with gateway_on(store, s3_server, direct=True) as gateway:
        pool = gateway.ready_pool(patience={"total_seconds": 1.0})
        store.fault = "busy"
        job = gateway.wait(gateway.submit())
        assert job.state is State.FAILED
        assert isinstance(job.outcome, Failure)
        assert job.outcome.code == "storage_unavailable"
        assert job.attempt == gateway.house.policy.max_attempts
        assert gateway.house.accounts.balance(gateway.account).spent == 0
        assert pool.ready


def test_complete_believes_the_store_and_not_the_worker(store: FaultyStore, s3_server: SwiftServer) -> None:
    """The PUT is swallowed by something that says 200."""
    with gateway_on(store, s3_server, direct=True) as gateway:
        store.methods = {"HEAD"}
        store.fault = "busy"
        job = gateway.look(finish_one(gateway))
        assert job.state is not State.COMPLETED
        assert gateway.house.accounts.balance(gateway.account).spent == 0
        store.fault = ""
        until(lambda: gateway.look(job.id).state is State.QUEUED)
