"""Kill the process at each system call by which it changes the disk, one call after the other, and look what is left.

Takes a sample of the points; CRASH_POINTS=all tries every one (minutes).
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imagend.core.errors import UnknownRequest
from imagend.core.job import State
from imagend.core.outcome import Success
from tests.desk.house import House, fast_folder, house_in, order
from tests.desk.test_crash import ROOT, check_file, drain

CALLS = ("pwrite64", "fdatasync", "fsync", "linkat", "unlinkat", "unlink", "mkdirat", "ftruncate")
ALL = os.environ.get("CRASH_POINTS") == "all"
SAMPLE_STEP = 1 if ALL else 17

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace"),
]


def run(folder: Path, account: str, call: str, number: int) -> tuple[int, list[list[str]]]:
    """(exit status, acknowledged facts) of the scenario, killed at the `number`-th `call` of any of its threads."""
    command = ["strace", "-f", "-qq", "-o", str(folder / "trace"), "-e", f"trace={call}"]
    command += ["-e", f"inject={call}:signal=KILL:when={number}"]
    command += [sys.executable, "-B", "-m", "tests.desk.crash_scenario", str(folder), account]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, [line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("call", CALLS)
def test_kill_at(call: str) -> None:
    for killed, number in enumerate(itertools.count(1, SAMPLE_STEP)):
        with fast_folder() as folder:
            with house_in(folder) as house:
                account = house.account()
            status, facts = run(folder, account, call, number)
            look_at(folder, account, facts)
        if status == 0:  # the scenario has fewer such calls and got through
            assert ["closed"] in facts
            print(f"{call}: {killed} points")
            return


def look_at(folder: Path, account: str, facts: list[list[str]]) -> None:
    """Assert that everything promised is there, nothing half-done is, and that the house can go on."""
    check_file(folder / "imagend.db")
    submitted = {fact[2]: fact[1] for fact in facts if fact[0] == "submit"}
    completed = {fact[1] for fact in facts if fact[0] == "complete"}
    forgotten = {fact[1] for fact in facts if fact[0] == "forgotten"}
    with house_in(folder, seed=2) as house:  # audited at its end
        for done in completed:
            assert done in forgotten or finished(house, account, done)
        drain(house)
        for key in ("first", "second"):
            promised = submitted.get(key)
            try:
                job = house.desk.submit(account, order(key=key, count=2))
            except UnknownRequest:
                assert promised in completed
                continue
            assert promised in (None, job.id)
        drain(house)
        for later in (house.policy.retention_seconds + 3 * 3600, house.policy.file_retention_seconds):
            house.clock.now += later
            house.desk.forget()
        house.desk.sweep_orphans()
        assert list(house.blobs.list("r")) == []


def finished(house: House, account: str, request_id: str) -> bool:
    """Whether the job is COMPLETED with all its pictures, or forgotten properly (the kill came while forgetting)."""
    job = house.store.read(lambda reads: reads.job(request_id))
    if job is None:
        lines = house.store.read(lambda reads: reads.audit("jobs"))
        return [line["state"] for line in lines if line["id"] == request_id] == ["COMPLETED"]
    assert isinstance(job.outcome, Success)
    return job.state is State.COMPLETED and all(
        house.blobs.stat(image.key).size == image.size for image in job.outcome.images
    )
