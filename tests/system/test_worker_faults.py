"""Workers are killed, frozen, cut off and stopped; nothing is lost, nothing is paid twice, every picture is the same.

Real worker processes against the real desk; the gateway fixture audits the books at the end of every test.
"""

from __future__ import annotations

import hashlib
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imagend.core.job import Job, State
from imagend.core.outcome import Failure, Success
from imagend.workers.pools import Child, PoolPace, SubprocessPool
from tests.desk.house import COST
from tests.system.running import clean_environment
from tests.workers.gateway import PATIENCE, POLICY, SHORT_LEASES, Gateway, fresh_gateway, search_path, until
from tests.workers.toy import BROKEN, DELIBERATE, FROZEN, GREEDY, LOCKED, POISON, TICKS, read_ticks

pytestmark = pytest.mark.system


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with fresh_gateway() as gateway:
        yield gateway


@pytest.fixture
def hasty() -> Iterator[Gateway]:
    with fresh_gateway(SHORT_LEASES) as gateway:
        yield gateway


def pictures(job: Job) -> list[str]:
    assert isinstance(job.outcome, Success), job
    return [image.sha256 for image in job.outcome.images]


def failure(job: Job) -> Failure:
    assert isinstance(job.outcome, Failure), job
    return job.outcome


def wait_for_a_beat(gateway: Gateway, job_id: str) -> None:
    def lease_end() -> float:
        lease = gateway.look(job_id).lease
        return lease.until if lease else 0.0

    gateway.started(job_id)
    first = lease_end()
    until(lambda: lease_end() > first)


def only_child(pool: SubprocessPool) -> Child:
    (child,) = pool.children()
    return child


def undisturbed(gateway: Gateway, **changes: Any) -> list[str]:
    """What the same request brings when nothing happens."""
    return pictures(gateway.wait(gateway.submit(**changes)))


def test_claim_to_complete(gateway: Gateway) -> None:
    gateway.ready_pool("fast")
    job = gateway.wait(gateway.submit("abc zzword", count=3, output_format="png", seed=2**31 - 2))
    assert isinstance(job.outcome, Success)
    assert job.state is State.COMPLETED
    assert [image.seed for image in job.outcome.images] == [2**31 - 2, 2**31 - 1, 0]
    assert len(set(pictures(job))) == 3
    for image in job.outcome.images:
        data = gateway.house.blobs.read(image.key)
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (image.sha256, image.size)
        assert data.startswith(b"\x89PNG")
        assert (image.media_type, image.width, image.height) == ("image/png", 64, 64)
    assert job.outcome.metrics.evaluations == 15
    notes = job.outcome.notes
    assert (notes["backend"], notes["weights"], notes["unknown_words"]) == ("toy", "toy-1", ["zzword"])
    assert (notes["seed"], notes["steps"], notes["scheduler"]) == (2**31 - 2, 5, "DDIM")
    assert gateway.house.accounts.balance(gateway.account).spent == COST


def test_killed_worker_is_replaced_at_once_and_the_picture_is_the_same(gateway: Gateway) -> None:
    pool = gateway.ready_pool()
    expected = undisturbed(gateway, steps=20)
    job_id = gateway.submit(steps=20)
    gateway.started(job_id)
    only_child(pool).process.kill()
    assert POLICY.lease_seconds > PATIENCE, "what follows is found out by the process's end, not by the lease"
    job = gateway.wait(job_id)
    assert (job.state, job.attempt, job.crashes, job.solo) == (State.COMPLETED, 2, 1, True)
    assert pictures(job) == expected
    assert gateway.house.accounts.balance(gateway.account).spent == 2 * COST


def test_poison_is_given_up_and_its_mates_complete(gateway: Gateway) -> None:
    mates = [gateway.submit(f"mate {number}", steps=3) for number in range(2)]
    poison = gateway.submit(POISON, steps=3)
    mates.append(gateway.submit("mate 3", steps=3))
    gateway.pool("fast")
    job = gateway.wait(poison)
    assert (failure(job).code, job.crashes) == ("worker_lost", 2)
    for mate in mates:
        job = gateway.wait(mate)
        assert (job.state, job.crashes) == (State.COMPLETED, 1)


def test_late_result_of_a_frozen_worker_is_refused(hasty: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    gateway = hasty
    caplog.set_level(logging.INFO)
    frozen = gateway.ready_pool()
    job_id = gateway.submit(steps=60)
    wait_for_a_beat(gateway, job_id)  # by then the worker knows that it has the job
    os.kill(only_child(frozen).process.pid, signal.SIGSTOP)
    gateway.ready_pool()
    job = gateway.wait(job_id)
    assert (job.state, job.attempt, job.crashes) == (State.COMPLETED, 2, 1)
    os.kill(only_child(frozen).process.pid, signal.SIGCONT)
    until(lambda: "leases lost" in caplog.text or "leases given up" in caplog.text or "is dropped" in caplog.text)
    assert gateway.look(job_id) == job
    assert frozen.ready == 1, "the worker that was frozen goes on"


def test_polite_stop_costs_no_attempt(gateway: Gateway) -> None:
    pool = gateway.ready_pool(drain_seconds=2.0)
    short, long = gateway.submit("short", steps=15), gateway.submit("long", steps=100)
    for job_id in (short, long):
        wait_for_a_beat(gateway, job_id)  # by then steps are made
    pool.stop()
    assert gateway.look(short).state is State.COMPLETED, "what ends soon is ended"
    job = gateway.look(long)
    assert (job.state, job.attempt, job.crashes, job.releases) == (State.QUEUED, 0, 0, 1)
    gateway.pool("fast")
    job = gateway.wait(long)
    expected = undisturbed(gateway, prompt="long", steps=100)
    assert (job.state, job.attempt, pictures(job)) == (State.COMPLETED, 1, expected)


def test_a_second_signal_cuts_the_drain_short(gateway: Gateway) -> None:
    pool = gateway.ready_pool(drain_seconds=300.0, restart=PoolPace(stop_seconds=300.0))
    job_id = gateway.submit(steps=100)
    wait_for_a_beat(gateway, job_id)
    stopping = threading.Thread(target=pool.stop)
    stopping.start()
    lease = gateway.look(job_id).lease
    until(lambda: gateway.look(job_id).lease != lease)
    assert stopping.is_alive(), "leases are renewed while it drains"
    pool.hurry()
    stopping.join(PATIENCE)
    job = gateway.look(job_id)
    assert (job.state, job.attempt, job.crashes, job.releases) == (State.QUEUED, 0, 0, 1)


def test_idle_worker_stops_by_itself(gateway: Gateway) -> None:
    pool = gateway.ready_pool()
    child = only_child(pool)
    pool.stop()
    assert child.process.returncode == 0, "its long poll held it up"
    assert gateway.house.desk.claim("another", "boot", ("toy",), 1) == []


def test_worker_that_cannot_start_consumes_no_job(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    job_id = gateway.submit()
    broken = gateway.pool("unloadable")
    until(lambda: caplog.text.count("ended with status") == 2)  # at once, then after a pause of a second
    assert broken.ready == 0
    job = gateway.look(job_id)
    assert (job.state, job.attempt) == (State.QUEUED, 0)
    gateway.pool("fast")
    assert gateway.wait(job_id).attempt == 1


def test_cancelled_job_leaves_its_mate_alone(gateway: Gateway) -> None:
    gateway.ready_pool()
    job_id, mate = gateway.submit(steps=100), gateway.submit("mate", steps=20)
    gateway.started(job_id)
    gateway.house.desk.abandon(gateway.account, job_id)
    assert failure(gateway.wait(job_id)).code == "cancelled"
    assert gateway.wait(mate).state is State.COMPLETED
    assert gateway.house.accounts.balance(gateway.account).spent == COST


def test_job_past_its_deadline_is_ended_by_the_worker() -> None:
    with fresh_gateway(replace(POLICY, deadline_seconds=1.0)) as gateway:
        gateway.ready_pool()
        job = gateway.wait(gateway.submit(steps=100))
        assert failure(job).code == "deadline_exceeded"
        assert failure(job).metrics.evaluations > 0, "the sweeper would not have known"


def test_model_that_raises_fails_its_job_only() -> None:
    with fresh_gateway(replace(POLICY, max_attempts=1)) as gateway:
        mate, broken = gateway.submit("mate"), gateway.submit(BROKEN)
        gateway.pool("fast")
        job = gateway.wait(broken)
        assert failure(job).code == "backend_failed"
        assert "toy" not in failure(job).message, "what the model says is for the operator"
        assert "the toy is broken" in failure(job).detail
        assert gateway.wait(mate).state is State.COMPLETED


@pytest.mark.parametrize("how", [FROZEN, LOCKED])
def test_hanging_native_call_ends_the_process(gateway: Gateway, caplog: pytest.LogCaptureFixture, how: str) -> None:
    caplog.set_level(logging.INFO)
    gateway.ready_pool(own_terms={"hard_limit_seconds": 2.0})
    job = gateway.wait(gateway.submit(how))
    assert (failure(job).code, job.crashes) == ("worker_lost", 2)
    assert "in denoise" in caplog.text, "the log shows where it hung"


def test_job_that_eats_memory_kills_its_worker_alone(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    greedy_one = gateway.pool("fast", restart=PoolPace(memory_bytes=300_000_000))
    job = gateway.wait(gateway.submit(GREEDY))
    assert (failure(job).code, job.crashes) == ("worker_lost", 2)
    assert "bytes of memory, more than 300000000: killed" in caplog.text
    until(lambda: greedy_one.ready == 1)
    assert gateway.wait(gateway.submit("sibling")).state is State.COMPLETED


def test_frozen_process_is_killed_by_the_pool(gateway: Gateway) -> None:
    pool = gateway.ready_pool(restart=PoolPace(silence_seconds=3.0))
    frozen = only_child(pool)
    os.kill(frozen.process.pid, signal.SIGSTOP)
    assert frozen.wait() == -signal.SIGKILL
    until(lambda: pool.ready == 1)
    assert gateway.wait(gateway.submit()).state is State.COMPLETED


def test_worker_that_is_cut_off_stops_itself(hasty: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    gateway = hasty
    caplog.set_level(logging.INFO)
    gateway.ready_pool()
    job_id = gateway.submit(steps=100)
    gateway.started(job_id)
    gateway.shut()
    until(lambda: "leases given up" in caplog.text)
    gateway.open()
    job = gateway.wait(job_id, lambda job: job.attempt + job.releases == 2 and job.lease is not None)
    # Its lease has ended; or the worker was back before that and said that it has nothing: then no attempt is used.
    assert (job.attempt, job.crashes, job.releases) in ((2, 1, 0), (1, 0, 1))
    gateway.house.desk.abandon(gateway.account, job_id)
    gateway.wait(job_id)


def test_worker_whose_gateway_hangs_stops_itself(hasty: Gateway, tmp_path: Path) -> None:
    """Its heartbeat waits for an answer, up to ten seconds; the engine looks at the clock by itself."""
    hasty.ready_pool("deliberate")
    job_id = hasty.submit(f"abc {TICKS}{tmp_path / 'ticks'}", steps=100, backend=DELIBERATE)
    until(lambda: len(read_ticks(tmp_path / "ticks")) >= 2)
    frozen_at, thaw = time.monotonic(), threading.Event()
    assert hasty._loop
    hasty._loop.call_soon_threadsafe(thaw.wait)
    try:
        until(lambda: time.monotonic() - read_ticks(tmp_path / "ticks")[-1] > 1.5)
        assert time.monotonic() - frozen_at < 8.0
    finally:
        thaw.set()
    hasty.house.desk.abandon(hasty.account, job_id)
    hasty.wait(job_id)


def test_children_die_with_the_parent(gateway: Gateway) -> None:
    """Killed without a chance to say anything, the parent takes its workers along."""
    gateway.ready_pool().stop()
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.workers.parent", str(gateway.folder / "options-0.json")],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment() | search_path(),
    )
    assert parent.stdout
    watched = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for descriptor in watched:
        ended, _, _ = select.select([descriptor], [], [], PATIENCE)
        os.close(descriptor)
        assert ended, "a worker outlived its parent"


def test_end_of_stdin_ends_the_worker(gateway: Gateway) -> None:
    """The way that works on every system."""
    pool = gateway.ready_pool()
    child = only_child(pool)
    assert child.process.stdin
    child.process.stdin.close()
    assert child.wait() == 3
