from __future__ import annotations

import logging
import sys
import time

import pytest

from imagend.core.errors import BadSetting
from imagend.workers.main import load_backends, warm_up
from imagend.workers.pools import PoolPace, SubprocessPool, pause_before_restart, with_jitter
from tests.system.running import clean_environment
from tests.workers.gateway import until

READY_AND_DIE = "import sys; print('ready', flush=True); sys.exit(4)"
NEVER_READY = "import sys; print('cannot read weights', file=sys.stderr); sys.exit(5)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


def test_back_off_doubles_up_to_a_minute() -> None:
    pauses = [pause_before_restart(streak, 60.0) for streak in range(12)]
    assert pauses == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_jitter_keeps_the_doubling() -> None:
    assert [with_jitter(10.0, part) for part in (0.0, 0.5, 1.0)] == pytest.approx([8.0, 10.0, 12.0])


def test_crash_loop_is_slow_and_costs_next_to_nothing() -> None:
    """A worker that cannot start: again after 1, 2, 4 ... seconds, and nothing to do in between."""
    before = time.process_time()
    lost: list[float] = []
    command = [sys.executable, "-c", NEVER_READY]
    pool = SubprocessPool(command, 1, lambda _: lost.append(time.monotonic()), clean_environment())
    pool.start()
    until(lambda: len(lost) == 3)
    pool.stop()
    assert lost[1] - lost[0] >= 0.8
    assert lost[2] - lost[1] >= 1.6
    assert time.process_time() - before < 1.0, "of three seconds"


def pool_of(script: str, lost: list[str], **pace: float) -> SubprocessPool:
    command = [sys.executable, "-c", script]
    return SubprocessPool(command, 1, lost.append, clean_environment(), PoolPace(**pace))


def test_each_process_has_an_id_of_its_own_and_its_end_is_told() -> None:
    lost: list[str] = []
    pool = pool_of(READY_AND_DIE, lost)
    pool.start()
    until(lambda: len(lost) == 2)
    pool.stop()
    assert len(set(lost)) == 2


def test_words_of_a_worker_go_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    lost: list[str] = []
    pool = pool_of(NEVER_READY, lost)
    pool.start()
    until(lambda: bool(lost))
    pool.stop()
    assert f"{lost[0]}: cannot read weights" in caplog.text
    assert f"{lost[0]} ended with status 5" in caplog.text


def test_worker_that_does_not_stop_is_killed_and_not_called_lost() -> None:
    """Its leases are the next start's business: a stop of the server is no crash of its jobs."""
    lost: list[str] = []
    pool = pool_of(STUBBORN, lost, stop_seconds=0.3)
    pool.start()
    until(lambda: pool.ready == 1)
    pool.stop()
    assert (pool.children(), lost) == ([], [])


def test_command_that_does_not_exist_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    pool = SubprocessPool(["/does/not/exist"], 1, print, {})
    pool.start()
    until(lambda: "cannot be started" in caplog.text)
    pool.stop()
    assert pool.ready == 0


def test_pool_that_never_started_can_be_stopped() -> None:
    pool = pool_of(STUBBORN, [])
    pool.stop()
    assert pool.ready == 0


def test_unknown_backend_is_a_setting_error() -> None:
    with pytest.raises(BadSetting, match="sketch, noop or module:factory, not 'nothing'"):
        load_backends(["nothing"])


def test_warm_up_runs_the_model_and_raises_what_it_raises() -> None:
    warm_up(load_backends(["noop", "tests.workers.toy:fast"]))
    with pytest.raises(OSError, match="weights are missing"):
        load_backends(["tests.workers.toy:unloadable"])
