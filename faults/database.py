"""A PostgreSQL of a fault run: a throw-away cluster behind a proxy, crashed and started from one thread of its own.

The postmaster dies with the thread that started it, so that thread lives as long as the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from faults.proxy import FaultProxy
from tests.servers.postgres import ROLE, Cluster

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Database:
    """`async with`; `url` leads through `proxy`, `books_url` does not and may see every tenant's rows."""

    seed: int = 0
    url: str = ""
    books_url: str = ""
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "postgres"))
    _context: AbstractContextManager[Cluster] | None = None
    _cluster: Cluster | None = None
    _proxy: FaultProxy | None = None

    @property
    def proxy(self) -> FaultProxy:
        assert self._proxy
        return self._proxy

    @property
    def cluster(self) -> Cluster:
        assert self._cluster
        return self._cluster

    async def __aenter__(self) -> Database:
        direct = await self._in_thread(self._open)
        self._proxy = FaultProxy(f"127.0.0.1:{self.cluster.port}", seed=self.seed)
        self.url = direct.replace(f":{self.cluster.port}/", f":{self._proxy.port}/")
        self.books_url = direct.replace(f"//{ROLE}:", "//boss:")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._proxy:
            await asyncio.to_thread(self._proxy.close)
        if self._context:
            await self._in_thread(lambda: self._context.__exit__(None, None, None))  # type: ignore[union-attr]
        self._thread.shutdown()

    async def crash(self) -> None:
        await self._in_thread(self.cluster.crash)

    async def stop(self) -> None:
        await self._in_thread(self.cluster.stop)

    async def start(self) -> None:
        await self._in_thread(self.cluster.start)

    def _open(self) -> str:
        self._context = Cluster.running()
        self._cluster = self._context.__enter__()
        return self._cluster.new_database()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
