"""A worker process with a second thread: jobs are ended, cancelled and handed back as by any other."""

from __future__ import annotations

from pathlib import Path

from imagend.core.job import State
from tests.workers.gateway import Gateway, until
from tests.workers.toy import TICKS, read_ticks

BESIDE = ["tests.workers.side_toys:beside"]
STEPS = 3


def decoding(file: Path) -> bool:
    """Whether the job that writes there is being decoded: it has written once for each of its steps, and once more."""
    return len(read_ticks(file)) > STEPS


def test_jobs_are_ended_and_cancelled_while_they_are_decoded(gateway: Gateway, tmp_path: Path) -> None:
    gateway.ready_pool(backends=BESIDE)
    kept = [gateway.submit(f"kept {number}", steps=STEPS + number, seed=number) for number in range(3)]
    gone = gateway.submit(f"gone {TICKS}{tmp_path}/gone", steps=STEPS)
    until(lambda: decoding(tmp_path / "gone"))
    gateway.house.desk.abandon(gateway.account, gone)
    assert gateway.wait(gone).state is State.FAILED
    jobs = [gateway.wait(job_id) for job_id in kept]
    assert [job.state for job in jobs] == [State.COMPLETED] * 3
    after = gateway.wait(gateway.submit("after", steps=STEPS))
    assert (after.state, after.attempt) == (State.COMPLETED, 1)


def test_a_polite_stop_ends_what_is_decoded_and_hands_back_the_rest(gateway: Gateway, tmp_path: Path) -> None:
    pool = gateway.ready_pool(backends=BESIDE, drain_seconds=2.0)
    short, long = gateway.submit(f"short {TICKS}{tmp_path}/short", steps=STEPS), gateway.submit("long", steps=100)
    until(lambda: decoding(tmp_path / "short"))
    pool.stop()
    assert gateway.look(short).state is State.COMPLETED
    job = gateway.look(long)
    assert (job.state, job.attempt, job.crashes, job.releases) == (State.QUEUED, 0, 0, 1)
