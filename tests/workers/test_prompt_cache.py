"""How many encoded prompts a worker keeps, and in how many MiB, from the settings to the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.cli.crew import _command
from imagend.core import wire
from imagend.core.errors import BadSetting
from imagend.worker_settings import WorkerSettings
from imagend.workers.executing import EngineExecutor
from imagend.workers.main import WorkerOptions, build_worker

TERMS = wire.Terms(backends=("noop",), safety_picture="")


def test_an_engine_keeps_as_much_as_the_settings_say(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t" * 32)
    options = WorkerOptions(
        address="http://localhost:1", token_file=tmp_path / "token", worker_id="w", own_terms=TERMS,
        prompt_cache_entries=7, prompt_cache_mib=3,
    )  # fmt: skip
    executor = build_worker(options)._executor
    assert isinstance(executor, EngineExecutor)
    prompts = executor._engine._prompts
    assert (prompts._most_entries, prompts._most_bytes) == (7, 3 * 2**20)


def test_processes_of_other_machines_hear_of_it(tmp_path: Path) -> None:
    settings = WorkerSettings(
        gateway="http://a:1", token_file=str(tmp_path), prompt_cache_entries=7, prompt_cache_mib=3
    )
    command = _command(settings)
    for flag, value in (("--prompt-cache-entries", "7"), ("--prompt-cache-mib", "3")):
        assert command[command.index(flag) + 1] == value


def test_sizes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadSetting, match="prompt_cache_mib must be from 0 to 65536, not -1"):
        WorkerSettings(gateway="http://a:1", token_file="t", prompt_cache_mib=-1)
