"""A real Ray cluster for tests, in processes of its own: `with ray_cluster() as cluster: ...`.

It never touches the user's ~/.ray or /tmp/ray, listens on loopback only, and leaves no process: whatever still mentions
its folder at the end is killed by its number.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.system.running import clean_environment

ROOT = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 120.0
GONE_SECONDS = 10.0
#: No reports to anybody, no dashboard's frills, no spare processes.
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@dataclass(slots=True, kw_only=True)
class RayCluster:
    folder: Path
    process: subprocess.Popen[str]
    address: str
    nodes: dict[int, dict[str, list[int]]]  # pids of each node's processes by kind; the head is 0

    def add_node(self, **options: Any) -> tuple[int, dict[str, list[int]]]:
        """(number, pids by kind) of a new node; options as of `ray start`: num_cpus, num_gpus, resources, labels."""
        answer = self._ask(do="add", **options)
        self.nodes[answer["node"]] = answer["pids"]
        return answer["node"], answer["pids"]

    def remove_node(self, number: int) -> None:
        """SIGKILL to everything on it."""
        self._ask(do="remove", node=number)
        del self.nodes[number]

    def kill_head(self) -> None:
        """SIGKILL to the head's server; the nodes stay."""
        self._ask(do="kill_head")

    def pids(self, word: str = "") -> list[int]:
        """Processes of this cluster whose command line has the word."""
        return [pid for pid, line in processes().items() if str(self.folder) in line and word in line]

    def _ask(self, **words: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the cluster ended while asked to {words}"
        answer: dict[str, Any] = json.loads(line)
        return answer


def environment(folder: Path) -> dict[str, str]:
    """For everything that speaks with the cluster, so that nothing outside the folder is written."""
    paths = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "HOME": str(folder), "RAY_TMPDIR": str(folder)}
    return clean_environment() | QUIET | paths


@contextmanager
def ray_cluster(**internals: str) -> Iterator[RayCluster]:
    """A head without places for workers. internals: of Ray, RAY_<name>. Fails when Ray cannot be started."""
    folder = Path(tempfile.mkdtemp(prefix="r", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    (folder / "ray").mkdir()
    log = (folder / "nodes.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.ray_nodes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=environment(folder) | {f"RAY_{name}": value for name, value in internals.items()},
        cwd=ROOT,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line, "Ray did not start:\n" + (folder / "nodes.log").read_text(errors="replace")
        told = json.loads(line)
        yield RayCluster(folder=folder, process=process, address=told["address"], nodes={0: told["pids"]})
    finally:
        _stop(process)
        log.close()
        left = kill_all_of(folder)
        shutil.rmtree(folder, ignore_errors=True)
        assert not left, f"these would not die: {left}"


def _stop(process: subprocess.Popen[str]) -> None:
    """No goodbyes: a cluster whose head is dead would take its time over them."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream
        stream.close()


def kill_all_of(folder: Path) -> list[str]:
    """SIGKILL to every process that mentions the folder; returns those that are still there at the end."""
    until = time.monotonic() + GONE_SECONDS
    while left := {pid: line for pid, line in processes().items() if str(folder) in line and pid != os.getpid()}:
        if time.monotonic() > until:
            break
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
    return list(left.values())


def processes() -> dict[int, str]:
    """{pid: command line} of all that are not dead; of Ray's renamed workers, the environment tells whose they are."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes() + b" " + (entry / "environ").read_bytes()
            except OSError:
                continue
            found[int(entry.name)] = line.replace(b"\0", b" ").decode(errors="replace")
    return found
