"""The blocking client: `run`, `submit_async`, `Job.wait`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from imagend.sdk import flow, wire
from imagend.sdk.errors import APIError


class Client:
    """Talks to one imagend server (or anything with the same contract).

    api_key: default IMAGEND_API_KEY, then SEGMIND_API_KEY. base_url: default IMAGEND_BASE_URL, then
    http://127.0.0.1:8000; with or without a trailing `/v1`. timeout: seconds for one HTTP answer.
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
        self._http = httpx.Client(
            headers=wire.headers(self.api_key), timeout=wire.timeout(timeout), transport=transport
        )

    def run(self, slug: str, **params: Any) -> dict[str, Any]:
        """Submit to the queue and wait for the result body. Every keyword goes to the model."""
        return self.submit_async(slug, **params).wait()

    def run_sync(self, slug: str, **params: Any) -> httpx.Response:
        """One blocking POST /v1/{slug}; the raw response."""
        response = self._http.post(f"{flow.origin(self.base_url)}/v1/{slug.strip('/')}", json=params)
        if not response.is_success:
            flow.expect_object(wire.reply_from(response))
        return response

    def submit_async(self, slug: str, **params: Any) -> Job:
        """Put a request into the queue; returns at once."""
        return Job(self, self.drive(flow.submit(self.base_url, slug, params, wire.new_idempotency_key())))

    def credits(self) -> float:
        """Credits left on this key's account."""
        call = flow.Call(method="GET", url=f"{flow.origin(self.base_url)}/v1/get-user-credits")
        return float(flow.expect_object(self.drive(flow.send(call)))["credits"])

    def download(self, url: str) -> bytes:
        """The bytes of an output file; such links need no key and get none."""
        response = httpx.get(url, timeout=self._http.timeout)
        if not response.is_success:
            raise APIError(f"cannot download {url}", status=response.status_code)
        return response.content

    def drive(self, steps: flow.Flow) -> Any:
        """Run a flow with blocking I/O."""
        answer: flow.Reply | None = None
        try:
            while True:
                want = steps.send(answer)
                answer = self._do(want)
        except StopIteration as done:
            return done.value

    def _do(self, want: flow.Call | flow.Pause) -> flow.Reply | None:
        if isinstance(want, flow.Pause):
            time.sleep(want.seconds)
            return None
        try:
            return wire.reply_from(self._http.request(**wire.request_arguments(want)))
        except httpx.TransportError as error:
            return wire.reply_from_error(error)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Job:
    """A request in the queue."""

    def __init__(self, client: Client, submitted: flow.Submitted) -> None:
        self._client = client
        self._submitted = submitted

    @property
    def request_id(self) -> str:
        return self._submitted.request_id

    @property
    def status_url(self) -> str:
        return self._submitted.status_url

    @property
    def response_url(self) -> str:
        return self._submitted.response_url

    def status(self) -> dict[str, Any]:
        """The light status body; `status` is QUEUED, PROCESSING, COMPLETED or FAILED."""
        body: dict[str, Any] = self._client.drive(flow.look(self.status_url))
        return body

    def result(self) -> dict[str, Any]:
        """The full body as it is now."""
        body: dict[str, Any] = self._client.drive(flow.look(self.response_url))
        return body

    def wait(
        self,
        timeout: float = 600.0,
        interval: float = 1.0,
        on_status: Callable[[dict[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Block until the result is there. Raises InferenceFailed, InferenceTimeout or APIError."""
        steps = flow.wait(self._submitted, timeout, interval, time.monotonic, on_status)
        body: dict[str, Any] = self._client.drive(steps)
        return body

    def cancel(self) -> dict[str, Any]:
        body: dict[str, Any] = self._client.drive(flow.cancel(self._submitted))
        return body

    def save(self, path: str | Path) -> Path:
        """Download the first picture of a completed request to `path`."""
        target = Path(path)
        target.write_bytes(self._client.download(self.result()["output"]))
        return target


def run(slug: str, **params: Any) -> dict[str, Any]:
    """Submit and wait, with a client made from the environment."""
    with Client() as client:
        return client.run(slug, **params)


def run_sync(slug: str, **params: Any) -> httpx.Response:
    with Client() as client:
        return client.run_sync(slug, **params)


def submit_async(slug: str, **params: Any) -> Job:
    return Client().submit_async(slug, **params)
