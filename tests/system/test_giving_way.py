"""Workers beside a gateway leave the processor to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.running import Server
from tests.workers.gateway import until

ASK = "import os, sys; from imagend.workers.guards import give_way; give_way(int(sys.argv[1])); print(os.nice(0))"


@pytest.mark.parametrize("nice", [0, 7])
def test_a_process_gives_way_as_far_as_it_is_told(nice: int) -> None:
    before = os.nice(0)
    command = [sys.executable, "-c", ASK, str(nice)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=True).stdout
    assert int(said) == min(19, before + nice)


def test_the_gateways_workers_do(new_server: Callable[..., Server]) -> None:
    server = new_server("--set", "worker_nice=6")
    assert server.process
    wanted = {min(19, niceness(server.process.pid) + 6)}
    until(lambda: {niceness(pid) for pid in server.worker_pids()} == wanted)  # each says so itself, at its start


def niceness(pid: int) -> int:
    """proc(5), /proc/pid/stat: field 19."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[16])
