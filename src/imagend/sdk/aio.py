"""The async client: the same flows, awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from imagend.sdk import flow, many, wire
from imagend.sdk.errors import APIError, InferenceFailed, InferenceTimeout, NotFound
from imagend.sdk.events import Event, Following, Progress, progress_of
from imagend.sdk.handle import POLL_SECONDS, WAIT_SECONDS, Handle
from imagend.sdk.result import Body, opened, written
from imagend.sdk.rooms import Rooms

if TYPE_CHECKING:
    from PIL.Image import Image


class AsyncClient(Rooms):
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
        self._http = httpx.AsyncClient(timeout=wire.timeout(timeout), transport=transport)

    async def run(self, slug: str, **params: Any) -> AsyncResult:
        return await (await self.submit_async(slug, **params)).wait()

    async def run_sync(self, slug: str, **params: Any) -> httpx.Response:
        """One POST /v1/{slug}, which answers with the pictures; the raw response."""
        response: httpx.Response = await self.drive(
            flow.run_sync(self.base_url, slug, params, wire.new_idempotency_key())
        )
        return response

    async def submit_async(self, slug: str, **params: Any) -> AwaitableJob:
        steps = flow.submit(self.base_url, slug, params, wire.new_idempotency_key())
        return AwaitableJob(self, await self.drive(steps))

    def job(self, request_id: str) -> AwaitableJob:
        """A request that was submitted before, here or by another program."""
        return AwaitableJob(self, flow.known(self.base_url, request_id))

    async def map(
        self,
        slug: str,
        prompts: Iterable[str | Mapping[str, Any]],
        *,
        concurrency: int = 4,
        progress: bool = False,
        return_errors: bool = False,
        **params: Any,
    ) -> AsyncIterator[AsyncResult | APIError]:
        """Results of many prompts in their order, `concurrency` requests at a time; as `Client.map`."""
        asked = [many.fields(prompt, params) for prompt in prompts]
        room = asyncio.Semaphore(concurrency)

        async def one(fields: Mapping[str, Any], tick: Callable[[], None]) -> AsyncResult:
            async with room:
                result = await self.run(slug, **fields)
                tick()
                return result

        with many.bar(progress, len(asked)) as tick:
            tasks = [asyncio.create_task(one(fields, tick)) for fields in asked]
            try:
                for task in tasks:
                    yield await _outcome(task, return_errors)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def credits(self) -> float:
        """Credits left on this key's account."""
        return float((await self.drive(flow.get_object(self.base_url, "/v1/get-user-credits")))["credits"])

    async def download(self, url: str) -> bytes:
        content: bytes = await self.drive(flow.download(url))
        return content

    async def drive(self, steps: flow.Flow) -> Any:
        """Run a flow with async I/O."""
        answer: flow.Reply | None = None
        try:
            while True:
                answer = await self._do(steps.send(answer))
        except StopIteration as done:
            return done.value

    async def stream(self, following: Following, silence_seconds: float) -> AsyncGenerator[Event]:
        """The events of one connection. Raises httpx.TransportError when it breaks or is silent for so long."""
        request = self._request(following.call)
        request.extensions |= wire.silence(silence_seconds)
        response = await self._http.send(request, stream=True)
        try:
            if response.status_code == 200:
                reply = wire.reply_from_head(response)
            else:
                await response.aread()
                reply = wire.reply_from(response)
            if not following.opened(reply):
                return
            async for chunk in response.aiter_bytes():
                for event in following.feed(chunk):
                    yield event
                if following.ended:
                    return
        finally:
            await response.aclose()

    async def _do(self, want: flow.Call | flow.Pause) -> flow.Reply | None:
        if isinstance(want, flow.Pause):
            await asyncio.sleep(want.seconds)
            return None
        try:
            return wire.reply_from(await self._http.send(self._request(want)))
        except httpx.TransportError as error:
            return wire.reply_from_error(error)

    def _request(self, call: flow.Call) -> httpx.Request:
        return self._http.build_request(**wire.request_arguments(call, self.api_key))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


async def _outcome(task: asyncio.Task[AsyncResult], return_errors: bool) -> AsyncResult | APIError:
    try:
        return await task
    except APIError as error:
        if return_errors:
            return error
        raise


class AsyncResult(Body):
    """The async client's result; equal to the plain dict."""

    def __init__(self, body: dict[str, Any], download: Callable[[str], Awaitable[bytes]]) -> None:
        super().__init__(body)
        self._download = download
        self._files: Sequence[bytes] | None = None

    async def files(self) -> Sequence[bytes]:
        """The pictures' files, downloaded when first asked for."""
        if self._files is None:
            self._files = await asyncio.gather(*(self._download(url) for url in self.urls))
        return self._files

    async def images(self) -> list[Image]:
        """The pictures, opened with Pillow."""
        return opened(await self.files())

    async def save(self, path: str | Path) -> list[Path]:
        """As `Result.save`."""
        return written(await self.files(), path)


class AwaitableJob(Handle):
    """A request in the queue; the async twin of `Job`."""

    def __init__(self, client: AsyncClient, submitted: flow.Submitted) -> None:
        super().__init__(submitted)
        self._client = client

    async def status(self) -> dict[str, Any]:
        body: dict[str, Any] = await self._client.drive(flow.look(self.status_url))
        return body

    async def result(self) -> AsyncResult:
        return self._result(await self._client.drive(flow.look(self.response_url)))

    async def wait(
        self,
        timeout: float = WAIT_SECONDS,
        interval: float = POLL_SECONDS,
        on_status: Callable[[dict[str, Any]], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        previews: int = 0,
    ) -> AsyncResult:
        """As `Job.wait`."""
        start = time.monotonic()
        if on_progress and not on_status:
            try:
                async with asyncio.timeout(timeout):
                    return await self._follow(previews, on_progress)
            except TimeoutError:
                raise InferenceTimeout(self.request_id, time.monotonic() - start) from None
            except NotFound:  # a server that has no events, or no such request: polling finds out
                told = on_progress
                on_status = lambda body: told(progress_of(body))  # noqa: E731
        left = max(0.0, timeout - (time.monotonic() - start))
        return self._result(
            await self._client.drive(flow.wait(self._submitted, left, interval, time.monotonic, on_status))
        )

    async def events(self, previews: int = 0) -> AsyncGenerator[Event]:
        """What happens to it until it is final; a broken connection goes on where it was. previews: 0 to 10."""
        following = Following(self._submitted, previews)
        while not following.ended:
            try:
                async with aclosing(self._client.stream(following, wire.SILENCE_SECONDS)) as events:
                    async for event in events:
                        yield event
                problem = "the stream ended early"
            except httpx.TransportError as error:
                problem = wire.words(error)
            if not following.ended:
                await asyncio.sleep(following.pause(problem))

    async def cancel(self) -> dict[str, Any]:
        body: dict[str, Any] = await self._client.drive(flow.cancel(self._submitted))
        return body

    async def _follow(self, previews: int, on_progress: Callable[[Progress], None]) -> AsyncResult:
        async with aclosing(self.events(previews)) as events:
            async for event in events:
                on_progress(event.progress)
                if event.name == "failed":
                    raise InferenceFailed(event.data)
                if event.name == "completed":
                    return self._result(event.data)
        return await self.result()

    def _result(self, body: dict[str, Any]) -> AsyncResult:
        return AsyncResult(body, self._client.download)
