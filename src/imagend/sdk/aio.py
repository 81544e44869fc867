"""The async client: the same flows, awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx

from imagend.sdk import flow, wire


class AsyncClient:
    """The async twin of `Client`; arguments mean the same."""

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.api_key = api_key or wire.api_key_from_environment()
        self.base_url = base_url or wire.base_url_from_environment()
        self._http = httpx.AsyncClient(
            headers=wire.headers(self.api_key), timeout=wire.timeout(timeout), transport=transport
        )

    async def run(self, slug: str, **params: Any) -> dict[str, Any]:
        return await (await self.submit_async(slug, **params)).wait()

    async def submit_async(self, slug: str, **params: Any) -> AsyncJob:
        steps = flow.submit(self.base_url, slug, params, wire.new_idempotency_key())
        return AsyncJob(self, await self.drive(steps))

    async def drive(self, steps: flow.Flow) -> Any:
        """Run a flow with async I/O."""
        answer: flow.Reply | None = None
        try:
            while True:
                answer = await self._do(steps.send(answer))
        except StopIteration as done:
            return done.value

    async def _do(self, want: flow.Call | flow.Pause) -> flow.Reply | None:
        if isinstance(want, flow.Pause):
            await asyncio.sleep(want.seconds)
            return None
        try:
            return wire.reply_from(await self._http.request(**wire.request_arguments(want)))
        except httpx.TransportError as error:
            return wire.reply_from_error(error)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()


class AsyncJob:
    """A request in the queue."""

    def __init__(self, client: AsyncClient, submitted: flow.Submitted) -> None:
        self._client = client
        self._submitted = submitted

    @property
    def request_id(self) -> str:
        return self._submitted.request_id

    async def status(self) -> dict[str, Any]:
        body: dict[str, Any] = await self._client.drive(flow.look(self._submitted.status_url))
        return body

    async def wait(
        self,
        timeout: float = 600.0,
        interval: float = 1.0,
        on_status: Callable[[dict[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        steps = flow.wait(self._submitted, timeout, interval, time.monotonic, on_status)
        body: dict[str, Any] = await self._client.drive(steps)
        return body

    async def cancel(self) -> dict[str, Any]:
        body: dict[str, Any] = await self._client.drive(flow.cancel(self._submitted))
        return body
