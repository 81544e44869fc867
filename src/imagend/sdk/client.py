"""The blocking client: `run`, `run_sync`, `submit_async`, `map`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import httpx

from imagend.sdk import flow, many, wire
from imagend.sdk.events import Event, Following
from imagend.sdk.job import Job
from imagend.sdk.result import Result
from imagend.sdk.rooms import Rooms


class Client(Rooms):
    """Talks to one imagend server, or anything with the same contract; may be used from several threads.

    api_key: default IMAGEND_API_KEY, then SEGMIND_API_KEY. base_url: default IMAGEND_BASE_URL, then
    http://127.0.0.1:8000; with or without a trailing `/v1`. timeout: seconds for one HTTP answer.
    Calls that were lost on the way are repeated under an idempotency key: nothing is made or paid twice.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 120.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.api_key = api_key or wire.api_key_from_environment()
        self.base_url = base_url or wire.base_url_from_environment()
        self._http = httpx.Client(timeout=wire.timeout(timeout), transport=transport)

    def run(self, slug: str, **params: Any) -> Result:
        """Submit to the queue and wait for the result. Every keyword goes to the model."""
        return self.submit_async(slug, **params).wait()

    def run_sync(self, slug: str, **params: Any) -> httpx.Response:
        """One blocking POST /v1/{slug}; the raw response."""
        response: httpx.Response = self.drive(flow.run_sync(self.base_url, slug, params, wire.new_idempotency_key()))
        return response

    def submit_async(self, slug: str, **params: Any) -> Job:
        """Put a request into the queue; returns at once."""
        return Job(self, self.drive(flow.submit(self.base_url, slug, params, wire.new_idempotency_key())))

    def job(self, request_id: str) -> Job:
        """A request that was submitted before, here or by another program."""
        return Job(self, flow.known(self.base_url, request_id))

    def map(
        self,
        slug: str,
        prompts: Iterable[str | Mapping[str, Any]],
        *,
        concurrency: int = 4,
        progress: bool = False,
        return_errors: bool = False,
        **params: Any,
    ) -> Iterator[Any]:
        """Results of many prompts in their order, `concurrency` requests at a time; see `many.run_all`."""
        asked = [many.fields(prompt, params) for prompt in prompts]
        return many.run_all(partial(self.run, slug), asked, concurrency, progress=progress, return_errors=return_errors)

    def credits(self) -> float:
        """Credits left on this key's account."""
        return float(self.drive(flow.get_object(self.base_url, "/v1/get-user-credits"))["credits"])

    def download(self, url: str) -> bytes:
        """The bytes of an output file; such links need no key and get none."""
        content: bytes = self.drive(flow.download(url))
        return content

    def drive(self, steps: flow.Flow) -> Any:
        """Run a flow with blocking I/O."""
        answer: flow.Reply | None = None
        try:
            while True:
                want = steps.send(answer)
                answer = self._do(want)
        except StopIteration as done:
            return done.value

    def stream(self, following: Following, silence_seconds: float) -> Iterator[list[Event]]:
        """The events of one connection, as they come; none in a sign of life. Raises httpx.TransportError when it
        breaks, or is silent for so long."""
        request = self._request(following.call)
        request.extensions |= wire.silence(silence_seconds)
        response = self._http.send(request, stream=True)
        try:
            reply = wire.reply_from_head(response) if response.status_code == 200 else _read(response)
            if not following.opened(reply):
                return
            for chunk in response.iter_bytes():
                yield following.feed(chunk)
                if following.ended:
                    return
        finally:
            response.close()

    def _do(self, want: flow.Call | flow.Pause) -> flow.Reply | None:
        if isinstance(want, flow.Pause):
            time.sleep(want.seconds)
            return None
        try:
            return wire.reply_from(self._http.send(self._request(want)))
        except httpx.TransportError as error:
            return wire.reply_from_error(error)

    def _request(self, call: flow.Call) -> httpx.Request:
        return self._http.build_request(**wire.request_arguments(call, self.api_key))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _read(response: httpx.Response) -> flow.Reply:
    response.read()
    return wire.reply_from(response)
