"""Runs the life in a process of its own that dies, or is told that the disk fails, at the n-th call."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import apsw

from faults.storage.afterwards import Facts, look
from faults.storage.life import live
from faults.storage.taps import Call, Tap, Taps
from imagend.core.errors import ImagendError

MEMORY = Path("/dev/shm")
FATAL_STATUS = 70
REFUSED_STATUS = 71


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A folder for one life: in memory where there is any, for nothing here asks the real disk; else below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else folder) as name:
        yield Path(name)


@dataclass
class Counting:
    """Only looks."""

    calls: list[Call] = field(default_factory=list)

    def __call__(self, call: Call, work: Callable[[bytes], None]) -> None:
        self.calls.append(call)
        work(call.data)


@dataclass
class Failing:
    """EIO at the n-th call of those that `which` names, and at none after it; `told` hears of it."""

    number: int
    which: Callable[[Call], bool]
    told: Callable[[str], None]
    seen: int = 0

    def __call__(self, call: Call, work: Callable[[bytes], None]) -> None:
        self.seen += self.which(call)
        if self.which(call) and self.seen == self.number:
            self.told(f"EIO {call.kind} {call.path}")
            raise OSError(errno.EIO, "EIO")
        work(call.data)


@dataclass
class Dying:
    """SIGKILL at the n-th call: before it, after it, or in the middle of a write."""

    number: int
    moment: str  # before, torn, after
    seen: int = 0

    def __call__(self, call: Call, work: Callable[[bytes], None]) -> None:
        self.seen += 1
        if self.seen == self.number and self.moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.seen == self.number and self.moment == "torn":
            work(call.data[: len(call.data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        work(call.data)
        if self.seen == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[Callable[[str], None]], None]) -> tuple[int, list[str]]:
    """(status as of `os.waitpid`, lines it said). For a process without other threads."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            work(partial(_tell, writing))
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as stream:
        lines = stream.read().splitlines()
    return os.waitpid(child, 0)[1], lines


def _tell(pipe: int, line: str) -> None:
    os.write(pipe, f"{line}\n".encode())


def life_with(folder: Path, make: Callable[[Callable[[str], None]], Tap]) -> tuple[int, Facts]:
    """`make` gets a way to say something among the facts, and gives the tap."""

    def fatal(_: BaseException) -> None:
        os._exit(FATAL_STATUS)  # as the server does: what the page cache has may not be what the disk has

    def work(say: Callable[[str], None]) -> None:
        sys.unraisablehook = lambda _: None  # apsw tells of errors in its callbacks, besides passing them on
        Taps(folder, make(say))
        try:
            live(folder, say, fatal)
        except (ImagendError, OSError, apsw.Error):
            os._exit(REFUSED_STATUS)

    status, lines = in_child(work)
    return status, [line.split() for line in lines]


def look_at(folder: Path, facts: Facts) -> list[str]:
    status, lines = in_child(lambda say: say(json.dumps(look(folder, facts))))
    if status != 0 or not lines:
        return [f"the look itself failed with status {status}"]
    found: list[str] = json.loads(lines[0])
    return found


def all_calls(folder: Path) -> list[Call]:
    """Of an undisturbed life."""

    def work(say: Callable[[str], None]) -> None:
        counting = Counting()
        Taps(folder, counting)
        live(folder, lambda _: None)
        for call in counting.calls:
            say(f"{call.kind} {call.path} {len(call.data)}")

    status, lines = in_child(work)
    assert status == 0, f"an undisturbed life failed with status {status}"
    words = [line.split(" ") for line in lines]
    return [Call(kind=kind, path=path, data=bytes(int(size))) for kind, path, size in words]
