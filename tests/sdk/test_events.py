"""Event streams of the client: whatever pieces the bytes come in, and over broken connections."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.sdk import APIError, AsyncClient, InferenceFailed, InferenceTimeout, Progress, Unreachable
from imagend.sdk.events import Reader
from tests.sdk.test_client import DONE, HOST, ID, SUBMITTED, Script, ok

STEPS = {"done": 7, "total": 30}


def told(number: int, name: str, data: object) -> str:
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


STATUS = told(1, "status", {"status": "QUEUED", "progress": 0.0, "queue_position": 2})
HALF = told(72, "progress", {"progress": 0.2333, "steps": STEPS, "eta_seconds": 2.3})
PREVIEW = told(83, "preview", {"progress": 0.3, "steps": STEPS, "image": base64.b64encode(b"jpeg").decode()})
END = told(99, "completed", DONE)
ALL = f"retry: 1\n\n{STATUS}: nothing new, héllo\n\n{HALF}{PREVIEW}{END}".encode()


@given(cuts=st.lists(st.integers(0, len(ALL)), max_size=8), crlf=st.booleans())
@settings(deadline=None)
def test_the_same_events_however_the_bytes_are_cut(cuts: list[int], crlf: bool) -> None:
    text = ALL.replace(b"\n", b"\r\n") if crlf else ALL
    reader, places = Reader(), [0, *sorted(cuts), len(text)]
    events = [event for start, end in pairwise(places) for event in reader.feed(text[start:end])]
    assert [event.name for event in events] == ["status", "progress", "preview", "completed"]
    assert [event.id for event in events] == ["1", "72", "83", "99"]
    assert (reader.retry_seconds, reader.last_id) == (0.001, "99")
    assert events[2].progress.preview == b"jpeg"
    assert events[-1].data == DONE


class Broken(httpx.SyncByteStream):
    """Bytes, and then the connection is lost."""

    def __init__(self, *chunks: str) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from (chunk.encode() for chunk in self.chunks)
        raise httpx.ReadError("reset")


def stream(*chunks: str) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content="".join(chunks).encode())


def test_a_broken_stream_goes_on_behind_the_last_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagend.sdk.events.BACK_OFF", (0.0, 0.0, 0.0))
    script = Script(
        ok(SUBMITTED),
        httpx.Response(200, stream=Broken("retry: 1\n\n", STATUS, HALF, PREVIEW[:-40])),  # the preview is half there
        httpx.ConnectError("refused"),
        httpx.Response(503, json={"error": "draining"}),
        stream(PREVIEW, END),
    )  # fmt: skip
    with script.client() as client:
        events = list(client.submit_async("imagen", prompt="x").events(previews=3))
    assert [event.name for event in events] == ["status", "progress", "preview", "completed"]
    connections = script.requests[1:]
    assert {str(request.url) for request in connections} == {f"{HOST}/v2/requests/{ID}/events?previews=3"}
    assert [request.headers.get("last-event-id") for request in connections] == [None, "72", "72", "72"]


def test_a_stream_that_never_comes_back_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagend.sdk.events.BACK_OFF", (0.0,))
    monkeypatch.setattr("imagend.sdk.events.DEFAULT_RETRY_SECONDS", 0.0)
    script = Script(ok(SUBMITTED), httpx.ConnectError("refused"), httpx.ConnectError("refused"))
    with script.client() as client, pytest.raises(Unreachable, match="ConnectError: refused"):
        list(client.submit_async("imagen", prompt="x").events())


def test_wait_tells_of_progress_and_previews() -> None:
    script, seen = Script(ok(SUBMITTED), stream(STATUS, HALF, PREVIEW, END)), list[Progress]()
    with script.client() as client:
        result = client.submit_async("imagen", prompt="x").wait(on_progress=seen.append, previews=1)
    assert result == DONE
    assert [(one.done, one.total, one.queue_position) for one in seen[:2]] == [(0, 0, 2), (7, 30, None)]
    assert [one.preview for one in seen] == [None, None, b"jpeg", None]
    assert (seen[-1].share, seen[-1].status) == (1.0, "COMPLETED")


def test_a_server_without_events_is_polled() -> None:
    script, seen = Script(ok(SUBMITTED), httpx.Response(404, json={"error": "Not found"}), ok(DONE), ok(DONE)), []
    with script.client() as client:
        assert client.submit_async("imagen", prompt="x").wait(on_progress=seen.append) == DONE
    assert [one.status for one in seen] == ["COMPLETED"]


def test_failed_and_too_late_are_raised_from_a_stream_too() -> None:
    failed = told(99, "failed", {"status": "FAILED", "error": "Content blocked", "request_id": ID})
    with Script(ok(SUBMITTED), stream(failed)).client() as client, pytest.raises(InferenceFailed, match="blocked"):
        client.submit_async("imagen", prompt="x").wait(on_progress=lambda _: None)
    silent = Script(ok(SUBMITTED), stream(STATUS, ": still here\n\n"))
    with silent.client() as client, pytest.raises(InferenceTimeout):
        client.submit_async("imagen", prompt="x").wait(timeout=0.0, on_progress=lambda _: None)


def test_what_is_no_json_is_a_clear_error() -> None:
    script = Script(ok(SUBMITTED), stream("event: progress\ndata: {oops\n\n"))
    with script.client() as client, pytest.raises(APIError, match="'progress' is not JSON"):
        list(client.submit_async("imagen", prompt="x").events())


def test_the_async_client_does_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagend.sdk.events.BACK_OFF", (0.0, 0.0))
    script = Script(
        ok(SUBMITTED), stream("retry: 1\n\n", STATUS, HALF), stream(PREVIEW, END), ok(SUBMITTED), stream(STATUS, END)
    )

    async def go() -> tuple[list[str], list[Progress]]:
        seen: list[Progress] = []
        async with AsyncClient(api_key="k", base_url=HOST, transport=httpx.MockTransport(script)) as client:
            events = [event.name async for event in (await client.submit_async("imagen", prompt="x")).events()]
            assert await (await client.submit_async("imagen", prompt="x")).wait(on_progress=seen.append) == DONE
        return events, seen

    names, seen = asyncio.run(go())
    assert names == ["status", "progress", "preview", "completed"]
    assert [one.status for one in seen] == ["QUEUED", "COMPLETED"]
    assert script.requests[2].headers["last-event-id"] == "72"
