"""A proxy between a client and a server that does to their bytes what networks do; switched while it runs.

In a thread of its own:

    with FaultProxy("127.0.0.1:8000", seed=1) as proxy:
        ...                                                    # talk to proxy.address
        proxy.set(Conditions(down=Way(cut_after=0)))           # executed, but the answer is lost
        proxy.reset()                                          # RST to everybody
        proxy.set(CALM)

Or as a process, `python -m faults.proxy SERVER [--listen ADDRESS] [--seed N]`: it prints its address; each line of its
standard input is the JSON of a `Conditions`, or the word `reset`; it ends with its input. Addresses are `host:port`,
or paths of Unix sockets.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import threading
from collections import Counter
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

import msgspec

from faults.conditions import CALM, Conditions
from faults.pipe import Ends, Passage
from faults.replay import Requests, send_again

T = TypeVar("T")
SWITCH_SECONDS = 10.0


class FaultProxy:
    """Verbs are safe from any thread and return when they are in force. `counts`: connections, dropped, cut,
    unreachable, replayed, so far."""

    def __init__(self, server: str, *, listen: str = "127.0.0.1:0", seed: int = 0) -> None:
        """The port 0 means any; it stays the same when refusing has ended."""
        self.server = server
        self.address = listen
        self.counts: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._conditions = CALM
        self._passages: set[Passage] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)
        self._thread.start()
        try:
            self._call(self._listen())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def connections(self) -> int:
        """That exist now."""
        return len(self._passages)

    def set(self, conditions: Conditions) -> None:
        self._call(self._set(conditions))

    def reset(self) -> None:
        """RST to both ends of every connection that exists."""
        self._call(self._reset())

    def half_close(self, *, up: bool) -> None:
        """End one direction of every connection that exists."""
        self._call(self._half_close(up))

    def close(self) -> None:
        """Repeatable."""
        if self._loop.is_closed():
            return
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SWITCH_SECONDS)

    # --- in the loop

    async def _listen(self) -> None:
        if ":" in self.address and not self.address.startswith("/"):
            host, _, port = self.address.rpartition(":")
            self._listener = await asyncio.start_server(self._accept, host, int(port))
            self.address = f"{host}:{self._listener.sockets[0].getsockname()[1]}"
        else:
            self._listener = await asyncio.start_unix_server(self._accept, self.address)

    async def _set(self, conditions: Conditions) -> None:
        self._conditions = conditions
        if conditions.refuse and self._listener is not None:
            self._listener.close()
            self._listener = None
        elif not conditions.refuse and self._listener is None:
            await self._listen()
        for passage in list(self._passages):
            passage.set(conditions)

    async def _reset(self) -> None:
        for passage in list(self._passages):
            passage.reset()

    async def _half_close(self, up: bool) -> None:
        for passage in list(self._passages):
            (passage.up if up else passage.down).end()

    async def _stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
        await self._reset()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Ends(reader, writer)
        self.counts["connections"] += 1
        if self._conditions.drop_every and self.counts["connections"] % self._conditions.drop_every == 0:
            self.counts["dropped"] += 1
            return client.reset()
        try:
            server = Ends(*await self._connect())
        except OSError:
            self.counts["unreachable"] += 1
            return client.reset()
        passage = Passage(client, server, random.Random(self._random.random()), Requests(self._replay))
        self._passages.add(passage)
        try:
            passage.set(self._conditions)
            if not await passage.run():
                self.counts["cut"] += 1
        except asyncio.CancelledError:  # the proxy closes; streams would print it
            passage.reset()
        finally:
            self._passages.discard(passage)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.server.startswith("/"):
            return await asyncio.open_unix_connection(self.server)
        host, _, port = self.server.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    def _replay(self, request: bytes) -> None:
        for _ in range(self._conditions.replay):
            task = asyncio.create_task(self._again(request, self._conditions.replay_after_seconds))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _again(self, request: bytes, after_seconds: float) -> None:
        if await send_again(request, self._connect, after_seconds):
            self.counts["replayed"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description="A TCP proxy that makes faults.")
    parser.add_argument("server", help="host:port or the path of a Unix socket")
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with FaultProxy(chosen.server, listen=chosen.listen, seed=chosen.seed) as proxy:
        print(proxy.address, flush=True)
        for line in sys.stdin:
            if line.strip() == "reset":
                proxy.reset()
            elif line.strip():
                proxy.set(msgspec.json.decode(line, type=Conditions))
            print(msgspec.json.encode(proxy.counts).decode(), flush=True)


if __name__ == "__main__":
    main()
