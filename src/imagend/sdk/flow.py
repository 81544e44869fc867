"""The protocol as generators: they yield what to do and are sent what came back.

No I/O here, so the blocking and the async client share every rule: which answers are final, what is
tried again, how long to wait.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from imagend.sdk.errors import APIError, InferenceFailed, InferenceTimeout, refusal

#: Answers after which the same call may be repeated; POSTs carry an Idempotency-Key.
RETRY_STATUSES = frozenset({429, 502, 503, 504})
FINAL_STATES = frozenset({"COMPLETED", "FAILED"})
#: Seconds before the second, third and fourth try, where the server does not say.
BACK_OFF = (0.2, 0.8, 2.0)
#: Seconds that a call waits in all for a server that says when to come back.
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Do this request and send a Reply back."""

    method: str
    url: str
    json: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    keyed: bool = True  # the API key goes with it; signed links of pictures neither need nor get it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Sleep this long and send None back."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back; status None means that no answer came at all, `problem` says why."""

    status: int | None
    body: Any = None  # decoded JSON, or None
    content: bytes = b""
    retry_after_seconds: float | None = None
    problem: str = ""
    raw: Any = None  # the HTTP library's own response

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    request_id: str
    status_url: str
    response_url: str
    body: dict[str, Any]


Flow = Generator[Call | Pause, Reply | None, Any]
Steps = Generator[Call | Pause, Reply | None, Reply]


def origin(base_url: str) -> str:
    """`http://host:8000/v1/` -> `http://host:8000`: both forms are accepted everywhere."""
    base = base_url.rstrip("/")
    return base.removesuffix("/v1").removesuffix("/v2")


def send(call: Call) -> Steps:
    """One call, repeated after lost connections and RETRY_STATUSES: as often as BACK_OFF says, and beyond that as
    long as the server names a time to come back, PATIENCE_SECONDS in all. Raises Unreachable."""
    waited, tries = 0.0, 0
    while True:
        reply = yield from _once(call)
        if reply.status is not None and reply.status not in RETRY_STATUSES:
            return reply
        told = reply.retry_after_seconds
        pause = max(BACK_OFF[min(tries, len(BACK_OFF) - 1)], told or 0.0)
        if (tries >= len(BACK_OFF) and told is None) or waited + pause > PATIENCE_SECONDS:
            break
        yield Pause(seconds=pause)
        waited, tries = waited + pause, tries + 1
    if reply.status is None:
        raise refusal(None, f"no answer from {call.url}: {reply.problem}")
    return reply


def _once(call: Call) -> Steps:
    reply = yield call
    assert reply is not None, "a Call is answered with a Reply"
    return reply


def submit(base_url: str, slug: str, params: Mapping[str, Any], idempotency_key: str) -> Flow:
    url = f"{origin(base_url)}/v2/{slug.strip('/')}"
    reply = yield from send(Call(method="POST", url=url, json=params, headers={"idempotency-key": idempotency_key}))
    body = expect_object(reply)
    try:
        return Submitted(
            request_id=body["request_id"], status_url=body["status_url"], response_url=body["response_url"], body=body
        )
    except KeyError as error:
        raise APIError(f"the submit answer has no {error}", status=reply.status) from error


def known(base_url: str, request_id: str) -> Submitted:
    """A request that was submitted before, by whatever program."""
    url = f"{origin(base_url)}/v2/requests/{request_id}"
    return Submitted(request_id=request_id, status_url=f"{url}/status", response_url=url, body={})


def run_sync(base_url: str, slug: str, params: Mapping[str, Any], idempotency_key: str) -> Flow:
    """The raw response of one blocking POST /v1/{slug}."""
    url = f"{origin(base_url)}/v1/{slug.strip('/')}"
    reply = yield from send(Call(method="POST", url=url, json=params, headers={"idempotency-key": idempotency_key}))
    return expect_good(reply).raw


def get_object(base_url: str, path: str) -> Flow:
    reply = yield from send(Call(method="GET", url=f"{origin(base_url)}{path}"))
    return expect_object(reply)


def post_object(base_url: str, path: str, body: Mapping[str, Any]) -> Flow:
    """Sent once: what it does is done twice when it is sent twice."""
    reply = yield from _once(Call(method="POST", url=f"{origin(base_url)}{path}", json=body))
    return expect_object(reply)


def download(url: str) -> Flow:
    """The bytes of an output file."""
    reply = yield from send(Call(method="GET", url=url, keyed=False))
    return expect_good(reply).content


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
    """Ask to stop; the body that the server answers with, which says what became of the request."""
    reply = yield from send(Call(method="DELETE", url=job.response_url))
    if isinstance(reply.body, dict) and reply.body.get("status") in FINAL_STATES:
        return reply.body
    return expect_object(reply)


def expect_good(reply: Reply) -> Reply:
    """Raises APIError with the server's `error` text for an answer that is not 2xx."""
    if reply.is_good:
        return reply
    detail = reply.body.get("error") if isinstance(reply.body, dict) else None
    words = _words(detail) or reply.problem or "the server refused without a word"
    raise refusal(reply.status, words, reply.retry_after_seconds)


def expect_object(reply: Reply) -> dict[str, Any]:
    """The JSON object of a 2xx answer. Raises APIError otherwise."""
    body = expect_good(reply).body
    if isinstance(body, dict):
        return body
    raise refusal(reply.status, "the answer is not a JSON object")


def _words(detail: Any) -> str | None:
    """`error` is text here, and an object with a message in the dialects of others."""
    if isinstance(detail, dict):
        detail = detail.get("message")
    return detail if isinstance(detail, str) else None
