"""Duplicate delivery: whole HTTP/1.1 requests, told apart as they pass, are sent to the server again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httptools

ANSWER_SECONDS = 60.0


class Requests:
    """Finds the ends of requests in a stream of bytes; what is no HTTP is never found."""

    def __init__(self, found: Callable[[bytes], None]) -> None:
        """`found` gets each whole request, head and body."""
        self._found = found
        self._bytes = bytearray()
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)

    def __call__(self, data: bytes) -> None:
        if self._parser is None:
            return
        self._bytes += data
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._parser = None

    def on_message_complete(self) -> None:
        whole, self._bytes = bytes(self._bytes), bytearray()
        self._found(whole)


class _Answer:
    def __init__(self) -> None:
        self.whole = False

    def on_message_complete(self) -> None:
        self.whole = True


Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def send_again(request: bytes, connect: Connect, after_seconds: float) -> bool:
    """Send it on a connection of its own and wait for the whole answer. Whether there was one."""
    await asyncio.sleep(after_seconds)
    answer = _Answer()
    parser = httptools.HttpResponseParser(answer)
    try:
        reader, writer = await connect()
    except OSError:
        return False
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            writer.write(request)
            while not answer.whole and (data := await reader.read(65_536)):
                parser.feed_data(data)
    except (TimeoutError, OSError, httptools.HttpParserError):
        return False
    finally:
        writer.close()
    return answer.whole
