"""kill -9 at random moments: nothing that was acknowledged is lost, the books stay exact, the file stays whole."""

from __future__ import annotations

import os
import random
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from imagend.core.job import State
from tests.desk.house import House, house_in, order

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20


def run_and_kill(folder: Path, account: str, boot: str, seconds: float) -> list[list[str]]:
    """The facts that the victim acknowledged before it was killed."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.desk.crash_victim", str(folder), account, boot]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        said = b""
        while b"ready\n" not in said:
            said += os.read(victim.stdout.fileno(), 65536)
            assert said, "the victim did not start"
        said += read_for(victim.stdout.fileno(), seconds)
        victim.send_signal(signal.SIGKILL)
        said += victim.stdout.read()
        assert victim.wait() == -signal.SIGKILL
    lines = said.decode().splitlines()
    return [line.split() for line in lines if line != "ready"]


def read_for(descriptor: int, seconds: float) -> bytes:
    """Keep the pipe empty, so that the victim never waits for us."""
    said, end = b"", time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while (left := end - time.monotonic()) > 0:
            if selector.select(left):
                said += os.read(descriptor, 65536)
    return said


@pytest.mark.system
@pytest.mark.timeout(400)
def test_nothing_acknowledged_is_lost(folder: Path) -> None:
    moment = random.Random(5)
    with house_in(folder) as house:
        account = house.account(10**12)
    submits: dict[str, str] = {}  # request id -> idempotency key
    completes: set[str] = set()
    for kill in range(KILLS):
        for fact in run_and_kill(folder, account, f"boot-{kill}", moment.uniform(0.02, 0.3)):
            if fact[0] == "submit":
                submits[fact[1]] = fact[2]
            else:
                completes.add(fact[1])
        check_file(folder / "imagend.db")
    assert len(submits) > KILLS
    assert len(completes) > KILLS
    with house_in(folder) as house:  # audited at its end
        house.clock.now = time.time()
        assert all(house.desk.look(account, done).state is State.COMPLETED for done in completes)
        for request_id, key in submits.items():
            assert house.desk.submit(account, order(key=key, cost=1)).id == request_id
        drain(house)
        assert {house.desk.look(account, request_id).state.final for request_id in submits} == {True}
    print(f"{KILLS} kills, {len(submits)} acknowledged submits, {len(completes)} acknowledged completes")


def check_file(path: Path) -> None:
    connection = apsw.Connection(str(path))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def drain(house: House) -> None:
    """Finish whatever waits: what the killed workers had comes back first."""
    house.desk.recover("last boot")
    while jobs := house.claim(most=64, boot="last boot"):
        for job in jobs:
            house.finish(job)
    assert house.desk.counts() == {"queued": 0, "processing": 0}
