"""A request in the queue, for blocking programs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from imagend.sdk import flow, wire
from imagend.sdk.errors import InferenceFailed, InferenceTimeout, NotFound
from imagend.sdk.events import Event, Following, Progress, progress_of
from imagend.sdk.handle import POLL_SECONDS, WAIT_SECONDS, Handle
from imagend.sdk.result import Result

if TYPE_CHECKING:
    from PIL.Image import Image


class Line(Protocol):
    """What a job needs of its client."""

    def drive(self, steps: flow.Flow) -> Any: ...

    def stream(self, following: Following, silence_seconds: float) -> Iterator[list[Event]]: ...

    def download(self, url: str) -> bytes: ...


class Job(Handle):
    """Made by `Client.submit_async` and `Client.job`."""

    def __init__(self, client: Line, submitted: flow.Submitted) -> None:
        super().__init__(submitted)
        self._client = client
        self._done: Result | None = None

    def status(self) -> dict[str, Any]:
        """The light status body; `status` is QUEUED, PROCESSING, COMPLETED or FAILED."""
        body: dict[str, Any] = self._client.drive(flow.look(self.status_url))
        return body

    def result(self) -> Result:
        """The full body as it is now."""
        return Result(self._client.drive(flow.look(self.response_url)), self._client.download)

    def wait(
        self,
        timeout: float = WAIT_SECONDS,
        interval: float = POLL_SECONDS,
        on_status: Callable[[dict[str, Any]], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        previews: int = 0,
    ) -> Result:
        """Block until the result is there. on_status: gets the body of every poll. on_progress: gets every step as it
        happens, and `previews` small pictures of what is forming. Raises InferenceFailed, InferenceTimeout, APIError.
        """
        start = time.monotonic()
        if on_progress and not on_status:
            try:
                return self._follow(start, timeout, previews, on_progress)
            except NotFound:  # a server that has no events, or no such request: polling finds out
                on_status = _polled(on_progress)
        left = max(0.0, timeout - (time.monotonic() - start))
        steps = flow.wait(self._submitted, left, interval, time.monotonic, on_status)
        self._done = Result(self._client.drive(steps), self._client.download)
        return self._done

    def events(self, previews: int = 0) -> Iterator[Event]:
        """What happens to it until it is final; a broken connection goes on where it was. previews: 0 to 10."""
        for events in self._events(previews):
            yield from events

    def cancel(self) -> dict[str, Any]:
        """Stop it; what became of it. FAILED and free, unless it was final before."""
        body: dict[str, Any] = self._client.drive(flow.cancel(self._submitted))
        return body

    @property
    def images(self) -> list[Image]:
        """The pictures of a completed request, opened with Pillow."""
        return self._finished().images

    def save(self, path: str | Path) -> Path:
        """Write the pictures of a completed request; `path` is the first one's, see `Result.save`."""
        return self._finished().save(path)[0]

    def _finished(self) -> Result:
        if self._done is None:
            self._done = self.wait()
        return self._done

    def _follow(self, start: float, timeout: float, previews: int, on_progress: Callable[[Progress], None]) -> Result:
        for events in self._events(previews, timeout):
            for event in events:
                on_progress(event.progress)
                if event.name == "failed":
                    raise InferenceFailed(event.data)
                if event.name == "completed":
                    self._done = Result(event.data, self._client.download)
                    return self._done
            elapsed = time.monotonic() - start
            if elapsed >= timeout:
                raise InferenceTimeout(self.request_id, elapsed)
        return self.result()

    def _events(self, previews: int, silence_seconds: float = wire.SILENCE_SECONDS) -> Iterator[list[Event]]:
        """Something, or nothing, at least every `silence_seconds`."""
        following = Following(self._submitted, previews)
        while not following.ended:
            try:
                yield from self._client.stream(following, min(silence_seconds, wire.SILENCE_SECONDS))
                problem = "the stream ended early"
            except httpx.TransportError as error:
                problem = wire.words(error)
            yield []
            if not following.ended:
                time.sleep(following.pause(problem))


def _polled(on_progress: Callable[[Progress], None]) -> Callable[[dict[str, Any]], None]:
    return lambda body: on_progress(progress_of(body))
