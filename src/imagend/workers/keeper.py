"""What runs in an actor on a cluster: it keeps one ordinary worker process and tells the pool how it is.

The process is the same as everywhere else, so there is one worker to know and to test. It dies with the actor, and the
actor with the machine's agent. An actor that hears nothing from any pool for long sends its worker home by itself.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imagend.workers.placing import Phase
from imagend.workers.pools import Child

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.25
LATE_SECONDS = 5.0  # beyond the drain, before the process is killed
UNSTARTABLE = 127  # exit status, as a shell's


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a keeper is told about its worker."""

    worker_id: str
    backend: str
    arguments: tuple[str, ...]  # behind `python`; --token-file, --worker-id and --parent-pid are added
    token: str
    drain_seconds: float = 60.0  # after being asked to: finish, then hand back
    silence_seconds: float = 30.0  # a ready process without a sign of life for this long is killed
    start_seconds: float = 600.0  # the same for one that loads its models
    orphan_seconds: float = 900.0  # without a word from a pool for this long, it drains


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a worker is. `status`: exit status, once it has ended."""

    worker_id: str
    backend: str
    phase: str
    pid: int = 0
    status: int | None = None
    asked_to_end: bool = False


class Keeper:
    """Thread-safe. One thread starts the process, watches it and outlives it: the kernel ends the process with the
    thread that started it."""

    def __init__(self, orders: Orders, leave: Callable[[], object] = lambda: os._exit(0)) -> None:
        """leave: frees the place, once nobody has asked for long what became of the worker."""
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
        self._orders = orders
        self._leave = leave
        self._child: Child | None = None
        self._status: int | None = None
        self._asked_at: float | None = None
        self._heard_at = time.monotonic()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="keeper", daemon=True).start()

    def condition(self, known: str = "", wait_seconds: float = 0.0) -> Condition:
        """How the worker is, as soon as that differs from the phase `known`, at the latest after `wait_seconds`."""
        self._heard_at = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: self._phase().value != known, wait_seconds)
            return Condition(
                worker_id=self._orders.worker_id,
                backend=self._orders.backend,
                phase=self._phase().value,
                pid=self._child.process.pid if self._child else 0,
                status=self._status,
                asked_to_end=self._asked_at is not None,
            )

    def drain(self, hurry: bool = False) -> None:
        """Claim no more, finish, end; in a hurry: hand back at once what is left. Returns at once."""
        with self._changed:
            if self._asked_at is None or hurry:
                self._asked_at = self._asked_at or time.monotonic()
                if self._child and self._status is None:
                    self._child.process.terminate()
            self._changed.notify_all()

    def _phase(self) -> Phase:
        if self._status is not None:
            return Phase.ENDED
        if self._asked_at is not None:
            return Phase.DRAINING
        return Phase.READY if self._child and self._child.ready_at is not None else Phase.WARMING

    def _run(self) -> None:
        try:
            self._end(self._keep())
        except OSError:
            logger.exception("%s cannot be started", self._orders.worker_id)
            self._end(UNSTARTABLE)
        while time.monotonic() - self._heard_at < self._orders.orphan_seconds:
            time.sleep(TICK_SECONDS)
        self._leave()

    def _keep(self) -> int:
        with tempfile.TemporaryDirectory(prefix="imagend-") as folder:
            file = Path(folder) / "token"
            file.touch(mode=0o600)
            file.write_text(self._orders.token)
            command = [sys.executable, *self._orders.arguments, "--token-file", str(file)]
            child = Child(command, None, self._orders.worker_id)
            with self._changed:
                self._child = child
                if self._asked_at is not None:
                    child.process.terminate()
            ticked_at = time.monotonic()
            while (status := child.process.poll()) is None:
                if time.monotonic() - ticked_at > LATE_SECONDS:  # the whole node stood still: nobody was silent
                    child.heard_at = self._heard_at = time.monotonic()
                ticked_at = time.monotonic()
                self._watch(child)
                time.sleep(TICK_SECONDS)
            child.close()
            return status

    def _end(self, status: int) -> None:
        with self._changed:
            self._status = status
            self._changed.notify_all()

    def _watch(self, child: Child) -> None:
        """Pass on that it is ready; end what is silent, late or forgotten."""
        with self._changed:
            self._changed.notify_all()
        now = time.monotonic()
        ready = child.ready_at is not None
        limit = self._orders.silence_seconds if ready else self._orders.start_seconds
        asked = self._asked_at
        if child.silent_seconds(now) > limit:
            logger.error("%s gave no sign of life for %.0f s: killed", child.worker_id, limit)
            child.process.kill()
        elif asked is not None and now - asked > self._orders.drain_seconds + LATE_SECONDS:
            logger.error("%s does not end: killed", child.worker_id)
            child.process.kill()
        elif asked is None and now - self._heard_at > self._orders.orphan_seconds:
            logger.warning("%s: no pool has asked for it for long: it drains", child.worker_id)
            self.drain()
