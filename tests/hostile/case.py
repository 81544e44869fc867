"""One bad (or merely odd) input, and what may come back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

KEY = b"{key}"  # replaced by the caller's key when a case is sent
CLOSED = 0  # the server may close the connection without an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """raw: all bytes that go out on one connection. statuses: those that are right; any 5xx is wrong anyway unless it
    is named. says: words that the answer must hold. hang_up: close our side after sending."""

    name: str
    raw: bytes
    statuses: frozenset[int]
    says: str = ""
    hang_up: bool = False


def case(name: str, raw: bytes, *statuses: int, says: str = "", hang_up: bool = False) -> Case:
    return Case(name=name, raw=raw, statuses=frozenset(statuses), says=says, hang_up=hang_up)


def request(
    method: str, target: str | bytes, body: bytes | None = None, headers: Iterable[tuple[str, str | bytes]] = (),
    *, key: bool = True,
) -> bytes:  # fmt: skip
    """A well-formed HTTP/1.1 request around whatever the target, headers and body are. It asks to close."""
    target = target.encode() if isinstance(target, str) else target
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"host: localhost", b"connection: close"]
    if key:
        lines.append(b"x-api-key: " + KEY)
    if body is not None:
        lines.append(b"content-length: %d" % len(body))
    lines += [name.encode() + b": " + (value.encode() if isinstance(value, str) else value) for name, value in headers]
    return b"\r\n".join([*lines, b"", b""]) + (body or b"")


def post(target: str, body: bytes, kind: str = "application/json") -> bytes:
    return request("POST", target, body, [("content-type", kind)])
