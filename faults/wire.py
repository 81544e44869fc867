"""A small HTTP client for load: kept connections, one request at a time on each, and it says whether bytes were sent.

Knowing that is the point: a call that never left cannot have been obeyed, one that got no answer can.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

LIMIT = 32 * 1024 * 1024  # bytes of one answer


class NoConnection(Exception):
    """Nothing was sent."""


class NoReply(Exception):
    """Sent, at least in part, and not answered completely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True, eq=False)
class Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False

    async def exchange(self, request: bytes) -> Reply:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        self.used = True
        return Reply(status=int(first.split()[1]), headers=headers, body=body)

    def close(self) -> None:
        self.writer.transport.abort()


class Client:
    """Calls to one server. Safe for any number of tasks of one event loop."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._free: deque[Line] = deque()

    async def call(
        self, method: str, path: str, *, key: str = "", body: Any = None, headers: Mapping[str, str] | None = None,
        seconds: float = 15.0,
    ) -> Reply:  # fmt: skip
        """Raises NoConnection, NoReply. A kept connection that the server closed meanwhile counts as NoReply: what
        became of the bytes is not known."""
        line = await self._line(seconds)
        request = _request(method, path, key, body, headers or {})
        try:
            reply = await asyncio.wait_for(line.exchange(request), seconds)
        except (OSError, EOFError, RuntimeError, asyncio.LimitOverrunError, ValueError, TimeoutError) as error:
            line.close()  # RuntimeError: uvloop's word for a transport that is closed
            raise NoReply(repr(error)) from error
        except BaseException:
            line.close()
            raise
        if reply.headers.get("connection") == "close":
            line.close()
        else:
            self._free.append(line)
        return reply

    async def hang_up(self, method: str, path: str, *, key: str, body: Any, after: float) -> bool:
        """Send a request and close the connection after so many seconds. False if nothing was sent."""
        try:
            line = await self._line(5.0)
        except NoConnection:
            return False
        try:
            with suppress(OSError, RuntimeError):  # as above
                line.writer.write(_request(method, path, key, body, {}))
                await line.writer.drain()
            await asyncio.sleep(after)
        finally:
            line.close()
        return True

    def drop_all(self) -> None:
        """Close the connections that are not in use."""
        while self._free:
            self._free.pop().close()

    async def _line(self, seconds: float) -> Line:
        while self._free:
            line = self._free.pop()
            if not (line.reader.at_eof() or line.writer.is_closing()):
                return line
            line.close()
        try:
            opened = asyncio.open_connection(self.host, self.port, limit=LIMIT)
            return Line(*await asyncio.wait_for(opened, seconds))
        except (OSError, TimeoutError) as error:
            raise NoConnection(repr(error)) from error


def _request(method: str, path: str, key: str, body: Any, headers: Mapping[str, str]) -> bytes:
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: imagend.test", f"content-length: {len(data)}"]
    if key:
        lines.append(f"x-api-key: {key}")
    if data:
        lines.append("content-type: application/json")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def path_of(url: str) -> str:
    """Path and query of an absolute URL: the server's links name the host it was called by."""
    rest = url.partition("://")[2]
    return "/" + rest.partition("/")[2]
