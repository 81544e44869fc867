"""The protocol as generators: they yield what to do and are sent what came back.

No I/O here, so the blocking and the async client share every rule: which answers are final, what is
tried again, how long to wait.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from imagend.sdk.errors import APIError, InferenceFailed, InferenceTimeout

#: Answers after which the same call may be repeated; POSTs carry an Idempotency-Key.
RETRY_STATUSES = frozenset({429, 502, 503, 504})
FINAL_STATES = frozenset({"COMPLETED", "FAILED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Do this request and send a Reply back."""

    method: str
    url: str
    json: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Sleep this long and send None back."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back; status None means that no answer came at all, `problem` says why."""

    status: int | None
    body: Any = None  # decoded JSON, or None
    retry_after_seconds: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    request_id: str
    status_url: str
    response_url: str
    body: dict[str, Any]


Flow = Generator[Call | Pause, Reply | None, Any]
#: Seconds before the second, third and fourth try.
BACK_OFF = (0.2, 0.8, 2.0)


def origin(base_url: str) -> str:
    """`http://host:8000/v1/` -> `http://host:8000`: both forms are accepted everywhere."""
    base = base_url.rstrip("/")
    return base.removesuffix("/v1").removesuffix("/v2")


def send(call: Call) -> Generator[Call | Pause, Reply | None, Reply]:
    """One call with bounded retries on lost connections and RETRY_STATUSES."""
    for pause in BACK_OFF:
        reply = yield from _once(call)
        if reply.status is not None and reply.status not in RETRY_STATUSES:
            return reply
        yield Pause(seconds=max(pause, min(reply.retry_after_seconds or 0.0, 30.0)))
    reply = yield from _once(call)
    if reply.status is None:
        raise APIError(f"no answer from {call.url}: {reply.problem}")
    return reply


def _once(call: Call) -> Generator[Call | Pause, Reply | None, Reply]:
    reply = yield call
    assert reply is not None, "a Call is answered with a Reply"
    return reply


def submit(base_url: str, slug: str, params: dict[str, Any], idempotency_key: str) -> Flow:
    url = f"{origin(base_url)}/v2/{slug.strip('/')}"
    reply = yield from send(Call(method="POST", url=url, json=params, headers={"idempotency-key": idempotency_key}))
    body = expect_object(reply)
    try:
        return Submitted(
            request_id=body["request_id"], status_url=body["status_url"], response_url=body["response_url"], body=body
        )
    except KeyError as error:
        raise APIError(f"the submit answer has no {error}", status=reply.status) from error


def look(url: str) -> Flow:
    """A status or result body; FAILED comes with HTTP 422 and is a body like any other."""
    reply = yield from send(Call(method="GET", url=url))
    if isinstance(reply.body, dict) and reply.body.get("status") in FINAL_STATES:
        return reply.body
    return expect_object(reply)


def wait(
    job: Submitted,
    timeout: float,
    interval: float,
    monotonic: Callable[[], float],
    on_status: Callable[[dict[str, Any]], None] | None = None,
) -> Flow:
    """Poll until the request is final. Raises InferenceFailed or InferenceTimeout."""
    start = monotonic()
    while True:
        body = yield from look(job.status_url)
        if on_status:
            on_status(body)
        if body.get("status") == "COMPLETED":
            return (yield from look(job.response_url))
        if body.get("status") == "FAILED":
            raise InferenceFailed(body)
        elapsed = monotonic() - start
        if elapsed >= timeout:
            raise InferenceTimeout(job.request_id, elapsed)
        yield Pause(seconds=min(interval, max(0.0, timeout - elapsed)))


def cancel(job: Submitted) -> Flow:
    """Ask to stop; returns the body that the server answers with."""
    reply = yield from send(Call(method="DELETE", url=job.response_url))
    return reply.body if isinstance(reply.body, dict) else {}


def expect_object(reply: Reply) -> dict[str, Any]:
    """The JSON object of a 2xx answer. Raises APIError with the server's `error` text otherwise."""
    good = reply.status is not None and 200 <= reply.status < 300
    if good and isinstance(reply.body, dict):
        return reply.body
    detail = reply.body.get("error") if isinstance(reply.body, dict) else None
    raise APIError(detail or "the answer is not a JSON object", status=reply.status)
