"""A worker process must not outlive its parent, and must not hang: what it arranges for itself at its start."""

from __future__ import annotations

import ctypes
import faulthandler
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
READY = "ready"  # lines that a worker writes to stdout, for the pool that started it
ALIVE = "alive"

ORPHANED = 3  # exit status
REARM_SECONDS = 0.25
OOM_SCORE = 500  # of at most 1000, added to what the kernel thinks of the process


def die_with_parent(parent_pid: int, lifeline: int) -> None:
    """Die when the parent does: by the kernel's signal where there is one (Linux), by the end of `lifeline` everywhere.

    `lifeline` is the descriptor of a pipe that the parent holds open. The child asks for the signal itself, so the
    parent needs no code between fork and exec. The kernel means the parent's *thread*: whoever starts workers does it
    from a thread that lives as long as they do.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it died before we asked
        os._exit(ORPHANED)
    threading.Thread(target=_watch, args=(lifeline,), name="lifeline", daemon=True).start()


def offer_to_oom_killer() -> None:
    """When the machine runs out of memory the kernel is to take a worker, not the gateway beside it (Linux)."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), "utf-8")


def give_way(nice: int) -> None:
    """Let others of this machine run first, 0 (not at all) to 19. Linux may weigh whole sessions against each other
    (autogroups), and a worker is one of its own: then its session gives way (sched(7))."""
    if nice:
        os.nice(nice)
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(nice), "utf-8")


def resident_bytes(pid: int) -> int:
    """Memory that a process really takes; 0 where that cannot be told, or if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def _watch(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os._exit(ORPHANED)


class Watchdog:
    """Ends the process with a traceback of every thread when `moved` was not called for `seconds`.

    faulthandler's timer is a thread without the interpreter lock, so a native call that hangs with the lock held is
    caught as well.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._armed_at = float("-inf")

    def moved(self) -> None:
        now = self._clock()
        if now - self._armed_at >= min(REARM_SECONDS, self._seconds / 4):
            self._armed_at = now
            faulthandler.dump_traceback_later(self._seconds, exit=True)
