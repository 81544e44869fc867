"""A gateway for tests: the real desk on a real database and disk, the internal protocol on a Unix socket, a sweeper."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.routing import Route
from starlette.types import ASGIApp

from imagend.api.internal import create_internal_app
from imagend.blobs.base import BlobStore
from imagend.core.job import Job, JobPolicy
from imagend.core.recipe import Recipe
from imagend.desk.clock import steady_clock
from imagend.desk.order import Order
from imagend.workers.pools import PoolPace, SubprocessPool
from tests.desk.house import BOOT, COST, Clock, House, fast_folder, house_in
from tests.system.running import clean_environment

TOKEN = "worker-token"
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # of a test that waits for an event: only a failure takes as long
STOP_SECONDS = 10  # then who polls over a connection that was taken in the last moment is cut off, as in imagend serve
POLICY = JobPolicy(lease_seconds=5 * PATIENCE, beat_seconds=0.2, fence_seconds=4 * PATIENCE, sweep_seconds=0.1)
SHORT_LEASES = replace(POLICY, lease_seconds=2.0, fence_seconds=1.2)


class RealClock(Clock):
    def __init__(self) -> None:
        self._steady = steady_clock()

    def __call__(self) -> float:
        return self._steady()


@dataclass(slots=True, kw_only=True)
class Gateway:
    house: House
    folder: Path
    app: ASGIApp
    account: str
    close_claims: Callable[[], None]
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _pools: list[SubprocessPool] = field(default_factory=list)

    @property
    def socket(self) -> str:
        return str(self.folder / "internal.sock")

    def open(self) -> None:
        config = uvicorn.Config(
            self.app, uds=self.socket, log_level="critical", ws="none", timeout_graceful_shutdown=STOP_SECONDS
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(self._server),))
        self._thread.start()
        until(lambda: self._server is not None and self._server.started)

    def shut(self) -> None:
        """Stop answering, as if the gateway were away."""
        assert self._server
        assert self._thread
        assert self._loop
        self._loop.call_soon_threadsafe(self.close_claims)
        self._server.should_exit = True
        self._thread.join()

    async def _serve(self, server: uvicorn.Server) -> None:
        self._loop = asyncio.get_running_loop()
        await server.serve()

    def pool(
        self, backend: str = "slow", count: int = 1, restart: PoolPace | None = None, **options: Any
    ) -> SubprocessPool:
        """Real worker processes with a toy model of tests/workers/toy.py, or another `module:factory`."""
        policy = self.house.policy
        terms = {"beat_seconds": policy.beat_seconds, "fence_seconds": policy.fence_seconds}
        own = options.pop("own_terms", {})  # None: those that the gateway tells
        token_file, options_file = self.folder / "token", self.folder / f"options-{len(self._pools)}.json"
        token_file.write_text(TOKEN)
        worker = {
            "address": self.socket,
            "token_file": str(token_file),
            "backends": [f"tests.workers.toy:{backend}"],
            **options,
            "own_terms": None if own is None else terms | own,
        }
        options_file.write_bytes(msgspec.json.encode(worker))
        environment = clean_environment() | search_path()
        command = [sys.executable, "-m", "tests.workers.run", str(options_file)]
        pool = SubprocessPool(command, count, self.house.desk.worker_lost, environment, restart)
        self._pools.append(pool)
        pool.start()
        return pool

    def ready_pool(self, *arguments: Any, **options: Any) -> SubprocessPool:
        pool = self.pool(*arguments, **options)
        until(lambda: pool.ready > 0)
        return pool

    def submit(self, prompt: str = "abc", **changes: Any) -> str:
        order = Order(recipe=recipe(prompt=prompt, **changes), cost_microcredits=COST)
        return self.house.desk.submit(self.account, order).id

    def look(self, job_id: str) -> Job:
        return self.house.desk.look(self.account, job_id)

    def wait(self, job_id: str, reached: Callable[[Job], bool] = lambda job: job.state.final) -> Job:
        """The job as soon as it is final, or whatever else is asked for."""
        rung = threading.Event()
        unsubscribe = self.house.bell.subscribe(job_id, rung.set)
        give_up_at = time.monotonic() + PATIENCE
        try:
            while not reached(job := self.look(job_id)):
                assert time.monotonic() < give_up_at, job
                rung.wait(0.05)
                rung.clear()
        finally:
            unsubscribe()
        return job

    def started(self, job_id: str) -> Job:
        return self.wait(job_id, lambda job: job.lease is not None)

    def stop_pools(self) -> None:
        while self._pools:
            self._pools.pop().stop()


def recipe(**changes: Any) -> Recipe:
    plain = {
        "model": "toy",
        "backend": "toy",
        "prompt": "abc",
        "negative_prompt": "",
        "width": 64,
        "height": 64,
        "steps": 5,
        "guidance_scale": 2.0,
        "scheduler": "DDIM",
        "seed": 7,
    }
    return Recipe(**{**plain, **changes})


def search_path() -> dict[str, str]:
    """Where a Python process finds imagend and these tests."""
    return {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}


def until(true: Callable[[], bool]) -> None:
    """Wait for something that has no event."""
    give_up_at = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < give_up_at, "it did not come true"
        time.sleep(0.01)


@contextmanager
def gateway_in(
    folder: Path,
    policy: JobPolicy = POLICY,
    *,
    wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    routes: Callable[[House], list[Route]] = lambda _: [],
    blobs: BlobStore | None = None,
    **more: Any,
) -> Iterator[Gateway]:
    """The books are audited at the end. `wrap` may put a fault between the workers and the internal application,
    `routes` is what else that serves, `more` what it is made with (terms, sign),
    `blobs` an object store."""
    logging.getLogger("imagend").setLevel(logging.INFO)
    with house_in(folder, policy, clock=RealClock(), blobs=blobs) as house:
        app = create_internal_app(
            house.desk, house.bell, house.clock, (TOKEN,), 20.0, boot=BOOT, policy=policy, more_routes=routes(house),
            **more,
        )  # fmt: skip
        gateway = Gateway(
            house=house, folder=folder, app=wrap(app), account=house.account(), close_claims=app.state.close_claims
        )
        gateway.open()
        stopped = threading.Event()
        sweeper = threading.Thread(target=_sweep, args=(house, stopped))
        sweeper.start()
        try:
            yield gateway
        finally:
            gateway.stop_pools()
            stopped.set()
            sweeper.join()
            gateway.shut()


def _sweep(house: House, stopped: threading.Event) -> None:
    while not stopped.wait(house.policy.sweep_seconds):
        house.desk.sweep()


@contextmanager
def fresh_gateway(policy: JobPolicy = POLICY, **options: Any) -> Iterator[Gateway]:
    with fast_folder() as folder, gateway_in(folder, policy, **options) as gateway:
        yield gateway
