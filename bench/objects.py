"""Where results go: files and objects by size, small pictures in rows against files, large ones at a steady rate."""

from __future__ import annotations

import hashlib
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.report import DOCS, Table, percentile
from bench.store import ORDER
from imagend.blobs.base import BlobStore
from imagend.blobs.disk import DiskBlobs
from imagend.core.job import Job, JobPolicy
from imagend.core.outcome import ImageRef, Success
from imagend.desk.accounts import Accounts
from imagend.desk.audit import audit
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.store.sqlite import SqliteStore

SIZES = (300_000, 1_000_000)  # bytes
ROUNDS = 30
SMALL = 4_000  # bytes
JOBS = 300
CALLERS = 8
LARGE = 1_000_000
RATE = 20  # per second
SECONDS = 15


def stores() -> Table:
    """Whole objects, one after the other; S3 only where the tests' server is installed."""
    rows = []
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(dir=DOCS.parent)))
        kinds: dict[str, BlobStore] = {"local disk": DiskBlobs(folder / "blobs")}
        if (bucket := _bucket(folder, closing)) is not None:
            kinds["Swift, loopback"] = bucket
        for name, blobs in kinds.items():
            for size in SIZES:
                puts, gets = _timed(blobs, size)
                rows.append(
                    {
                        "store": name,
                        "kB": size // 1000,
                        "put, median ms": 1000 * percentile(puts, 0.5),
                        "put, p99 ms": 1000 * percentile(puts, 0.99),
                        "puts/s": len(puts) / sum(puts),
                        "get, median ms": 1000 * percentile(gets, 0.5),
                        "gets/s": len(gets) / sum(gets),
                    }
                )
    return Table(
        name="objects",
        title="Storing and reading whole pictures",
        about="One caller. The disk syncs file and folder before it answers. Swift: four processes on the same cores.",
        rows=rows,
    )


def _bucket(folder: Path, closing: ExitStack) -> BlobStore | None:
    try:
        from imagend.blobs.s3 import S3Blobs
        from tests.servers.swift import PYTHON, swift_server
    except ImportError:
        return None
    if not PYTHON.exists():
        return None
    server = closing.enter_context(swift_server(folder))
    blobs = S3Blobs(server.bucket(server.new_bucket()), time.time, 30.0)
    blobs.probe()
    return blobs


def _timed(blobs: BlobStore, size: int) -> tuple[list[float], list[float]]:
    puts, gets = [], []
    for number in range(ROUNDS):
        data = random.Random(number).randbytes(size)
        key = f"r/2026010100/{size}/{number}.png"
        puts.append(_seconds(lambda: blobs.put_new(key, data)))  # noqa: B023
        gets.append(_seconds(lambda: blobs.read(key)))  # noqa: B023
    return puts, gets


def inline() -> Table:
    """Interleaved rounds of the same jobs with their pictures in rows and in files."""
    places = ("row", "file")
    rates: dict[str, list[float]] = {place: [] for place in places}
    waits: dict[str, list[float]] = {place: [] for place in places}
    for _ in range(5):
        for place in places:
            seconds, total = _small_ones(place)
            waits[place] += seconds
            rates[place].append(len(seconds) / total)
    return Table(
        name="inline-results",
        title="Small pictures: in the database's row or in a file",
        about=f"{SMALL // 1000} kB each, {CALLERS} workers: upload (files only) and complete, all synced to disk.",
        rows=[
            {
                "picture in": place,
                "jobs/s (median of rounds)": percentile(rates[place], 0.5),
                "median ms": 1000 * percentile(waits[place], 0.5),
                "p99 ms": 1000 * percentile(waits[place], 0.99),
                "against files": percentile(rates[place], 0.5) / percentile(rates["file"], 0.5),
            }
            for place in places
        ],
    )


def _small_ones(place: str) -> tuple[list[float], float]:
    with _desk(inline_bytes=8192) as (desk, account):
        jobs = _leased(desk, account, JOBS)

        def finish(job: Job) -> float:
            return _seconds(lambda: _complete(desk, job, random.Random(job.id).randbytes(SMALL), inline=place == "row"))

        with ThreadPoolExecutor(CALLERS) as pool:
            began = time.perf_counter()
            seconds = list(pool.map(finish, jobs))
            return seconds, time.perf_counter() - began


def steady() -> Table:
    """L10: large results at a steady rate; arrivals do not wait for each other."""
    with _desk() as (desk, account):
        jobs = _leased(desk, account, RATE * SECONDS)
        uploads: list[float] = []
        completes: list[float] = []
        threads = []
        began = time.perf_counter()
        for number, job in enumerate(jobs):
            data = random.Random(number).randbytes(LARGE)
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            threads.append(threading.Thread(target=_both, args=(desk, job, data, uploads, completes)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - began
    both = [a + b for a, b in zip(uploads, completes, strict=True)]
    return Table(
        name="large-results",
        title=f"Results of 1 MB, {RATE} per second, local disk",
        about=f"{SECONDS} s; file and row are synced before the worker hears of it. Bar: complete p99 below 300 ms.",
        rows=[
            {
                "jobs/s": len(both) / elapsed,
                "upload, median ms": 1000 * percentile(uploads, 0.5),
                "upload, p99 ms": 1000 * percentile(uploads, 0.99),
                "complete, median ms": 1000 * percentile(completes, 0.5),
                "complete, p99 ms": 1000 * percentile(completes, 0.99),
                "both, p99 ms": 1000 * percentile(both, 0.99),
            }
        ],
    )


def _both(desk: Desk, job: Job, data: bytes, uploads: list[float], completes: list[float]) -> None:
    assert job.lease is not None
    token, found = job.lease.token, []
    uploaded = _seconds(lambda: found.append(desk.upload(job.id, token, 0, "png", data)))
    completed = _seconds(lambda: desk.complete(job.id, token, _success(found[0], data)))
    uploads.append(uploaded)
    completes.append(completed)


def _complete(desk: Desk, job: Job, data: bytes, *, inline: bool) -> None:
    assert job.lease is not None
    key = "" if inline else desk.upload(job.id, job.lease.token, 0, "png", data)
    desk.complete(job.id, job.lease.token, _success(key, data), (data,) if inline else ())


def _success(key: str, data: bytes) -> Success:
    digest = hashlib.sha256(data).hexdigest()
    return Success(
        images=(ImageRef(key=key, media_type="image/png", width=8, height=8, seed=7, sha256=digest, size=len(data)),)
    )


def _leased(desk: Desk, account: str, count: int) -> list[Job]:
    jobs: list[Job] = []
    for _ in range(count):
        desk.submit(account, ORDER)
    while len(jobs) < count:
        jobs += desk.claim("bench", "boot", ("noop",), 64)
    return jobs


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _desk(inline_bytes: int = 0) -> Iterator[tuple[Desk, str]]:
    """On the disk that holds the repository."""
    with tempfile.TemporaryDirectory(dir=DOCS.parent) as name:
        store = SqliteStore(Path(name) / "imagend.db")
        policy = JobPolicy(lease_seconds=3600.0, max_queued_per_account=10**9, max_queued=10**9)
        account = Accounts(store, bytes(32), time.time).create_key("bench", 10**12)[1].account_id
        blobs = DiskBlobs(Path(name) / "blobs")
        try:
            yield Desk(store, blobs, policy, time.time, Bell(), inline_bytes=inline_bytes), account
            assert audit(store) == []
        finally:
            store.close()
