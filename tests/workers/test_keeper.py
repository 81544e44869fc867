"""What keeps a worker inside an actor, with a real worker and without a cluster."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from imagend.core.job import State
from imagend.workers.keeper import Keeper, Orders
from tests.workers.gateway import PATIENCE, TOKEN, Gateway, search_path, until
from tests.workers.toy import DELIBERATE

pytestmark = pytest.mark.system
WORKER = ("-m", "imagend", "worker-process")


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", search_path()["PYTHONPATH"])


def orders(gateway: Gateway, *more: str, backend: str = DELIBERATE, **numbers: float) -> Orders:
    arguments = (*WORKER, "--address", gateway.socket, "--backend", backend, *more)
    return Orders(worker_id="k1", backend=backend, arguments=arguments, token=TOKEN, **numbers)  # type: ignore[arg-type]


def reaches(keeper: Keeper, phase: str) -> bool:
    return keeper.condition().phase == phase


def end(keeper: Keeper) -> int | None:
    """Kill what runs, and the exit status."""
    if keeper.condition().phase != "ended":
        os.kill(keeper.condition().pid, signal.SIGKILL)
    until(lambda: reaches(keeper, "ended"))
    return keeper.condition().status


def test_a_job_in_hand_is_finished_when_it_drains(gateway: Gateway) -> None:
    keeper = Keeper(orders(gateway), leave=lambda: None)
    job_id = gateway.submit(backend=DELIBERATE)
    gateway.wait(job_id, lambda job: job.started_at is not None)
    keeper.drain()
    assert keeper.condition().phase == "draining"
    until(lambda: reaches(keeper, "ended"))
    assert (keeper.condition().status, keeper.condition().asked_to_end) == (0, True)
    assert gateway.look(job_id).crashes == 0
    assert gateway.look(job_id).state in (State.COMPLETED, State.QUEUED)


def test_its_end_is_heard_at_once(gateway: Gateway) -> None:
    keeper = Keeper(orders(gateway), leave=lambda: None)
    assert keeper.condition("warming", PATIENCE).phase == "ready"
    threading.Timer(0.1, os.kill, (keeper.condition().pid, signal.SIGKILL)).start()
    heard = keeper.condition("ready", PATIENCE)
    assert (heard.phase, heard.status, heard.asked_to_end) == ("ended", -signal.SIGKILL, False)


def test_a_frozen_worker_is_killed(gateway: Gateway) -> None:
    keeper = Keeper(orders(gateway, silence_seconds=PATIENCE / 6), leave=lambda: None)
    assert keeper.condition("warming", PATIENCE).phase == "ready"
    os.kill(keeper.condition().pid, signal.SIGSTOP)
    assert keeper.condition("ready", PATIENCE).status == -signal.SIGKILL


def test_a_stubborn_one_is_killed_after_the_drain(gateway: Gateway) -> None:
    script = "import signal,time;signal.signal(15,signal.SIG_IGN);print('ready',flush=True);time.sleep(99)"
    asked = Orders(worker_id="k1", backend="toy", arguments=("-c", script), token=TOKEN, drain_seconds=-4.5)
    keeper = Keeper(asked, leave=lambda: None)
    assert keeper.condition("warming", PATIENCE).phase == "ready"
    keeper.drain()
    assert keeper.condition("draining", PATIENCE).status == -signal.SIGKILL


def test_without_a_pool_it_goes_home_and_frees_the_place(gateway: Gateway) -> None:
    left = threading.Event()
    keeper = Keeper(orders(gateway, orphan_seconds=1.0), leave=left.set)
    assert left.wait(PATIENCE)
    condition = keeper.condition()
    assert (condition.phase, condition.asked_to_end) == ("ended", True)


def test_the_token_is_in_no_command_line_and_goes_with_the_process(gateway: Gateway) -> None:
    keeper = Keeper(orders(gateway), leave=lambda: None)
    until(lambda: keeper.condition().pid > 0)
    with open(f"/proc/{keeper.condition().pid}/cmdline", "rb") as file:
        words = file.read().decode().split("\0")
    token_file = words[words.index("--token-file") + 1]
    assert TOKEN not in words
    assert os.stat(token_file).st_mode & 0o777 == 0o600
    assert end(keeper) is not None
    until(lambda: not os.path.exists(token_file))
