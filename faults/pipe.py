"""One connection through the proxy: two pipes, each a task that reads and a task that sends."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from faults.conditions import CALM, Conditions, Way

CHUNK_BYTES = 65_536
CHUNKS_WAITING = 64  # read and not sent yet; then the sender feels it
PIECES_PER_SECOND = 50  # of a stream whose bandwidth is limited
LINGER_ZERO = struct.pack("ii", 1, 0)  # close with RST


@dataclass(frozen=True, slots=True)
class Ends:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def reset(self) -> None:
        """RST on TCP; on a Unix socket the nearest to it there is."""
        raw = self.writer.get_extra_info("socket")
        if raw is not None and raw.family != socket.AF_UNIX:
            with suppress(OSError):  # closed already
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        self.writer.transport.abort()


class Cut(Exception):
    """This connection is to be reset."""


class Pipe:
    """One direction of one connection."""

    def __init__(
        self, source: Ends, target: Ends, randomness: random.Random, notice: Callable[[bytes], None] | None = None
    ) -> None:
        """`notice` is told what was read, before anything is done to it."""
        self._source, self._target = source, target
        self._random = randomness
        self._notice = notice
        self._way = CALM.up
        self._changed = asyncio.Event()
        self._waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_WAITING)
        self._passed = 0  # bytes since the conditions were set
        self._ended = False
        self.lossy = False  # bytes were lost: the stream is of no use any more

    def set(self, way: Way) -> None:
        self._way, self._passed = way, 0
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self) -> None:
        """Tell the receiver that no more will come."""
        self._ended = True
        if self._target.writer.can_write_eof() and not self._target.writer.is_closing():
            self._target.writer.write_eof()

    async def run(self) -> None:
        """Until the stream has ended. Raises Cut, or ConnectionError when an end has gone."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read())
            tasks.create_task(self._send())

    async def _read(self) -> None:
        clock = asyncio.get_running_loop().time
        due_at = 0.0
        while True:
            data = await self._source.reader.read(CHUNK_BYTES)
            if self._notice is not None and data:
                self._notice(data)
            pause = self._way.latency_seconds + self._random.random() * self._way.jitter_seconds
            due_at = max(due_at, clock() + pause)
            await self._waiting.put((due_at, data))
            if not data:
                return

    async def _send(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due_at, data = await self._waiting.get()
            if (wait := due_at - clock()) > 0:
                await asyncio.sleep(wait)
            if not data:
                return await self._finish()
            await self._pass(data)

    async def _finish(self) -> None:
        while self._way.stalled or self._way.black_hole:
            await self._changed.wait()
        self.end()

    async def _pass(self, data: bytes) -> None:
        while data:
            while self._way.stalled:
                await self._changed.wait()
            way = self._way
            if way.black_hole or self._ended:
                self.lossy = self.lossy or way.black_hole
                return
            piece, data = _split(data, way)
            await self._write(piece, way)
            if way.drip_seconds is not None:
                await asyncio.sleep(way.drip_seconds)
            elif way.bytes_per_second is not None:
                await asyncio.sleep(len(piece) / way.bytes_per_second)

    async def _write(self, piece: bytes, way: Way) -> None:
        before, self._passed = self._passed, self._passed + len(piece)
        if way.corrupt_at is not None and before <= way.corrupt_at < self._passed:
            at = way.corrupt_at - before
            piece = piece[:at] + bytes([piece[at] ^ 0xFF]) + piece[at + 1 :]
        limits = [limit for limit in (way.cut_after, way.half_close_after) if limit is not None]
        if limits and self._passed > min(limits):
            piece = piece[: max(0, min(limits) - before)]
        self._target.writer.write(piece)
        await self._target.writer.drain()
        if way.cut_after is not None and self._passed > way.cut_after:
            raise Cut
        if way.half_close_after is not None and self._passed > way.half_close_after:
            self.end()


def _split(data: bytes, way: Way) -> tuple[bytes, bytes]:
    """What is sent at once, and the rest."""
    size = len(data)
    if way.drip_seconds is not None:
        size = 1
    elif way.bytes_per_second is not None:
        size = max(1, int(way.bytes_per_second / PIECES_PER_SECOND))
    return data[:size], data[size:]


class Passage:
    """Both directions of one connection, until both have ended or one was cut."""

    def __init__(self, client: Ends, server: Ends, randomness: random.Random, notice: Callable[[bytes], None]) -> None:
        self._ends = (client, server)
        self.up = Pipe(client, server, randomness, notice)
        self.down = Pipe(server, client, randomness)

    def set(self, conditions: Conditions) -> None:
        healed = (self.up.lossy and not conditions.up.black_hole) or (
            self.down.lossy and not conditions.down.black_hole
        )
        if healed:
            self.reset()
        self.up.set(conditions.up)
        self.down.set(conditions.down)

    def reset(self) -> None:
        for end in self._ends:
            end.reset()

    async def run(self) -> bool:
        """Whether it ended in peace, with both ends saying so."""
        peaceful = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.up.run())
                tasks.create_task(self.down.run())
        except* (Cut, OSError):
            self.reset()
            peaceful = False
        finally:
            for end in self._ends:
                end.writer.close()
        return peaceful
