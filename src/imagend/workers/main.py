"""One worker process, from options to exit."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imagend.core.errors import BadSetting
from imagend.core.recipe import Recipe
from imagend.engine.backend import Backend, BackendSpec
from imagend.engine.backends import NAMES, open_backend
from imagend.engine.engine import Engine
from imagend.engine.events import Broken
from imagend.provenance.options import SealOptions
from imagend.provenance.seal import open_seal
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import picture_guard
from imagend.workers.guards import ALIVE, READY, Watchdog, die_with_parent
from imagend.workers.link import Link, Patience
from imagend.workers.worker import Pace, Worker

logger = logging.getLogger(__name__)

WARM_UP_PIXELS = 256
CRASHED = 70  # exit status: an error of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """`address` is the gateway's Unix socket or http://host:port; `backends` are names, or `module:factory`."""

    address: str
    token_file: Path
    worker_id: str
    backends: tuple[str, ...] = ("sketch",)
    parent_pid: int | None = None  # die when this process dies; stdin must be a pipe that it holds
    hard_limit_seconds: float = 300.0  # one step of the engine; a longer one is a hanging native call
    pace: Pace = field(default_factory=Pace)
    patience: Patience = field(default_factory=Patience)
    safety: SafetyOptions = field(default_factory=SafetyOptions)
    provenance: SealOptions = field(default_factory=SealOptions)


def run_worker(options: WorkerOptions) -> None:
    """Work until SIGTERM or SIGINT. Models are warmed up before the first claim, so bad weights cost no job."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # or it writes a line for every beat
    if options.parent_pid is not None:
        die_with_parent(options.parent_pid, sys.stdin.fileno())
    try:
        worker = build_worker(options)
        _stop_on_signals(worker)
        _tell(READY)
        worker.run()
    except BadSetting as error:
        logger.critical("worker %s cannot start: %s", options.worker_id, error.message)
        logging.shutdown()
        os._exit(CRASHED)
    except Exception:
        logger.exception("worker %s crashed", options.worker_id)
        logging.shutdown()
        os._exit(CRASHED)  # at once: no thread may go on renewing leases


def build_worker(options: WorkerOptions) -> Worker:
    backends = load_backends(options.backends)
    warm_up(backends)
    link = Link(
        options.address,
        options.token_file.read_text().strip(),
        options.worker_id,
        patience=options.patience,
    )
    return Worker(
        link,
        Engine(backends),
        {name: backend.spec for name, backend in backends.items()},
        time.monotonic,
        options.pace,
        picture_guard(options.safety),
        moved=Watchdog(options.hard_limit_seconds, time.monotonic).moved,
        alive=lambda: _tell(ALIVE),
        seal=open_seal(options.provenance),
    )


def load_backends(names: Sequence[str]) -> dict[str, Backend[Any]]:
    """Open each backend; the key is the name that cards use."""
    opened = [_open(name) for name in names]
    return {backend.spec.name: backend for backend in opened}


def _open(name: str) -> Backend[Any]:
    module, colon, factory = name.partition(":")
    if colon:
        backend: Backend[Any] = getattr(importlib.import_module(module), factory)()
        return backend
    try:
        return open_backend(name)
    except KeyError as error:
        raise BadSetting(f"backend must be one of {', '.join(NAMES)} or module:factory, not {name!r}") from error


def warm_up(backends: dict[str, Backend[Any]]) -> None:
    """Make one small picture with each model. Raises what the model raises."""
    engine = Engine(backends)
    for name, backend in backends.items():
        engine.add(name, _trial(backend.spec))
    while not engine.idle:
        for event in engine.step():
            if isinstance(event, Broken):
                raise event.error


def _trial(spec: BackendSpec) -> Recipe:
    side = -(-WARM_UP_PIXELS // spec.stride) * spec.stride
    return Recipe(
        model=spec.name,
        backend=spec.name,
        prompt="",
        negative_prompt="",
        width=side,
        height=side,
        steps=2,
        guidance_scale=2.0,
        scheduler=spec.scheduler,
        seed=0,
    )


def _stop_on_signals(worker: Worker) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())


def _tell(line: str) -> None:
    """A line for the pool. A parent that is gone is the lifeline's business."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:
        logger.debug("nobody listens on stdout")
