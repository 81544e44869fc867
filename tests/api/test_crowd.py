"""One address has so many connections and no more; this machine's own are not counted."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

from imagend.api.connection import ConnectionLimits
from tests.api.house import House, open_house

ASK = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"
MOST = 3


def connect(house: House, source: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", house.port), timeout=10, source_address=(source, 0))


def status(line: socket.socket) -> int:
    line.sendall(ASK)
    received = line.recv(65_536)
    if b" 429 " in received:
        assert b"retry-after: 1\r\n" in received
        assert b'{"error":"Too many connections from this address"}' in received
    return int(received.split()[1])


def test_the_next_of_too_many_is_answered_with_429(tmp_path: Path) -> None:
    limits = ConnectionLimits(max_connections_per_address=MOST)
    with open_house(tmp_path, limits=limits) as house, ExitStack() as lines:
        crowd = [lines.enter_context(connect(house, "127.0.0.2")) for _ in range(MOST)]
        assert {status(line) for line in crowd} == {200}
        with connect(house, "127.0.0.2") as line:
            assert status(line) == 429
            assert line.recv(1) == b""  # and it is closed
        with connect(house, "127.0.0.3") as line:
            assert status(line) == 200
        for line in crowd:
            line.close()
        while True:  # the server hears of the closing on its own loop
            with connect(house, "127.0.0.2") as line:
                if status(line) == 200:
                    break


def test_this_machine_is_no_crowd(tmp_path: Path) -> None:
    limits = ConnectionLimits(max_connections_per_address=MOST)
    with open_house(tmp_path, limits=limits) as house, ExitStack() as lines:
        crowd = [lines.enter_context(connect(house, "127.0.0.1")) for _ in range(3 * MOST)]
        assert {status(line) for line in crowd} == {200}


def test_a_crowded_connection_that_says_nothing_is_closed_soon(tmp_path: Path) -> None:
    limits = ConnectionLimits(max_connections_per_address=1, header_seconds=0.2, idle_seconds=60)
    with open_house(tmp_path, limits=limits) as house, connect(house, "127.0.0.2"), connect(house, "127.0.0.2") as line:
        assert line.recv(1) == b""
