"""Reading server-sent events in tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from imagend.core.job import Job
from imagend.core.wire import Preview, Report, Reports
from imagend.desk.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    kind: str  # "" for a comment
    data: Any = None
    id: int | None = None


@contextmanager
def stream(http: httpx.Client, request_id: str, after: int | None = None, query: str = "") -> Iterator[Iterator[Event]]:
    """The events of a request, one by one, until the server ends them."""
    headers = {} if after is None else {"last-event-id": str(after)}
    with http.stream("GET", f"/v2/requests/{request_id}/events{query}", headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield read_events(answer.iter_lines())


def read_events(lines: Iterator[str]) -> Iterator[Event]:
    """The format of the HTML standard, section 9.2.6."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Event(kind="", data=line)
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            if "data" in fields:
                number = int(fields["id"]) if "id" in fields else None
                yield Event(kind=fields["event"], data=json.loads(fields["data"]), id=number)
            fields = {}


def all_events(http: httpx.Client, request_id: str, after: int | None = None) -> list[Event]:
    with stream(http, request_id, after) as events:
        return list(events)


def tell(desk: Desk, job: Job, done: int, total: int = 25, *, preview: bytes | None = None) -> None:
    """What the worker of a leased job would report."""
    assert job.lease
    previews = () if preview is None else (Preview(done=done, media_type="image/jpeg", data=preview),)
    report = Report(job_id=job.id, token=job.lease.token, done=done, total=total, previews=previews)
    desk.live.report(Reports(worker_id=job.lease.worker_id, jobs=(report,)))
