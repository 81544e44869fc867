"""A webhook receiver for many tenants on one port, which misbehaves when told to: `/hook/3` is tenant 3's."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field

from faults.history import Hook, Recorder

ANSWERS = {
    "well": b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "error": b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n",
    "busy": b"HTTP/1.1 429 Slow\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
    "moved": b"HTTP/1.1 301 Away\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
}
MOODS = (*ANSWERS, "reset", "silent")
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ID = re.compile(rb"\r\nwebhook-id: ([^\r]+)", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Receiver:
    """`mood` is how it answers; whatever it is, what arrived is written down."""

    recorder: Recorder
    dice: random.Random
    mood: str = "well"
    port: int = 0
    told: set[str] = field(default_factory=set)  # request ids
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Receiver:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()

    def url(self, tenant: int) -> str:
        return f"http://127.0.0.1:{self.port}/hook/{tenant}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, EOFError, TimeoutError):
                async with asyncio.timeout(10):
                    await self._one(reader, writer)
        finally:
            writer.transport.abort() if self.mood == "reset" else writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length, message = _LENGTH.search(head), _ID.search(head)
        assert length
        assert message
        body = await reader.readexactly(int(length.group(1)))
        tenant = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
        self._note(tenant, message.group(1).decode(), body)
        if self.mood == "silent":
            await asyncio.sleep(5)
        elif self.mood != "reset":
            writer.write(ANSWERS[self.mood])
            await writer.drain()

    def _note(self, tenant: int, message_id: str, body: bytes) -> None:
        said = json.loads(body)
        request_id = said.get("data", {}).get("request_id", "")
        self.told.add(request_id)
        self.recorder.note(
            Hook(
                at=time.monotonic(), tenant=tenant, message_id=message_id, request_id=request_id,
                kind=said["type"], digest=hashlib.sha256(body).hexdigest()[:32],
            )
        )  # fmt: skip
