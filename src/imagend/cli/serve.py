"""Running a gateway: two listeners in one event loop, the janitor in a thread, workers as child processes."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import resource
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import typer
import uvicorn
import uvloop

from imagend.api.connection import ConnectionLimits
from imagend.api.server import ServerTls, server_config
from imagend.cli.logs import set_up_logging
from imagend.core.errors import BadSetting
from imagend.settings import Settings, current_settings
from imagend.wiring.gateway import Gateway, build_gateway

logger = logging.getLogger(__name__)
SHORTEST_PAUSE_SECONDS = 0.05
OTHER_DESCRIPTORS = 512  # files, databases, workers, webhooks
DRAIN_SECONDS = 30  # for what is under way; where other gateways serve meanwhile, until every /v1 call has its answer
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Listener(uvicorn.Server):
    """A uvicorn server that leaves signals to us: two of them share one loop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(flags: dict[str, Any]) -> None:
    """Serve until SIGINT or SIGTERM; then finish what was answered, hand back the rest, and return."""
    settings = current_settings(flags)
    set_up_logging(settings.log_level, settings.log_format)
    _allow_descriptors(settings.max_connections)
    listening = _listen(settings.host, settings.port)
    gateway = build_gateway(settings, on_fatal=_die, port=listening.getsockname()[1])
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(gateway, settings, listening))
    finally:
        gateway.close()


def _allow_descriptors(connections: int) -> None:
    """Many systems begin with 1024 for a process and allow more when asked."""
    wanted = connections + OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if soft < wanted:
            logger.warning("%d open files are allowed; max_connections %d would take %d", hard, connections, wanted)


async def _serve(gateway: Gateway, settings: Settings, listening: socket.socket) -> None:
    per_address = None if settings.trust_proxy else settings.max_connections_per_address  # a proxy is one address
    limits = ConnectionLimits(max_connections=settings.max_connections, max_connections_per_address=per_address)
    patience = math.ceil(settings.v1_timeout_seconds) if settings.database_url else DRAIN_SECONDS
    public = Listener(server_config(gateway.public_app, limits=limits, drain_seconds=patience))
    internal = Listener(server_config(gateway.internal_app))
    operators = Listener(server_config(gateway.operator_app))
    stop = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    elsewhere = Listener(server_config(gateway.internal_app, tls=_worker_tls(settings)))
    doors = [] if settings.worker_address is None else [_listen(*settings.worker_address)]
    internal_task = asyncio.create_task(internal.serve([_listen_unix(gateway.socket)]))
    elsewhere_task = asyncio.create_task(elsewhere.serve(doors)) if doors else None
    operator_doors = [_listen(*settings.metrics_address)] if settings.metrics_address else []
    operator_task = asyncio.create_task(operators.serve(operator_doors)) if operator_doors else None
    public_task = asyncio.create_task(public.serve([listening]))
    chores = [
        _Chore("janitor", gateway.janitor.run_once, settings.sweep_seconds),
        _Chore("reconciler", gateway.reconciler.chore, settings.reconcile_seconds),
    ]
    for chore in chores:
        chore.start()
    gateway.sender.start()
    gateway.pool.start()
    while not (public.started and internal.started and (elsewhere.started or not doors)):
        await asyncio.sleep(0.01)
    _announce(gateway, settings, listening)
    await stop.wait()
    await _drain(gateway, settings.drain_seconds, stop)
    gateway.public_app.state.close_streams()
    public.should_exit = True
    await public_task
    await asyncio.to_thread(gateway.pool.stop)
    gateway.internal_app.state.close_claims()
    internal.should_exit = elsewhere.should_exit = True
    await internal_task
    if elsewhere_task:
        await elsewhere_task
    await asyncio.to_thread(gateway.sender.stop)
    for chore in chores:
        await asyncio.to_thread(chore.stop)
    operators.should_exit = True
    if operator_task is not None:
        await operator_task


async def _drain(gateway: Gateway, seconds: float, stop: asyncio.Event) -> None:
    """Say that nothing more should come here, and serve what comes until the load balancers have heard. A second
    signal cuts it short."""
    gateway.readiness.drain()
    stop.clear()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def _worker_tls(settings: Settings) -> ServerTls | None:
    """Raises BadSetting, before anything runs, for files that TLS cannot use."""
    if not settings.worker_tls_certificate:
        return None
    tls = ServerTls(
        certificate=str(Path(settings.worker_tls_certificate).expanduser()),
        key=str(Path(settings.worker_tls_key).expanduser()),
        clients=str(Path(settings.worker_tls_clients_ca).expanduser()) if settings.worker_tls_clients_ca else None,
    )
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls.clients)
        context.load_cert_chain(tls.certificate, tls.key)
    except OSError as error:
        raise BadSetting(f"worker_tls_certificate, worker_tls_key or worker_tls_clients_ca: {error}") from error
    return tls


class _Chore(threading.Thread):
    """Does something every so often, or sooner if it says so. A failed round is logged; the next one tries again."""

    def __init__(self, name: str, work: Callable[[], object], every_seconds: float) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._every_seconds = every_seconds
        self._stopping = threading.Event()

    def run(self) -> None:
        pause = self._every_seconds
        while not self._stopping.wait(pause):
            pause = self._every_seconds
            try:
                wish = self._work()
                if isinstance(wish, float):
                    pause = min(pause, max(wish, SHORTEST_PAUSE_SECONDS))
            except Exception:
                logger.exception("a round of the %s failed", self.name)

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def _listen(host: str, port: int) -> socket.socket:
    """Bind before anything is opened, so that a taken port is one clear line."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, proto)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise BadSetting(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listening


def _listen_unix(path: Path) -> socket.socket:
    """A socket file for this user only; one that a killed server left is replaced: the folder's lock is ours."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
    except OSError as error:
        raise BadSetting(f"data_dir: cannot make the socket {path}: {error}") from error
    os.chmod(path, 0o600)
    return listening


def _announce(gateway: Gateway, settings: Settings, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    if gateway.first_key:
        typer.echo(f"API key (shown once, only a hash is kept): {gateway.first_key}")
    typer.echo(f"data in {settings.data_dir}, {_crew(gateway, settings)}")
    if settings.web:
        typer.echo(f"playground: http://{shown}:{port}/ui/")
    typer.echo(f"imagend ready on http://{shown}:{port}")


def _crew(gateway: Gateway, settings: Settings) -> str:
    return (
        f"workers on Ray at {settings.ray_address}"
        if settings.pool == "ray"
        else f"{gateway.crew.workers} worker processes"
    )


def _die(error: BaseException) -> None:
    """The disk cannot be trusted any more: leave at once and recover at the next start."""
    logger.critical("the database failed: %s", error)
    logging.shutdown()
    os._exit(1)
