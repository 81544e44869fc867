"""One worker process, from options to exit."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from imagend.core import wire
from imagend.core.errors import BadSetting, TermsChanged
from imagend.core.recipe import Recipe
from imagend.engine.backend import Backend, BackendSpec, SideBySide
from imagend.engine.backends import NAMES, open_backend
from imagend.engine.engine import Engine
from imagend.engine.events import Broken
from imagend.engine.prompts import Prompts
from imagend.provenance.keys import load_credentials
from imagend.provenance.options import SealOptions
from imagend.provenance.seal import Seal, open_remote_seal, open_seal
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import picture_guard
from imagend.weights.entry import PREFIX
from imagend.workers.aside import AsideThread
from imagend.workers.doors import ClientTls
from imagend.workers.executing import EngineExecutor, Executor
from imagend.workers.guards import ALIVE, READY, Watchdog, die_with_parent, offer_to_oom_killer
from imagend.workers.link import GatewayUnreachable, Link, Patience, TokenRefused
from imagend.workers.weights import Weights
from imagend.workers.worker import Pace, Worker

logger = logging.getLogger(__name__)

WARM_UP_PIXELS = 256
EVERY_LAYER = "c2pa+watermark"
CRASHED = 70  # exit status: an error of our own
PATIENT = Patience(total_seconds=60.0, longest_pause_seconds=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """`address` is the gateway's Unix socket or http(s)://host:port, or several, comma-separated; `backends` are names,
    or `module:factory`."""

    address: str
    token_file: Path
    worker_id: str
    backends: tuple[str, ...] = ()  # none: those that the gateway names
    parent_pid: int | None = None  # die when this process dies; stdin must be a pipe that it holds
    models_file: Path | None = None  # weights of this machine
    processes: int = 1  # how many like this one share its devices
    slots: int = 8  # pictures held at once, in the engine and in finishing
    prompt_cache_entries: int = 256
    prompt_cache_mib: int = 256
    newcomers: int = 4  # beyond that, of accounts that have nothing in this worker
    reserve: bool = False  # serve nobody but accounts that have nothing in any worker
    drain_seconds: float = 3.0
    patience: Patience = field(default_factory=Patience)
    tls: ClientTls = field(default_factory=ClientTls)
    signing_certificate: Path | None = None  # PEM, as the gateway's; without the two files the gateway signs
    signing_key: Path | None = None
    own_terms: wire.Terms | None = None  # kept in place of the gateway's


def run_worker(options: WorkerOptions) -> None:
    """Work until SIGTERM or SIGINT. Models are warmed up before the first claim, so bad weights cost no job."""
    keep_running(options, lambda: build_worker(options))


def keep_running(options: WorkerOptions, build: Callable[[], Worker]) -> None:
    """One worker from its start to its end, which is the process's when it is a bad one."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # or it writes a line for every beat
    offer_to_oom_killer()
    if options.parent_pid is not None:
        die_with_parent(options.parent_pid, sys.stdin.fileno())
    try:
        worker = build()
        _stop_on_signals(worker)
        _tell(READY)
        worker.run()
    except (BadSetting, TermsChanged, TokenRefused) as error:
        logger.critical("worker %s ends: %s", options.worker_id, error.message)
        logging.shutdown()
        os._exit(CRASHED)
    except Exception:
        logger.exception("worker %s crashed", options.worker_id)
        logging.shutdown()
        os._exit(CRASHED)  # at once: no thread may go on renewing leases


def build_worker(options: WorkerOptions) -> Worker:
    link = link_of(options)
    terms = agree(link) if options.own_terms is None else options.own_terms
    backends = load_backends(options.backends or terms.backends, options.models_file, options.processes)
    aside = aside_of(backends)
    warm_up(backends, aside)
    specs = {name: backend.spec for name, backend in backends.items()}
    prompts = Prompts(options.prompt_cache_entries, options.prompt_cache_mib * 2**20)
    engine = Engine(backends, prompts, aside)
    executor = EngineExecutor(engine) if aside is None else EngineExecutor(engine, aside.close)
    return assemble(options, link, terms, executor, specs, time.monotonic, aside)


def link_of(options: WorkerOptions) -> Link:
    return Link(
        options.address, read_token(options.token_file), options.worker_id, patience=options.patience, tls=options.tls
    )


def assemble(
    options: WorkerOptions, link: Link, terms: wire.Terms, executor: Executor, specs: Mapping[str, BackendSpec],
    clock: Callable[[], float], aside: AsideThread | None = None,
) -> Worker:  # fmt: skip
    """A worker by the gateway's terms around whatever makes its pictures. clock: monotonic seconds. aside: the thread
    that works beside the executor's, if one does."""
    watchdog = Watchdog(terms.hard_limit_seconds, clock)
    return Worker(
        link,
        executor,
        specs,
        clock,
        Pace(
            max_pictures=options.slots, newcomers=options.newcomers, reserve=options.reserve,
            drain_seconds=options.drain_seconds, beat_seconds=terms.beat_seconds, fence_seconds=terms.fence_seconds,
        ),
        picture_guard(SafetyOptions(policy_text=terms.safety_policy, picture=terms.safety_picture)),
        moved=watchdog.moved if aside is None else partial(_moved, watchdog, aside, terms.hard_limit_seconds),
        alive=lambda: _tell(ALIVE),
        seal=seal_of(options, terms, link),
    )  # fmt: skip


def read_token(file: Path) -> str:
    """Raises BadSetting."""
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"token_file {file} cannot be read: {error}") from error


def agree(link: Link) -> wire.Terms:
    """The gateway's terms, however long it takes until it answers. Raises GatewayRefused and its kinds."""
    told = False
    while True:
        try:
            return link.hello(PATIENT)
        except GatewayUnreachable as error:
            if not told:
                logger.warning("no gateway answers, trying on: %s", error.message)
            told = True


def seal_of(options: WorkerOptions, terms: wire.Terms, link: Link) -> Seal:
    """Marks and signs as the gateway wants it: with its key where we are trusted with it, else by its signatures.
    Raises BadSetting."""
    certificate, key = options.signing_certificate, options.signing_key
    told = terms.version > wire.OLDEST_PROTOCOL
    layers = terms.provenance if told or key is None else EVERY_LAYER  # a gateway of version 1 cannot say
    sealing = SealOptions(layers=layers, certificate=certificate, key=key, with_prompt=terms.with_prompt)
    if certificate is None or key is None:
        return open_remote_seal(sealing, terms.certificates.encode(), link.sign)
    if terms.certificates and load_credentials(certificate, key).chain.decode() != terms.certificates:
        raise BadSetting("signing_certificate is not the certificate of the gateway")
    return open_seal(sealing)


def load_backends(names: Sequence[str], models_file: Path | None = None, processes: int = 1) -> dict[str, Backend[Any]]:
    """Open each backend; the key is the name that cards use. Raises BadSetting, before any is opened if weights are not
    whole or their memory, in so many processes, is more than there is."""
    weights = Weights(names, models_file, processes)
    opened = [weights.open(name) if name.startswith(PREFIX) else _open(name) for name in names]
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


def aside_of(backends: Mapping[str, Backend[Any]]) -> AsideThread | None:
    """A thread for what these can do beside their evaluations; None if that is nothing."""
    if any(isinstance(backend, SideBySide) and backend.beside for backend in backends.values()):
        return AsideThread(time.monotonic)
    return None


def _moved(watchdog: Watchdog, aside: AsideThread, limit_seconds: float) -> None:
    """A thread that hangs is not to be hidden by the other one, which gets on."""
    if aside.busy_seconds() < limit_seconds:
        watchdog.moved()


def warm_up(backends: Mapping[str, Backend[Any]], aside: AsideThread | None = None) -> None:
    """Make one small picture with each model, in the threads that will. Raises what the model raises."""
    engine = Engine(backends, beside=aside)
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
