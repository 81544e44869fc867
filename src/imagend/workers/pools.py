"""Worker processes on this machine: started, watched, restarted with back-off, and never left behind."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from imagend.workers.guards import READY, resident_bytes

logger = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
MEMORY_SECONDS = 0.1  # a job can ask for gigabytes in a second


class Pool(Protocol):
    """What a server needs of whatever keeps its workers."""

    @property
    def ready(self) -> int:
        """How many of the processes that it started are up."""

    @property
    def starting(self) -> int:
        """How many are not, yet."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPace:
    """When processes are restarted and killed."""

    healthy_seconds: float = 10.0  # a worker that was ready for this long starts the back-off from the beginning
    longest_pause_seconds: float = 60.0
    silence_seconds: float = 30.0  # a ready worker without a sign of life for this long (frozen, hung) is killed
    start_seconds: float = 600.0  # the same for one that loads and warms up its models
    stop_seconds: float = 8.0  # from SIGTERM to SIGKILL
    memory_bytes: int = 0  # resident; a worker with more is killed, and nobody else suffers; 0: any


def with_jitter(pause: float, random_part: float) -> float:
    """random_part: uniform in [0, 1]. Up to a fifth shorter or longer, so that crews of many machines do not load their
    weights in step."""
    return pause * (0.8 + 0.4 * random_part)


def pause_before_restart(streak: int, longest: float) -> float:
    """Seconds of back-off after `streak` bad ends in a row: 0, 0, 1, 2, 4, ... for 0, 1, 2, 3, 4, ..."""
    return min(longest, 2.0 ** (streak - 2)) if streak > 1 else 0.0


class Child:
    """One process from start to exit."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None, worker_id: str) -> None:
        self.worker_id = worker_id
        self.ready_at: float | None = None
        self.heard_at = time.monotonic()
        # A session of its own: Ctrl-C in a terminal reaches the gateway alone, which then stops its workers in order.
        self.process = subprocess.Popen(  # noqa: S603  (our own command line)
            [*command, "--worker-id", worker_id, "--parent-pid", str(os.getpid())],
            stdin=subprocess.PIPE,  # never written to: its end tells the child that we are gone
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if environment is None else dict(environment),
            start_new_session=True,
        )
        self._readers = [
            threading.Thread(target=read, args=(stream,), name=f"{worker_id}-{read.__name__}", daemon=True)
            for read, stream in ((self._hear, self.process.stdout), (self._log, self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def wait(self) -> int:
        """The exit status, as soon as there is one."""
        return self.process.wait()

    def close(self) -> None:
        """Read what the process still had to say, and free its pipes."""
        for reader in self._readers:
            reader.join(1.0)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def silent_seconds(self, now: float) -> float:
        return now - self.heard_at

    def _hear(self, stream: IO[bytes]) -> None:
        for line in stream:
            self.heard_at = time.monotonic()
            if line.strip() == READY.encode():
                self.ready_at = self.heard_at

    def _log(self, stream: IO[bytes]) -> None:
        for line in stream:
            said = line.decode(errors="replace").rstrip()
            logger.info("%s: %s", self.worker_id, said, extra={"action": "worker", "worker": self.worker_id})


class SubprocessPool:
    """Keeps `count` workers running. Each slot has a thread that starts a process, waits for its end, starts the next.

    Every process gets a worker id of its own, so a late `on_lost` can never hit its successor. `on_lost(worker_id)` is
    called as soon as a process has ended by itself; not for those that end because of `stop`, whose leases were handed
    back, or are taken back at the gateway's next start.
    """

    def __init__(
        self,
        command: Sequence[str],
        count: int,
        on_lost: Callable[[str], object],
        environment: Mapping[str, str],
        pace: PoolPace | None = None,
        reserve: int = 0,
        name: str = "",
        on_unready: Callable[[str], object] = lambda _: None,
        on_killed: Callable[[str], object] = lambda _: None,
    ) -> None:
        """command: a worker's command line, without --worker-id and --parent-pid. environment: what it inherits.
        reserve: how many are started beyond `count`, with --reserve. name: what the ids of its workers begin with.
        on_unready: hears too of those that ended before they had loaded their models. on_killed: of those that did not
        end when they were to."""
        self._command = list(command)
        self._reserve_from = count
        self._on_lost = on_lost
        self._on_unready = on_unready
        self._on_killed = on_killed
        self._environment = dict(environment)
        self._pace = pace or PoolPace()
        self.name = name or uuid.uuid4().hex[:8]
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._children: dict[int, Child] = {}  # by slot
        self._slots = [
            threading.Thread(target=self._keep, args=(slot,), name=f"slot-{slot}", daemon=True)
            for slot in range(count + reserve)
        ]
        self._watcher = threading.Thread(target=self._watch, name="pool-watcher", daemon=True)

    def start(self) -> None:
        for thread in (*self._slots, self._watcher):
            thread.start()

    @property
    def ready(self) -> int:
        """How many workers are up, with their models loaded."""
        return sum(child.ready_at is not None for child in self.children())

    @property
    def starting(self) -> int:
        """How many load their models."""
        return sum(child.ready_at is None for child in self.children())

    def children(self) -> list[Child]:
        with self._lock:
            return list(self._children.values())

    def stop(self) -> None:
        """SIGTERM to all, which lets them end or hand back their jobs; SIGKILL to those that take too long."""
        with self._lock:
            self._stopping.set()
            for child in self._children.values():
                child.process.terminate()
        running = [thread for thread in self._slots if thread.is_alive()]
        until = time.monotonic() + self._pace.stop_seconds
        for thread in running:
            thread.join(max(0.0, until - time.monotonic()))
        for child in self.children():
            logger.error("%s does not stop: killed", child.worker_id)
            child.process.kill()
            self._on_killed(child.worker_id)
        for thread in running:
            thread.join()

    def hurry(self) -> None:
        """A second SIGTERM to those that are ending: they hand back at once what they hold."""
        for child in self.children():
            child.process.terminate()

    def _keep(self, slot: int) -> None:
        streak, starts = 0, 0
        while not self._stopping.wait(self._pause(streak)):
            starts += 1
            streak = self._run(slot, f"{self.name}-{slot}-{starts}", streak)

    def _pause(self, streak: int) -> float:
        return with_jitter(pause_before_restart(streak, self._pace.longest_pause_seconds), random.random())

    def _run(self, slot: int, worker_id: str, streak: int) -> int:
        """One process from start to end. Returns the number of bad ends in a row."""
        try:
            child = self._start(slot, worker_id)
        except OSError:
            logger.exception("%s cannot be started", worker_id)
            return max(streak + 1, 2)
        if child is None:
            return streak
        status = child.wait()
        with self._lock:
            del self._children[slot]
            stopping = self._stopping.is_set()
        if not stopping:
            logger.error("%s ended with status %d", worker_id, status)
            self._tell_lost(child)
        child.close()
        return self._judge(child, streak)

    def _start(self, slot: int, worker_id: str) -> Child | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            command = [*self._command, "--reserve"] if slot >= self._reserve_from else self._command
            child = self._children[slot] = Child(command, self._environment, worker_id)
        return child

    def _tell_lost(self, child: Child) -> None:
        try:
            if child.ready_at is None:
                self._on_unready(child.worker_id)
            self._on_lost(child.worker_id)
        except Exception:
            logger.exception("%s: its leases could not be taken back; the sweeper will", child.worker_id)

    def _judge(self, child: Child, streak: int) -> int:
        """A worker that was ready is restarted at once the first time; one that never was, only after a pause."""
        if child.ready_at is None:
            return max(streak + 1, 2)
        healthy = time.monotonic() - child.ready_at >= self._pace.healthy_seconds
        return 1 if healthy else streak + 1

    def _watch(self) -> None:
        while not self._stopping.wait(MEMORY_SECONDS if self._pace.memory_bytes else WATCH_SECONDS):
            now = time.monotonic()
            for child in self.children():
                if fault := self._fault(child, now):
                    logger.error("%s %s: killed", child.worker_id, fault)
                    child.process.kill()

    def _fault(self, child: Child, now: float) -> str:
        """Why it is to be killed, "" if it is not."""
        limit = self._pace.start_seconds if child.ready_at is None else self._pace.silence_seconds
        if child.silent_seconds(now) > limit:
            return f"gave no sign of life for {limit:.0f} s"
        most = self._pace.memory_bytes
        if most and (taken := resident_bytes(child.process.pid)) > most:
            return f"takes {taken} bytes of memory, more than {most}"
        return ""
