"""A request's event stream (text/event-stream, WHATWG HTML section 9.2): bytes in, events out. No I/O."""

from __future__ import annotations

import base64
import codecs
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from imagend.sdk.errors import APIError, refusal
from imagend.sdk.flow import BACK_OFF, RETRY_STATUSES, Call, Reply, Submitted, expect_good

DEFAULT_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened: `name` is status, progress, preview, completed or failed."""

    name: str
    data: dict[str, Any] = field(repr=False)
    id: str | None = None

    @property
    def is_final(self) -> bool:
        return self.name in {"completed", "failed"}

    @property
    def progress(self) -> Progress:
        return progress_of(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a request is. None: not known, or over."""

    status: str | None = None
    share: float = 0.0  # of the denoising steps, 0 to 1
    done: int = 0  # steps, over all pictures
    total: int = 0
    eta_seconds: float | None = None
    queue_position: int | None = None
    preview: bytes | None = field(default=None, repr=False)  # a small picture file of what is forming


def progress_of(body: dict[str, Any]) -> Progress:
    """What a status body, or an event's data, says of it."""
    steps = body.get("steps") or {}
    image = body.get("image")
    status = body.get("status")
    return Progress(
        status=status,
        share=1.0 if status == "COMPLETED" else float(body.get("progress") or 0.0),
        done=int(steps.get("done") or 0),
        total=int(steps.get("total") or 0),
        eta_seconds=body.get("eta_seconds"),
        queue_position=body.get("queue_position"),
        preview=base64.b64decode(image) if isinstance(image, str) else None,
    )


class Following:
    """One request's stream over any number of connections: where it is, and what to do when one breaks."""

    def __init__(self, job: Submitted, previews: int = 0) -> None:
        query = f"?{urlencode({'previews': previews})}" if previews else ""
        self._url = f"{job.response_url}/events{query}"
        self._reader = Reader()
        self._failures = 0
        self.ended = False

    @property
    def call(self) -> Call:
        """The next connection: it goes on behind the last event that was seen."""
        seen = {"last-event-id": self._reader.last_id} if self._reader.last_id else {}
        return Call(method="GET", url=self._url, headers={"accept": "text/event-stream", **seen})

    def opened(self, reply: Reply) -> bool:
        """Whether the stream can be read; after False, ended or `pause`. Raises APIError for a refusal."""
        if reply.status == 204:
            self.ended = True
        if reply.status in RETRY_STATUSES:
            return False
        expect_good(reply)
        self._reader.reopen()
        return not self.ended

    def feed(self, chunk: bytes) -> list[Event]:
        events = self._reader.feed(chunk)
        if events:
            self._failures = 0
        self.ended = self.ended or any(event.is_final for event in events)
        return events

    def pause(self, problem: str) -> float:
        """Seconds before the next connection. Raises Unreachable when there were too many without any event."""
        if self._failures >= len(BACK_OFF):
            raise refusal(None, f"no events from {self._url}: {problem}")
        pause = max(self._reader.retry_seconds, BACK_OFF[self._failures])
        self._failures += 1
        return pause


class Reader:
    """The format's parser; a connection may break anywhere."""

    def __init__(self) -> None:
        self.last_id: str | None = None
        self.retry_seconds = DEFAULT_RETRY_SECONDS
        self.reopen()

    def reopen(self) -> None:
        """Forget what was half read."""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""
        self._name = ""
        self._data: list[str] = []
        self._id: str | None = self.last_id

    def feed(self, chunk: bytes) -> list[Event]:
        text = self._rest + self._decoder.decode(chunk)
        *lines, self._rest = text.replace("\r\n", "\n").split("\n")
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: str) -> Event | None:
        if not line.strip("\r"):
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case "id":
                self._id = value
            case "retry" if value.isdecimal():
                self.retry_seconds = int(value) / 1000
        return None

    def _dispatch(self) -> Event | None:
        name, data = self._name, "\n".join(self._data)
        self._name, self._data = "", []
        self.last_id = self._id
        if not data:
            return None
        try:
            found = json.loads(data)
        except ValueError as error:
            raise APIError(f"the event {name!r} is not JSON: {data[:80]!r}") from error
        return Event(name=name or "message", data=found if isinstance(found, dict) else {"value": found}, id=self._id)
