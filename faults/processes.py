"""Processes of a fault run: started again when they end, found by what they are, and none left behind.

The harness is a child-subreaper: workers whose gateway was killed become its children and are reaped here, as an
init process would; else zombies would keep their pids and look alive.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # <sys/prctl.h>
READY = b"imagend ready on "


def become_subreaper() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def children_of(pid: int) -> list[int]:
    """Direct children, of all its threads."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def send(pid: int, number: signal.Signals) -> None:
    """Also to a process that is gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def reap_strangers(known: set[int]) -> None:
    """Fetch the exit status of adopted children."""
    for pid in children_of(os.getpid()):
        if pid not in known:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def end_family(pid: int) -> None:
    """SIGKILL to all descendants, parents first so that nobody starts new ones."""
    for child in children_of(pid):
        send(child, signal.SIGKILL)
        end_family(child)


def _die_with_harness() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(slots=True, eq=False)
class Kept:
    """One process that is started again whenever it ends, until `stop`."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    exits: list[int] = field(default_factory=list)
    held: bool = False  # do not start again for now
    _task: asyncio.Task[None] | None = None
    _stopping: bool = False

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep())

    async def stop(self, seconds: float = 30.0) -> None:
        """SIGTERM, then SIGKILL."""
        self._stopping = True
        if self.process is not None and self.process.returncode is None:
            send(self.pid, signal.SIGCONT)
            send(self.pid, signal.SIGTERM)
        assert self._task
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._task), seconds)
            return
        if self.process is not None:
            end_family(self.pid)
            send(self.pid, signal.SIGKILL)
        await self._task

    async def _keep(self) -> None:
        while not self._stopping:
            if self.held:
                await asyncio.sleep(0.05)
                continue
            begin = self.log.stat().st_size if self.log.exists() else 0
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(self.environment),
                    start_new_session=True, preexec_fn=_die_with_harness,  # noqa: PLW1509  (no threads hold locks here)
                )  # fmt: skip
            self.starts += 1
            await self._watch(self.process, begin)

    async def _watch(self, process: subprocess.Popen[bytes], begin: int) -> None:
        while process.poll() is None:
            if not self.ready.is_set() and self._says_ready(begin):
                self.ready.set()
            await asyncio.sleep(0.02)
        self.ready.clear()
        self.exits.append(process.returncode)
        if process.returncode > 0:  # it gave up by itself: not in a hurry
            await asyncio.sleep(0.2)

    def _says_ready(self, begin: int) -> bool:
        with self.log.open("rb") as log:
            log.seek(begin)
            return READY in log.read()
