"""The whole battery against one real server process: no surprise, no leak, no charge, no secret in the log."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hostile import bodies, protocol, texts
from tests.hostile.case import CLOSED, KEY, Case
from tests.system.running import Server

CASES = [*protocol.cases(), *bodies.cases(), *texts.cases()]
ANSWER_SECONDS = 20.0  # this long is waited; how long it took is checked for all cases together
RSS_BYTES = 20 * 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    seconds: float


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """No workers: what is ordered waits, so that everything that is charged can be counted."""
    settings = {
        "IMAGEND_WORKERS": "0",
        "IMAGEND_MAX_QUEUED_PER_ACCOUNT": "100000",
        "IMAGEND_LOG_LEVEL": "debug",
        "IMAGEND_V1_TIMEOUT_SECONDS": "1",
    }
    running = Server(tmp_path_factory.mktemp("hostile"), settings=settings).start()
    yield running
    running.stop()


def send(server: Server, one: Case) -> Answer:
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    began = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS) as line:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            line.sendall(one.raw.replace(KEY, server.key.encode()))
            if one.hang_up:
                line.shutdown(socket.SHUT_WR)
        received = _all(line)
    head = received.partition(b"\r\n")[0].split()
    status = int(head[1]) if len(head) > 1 else CLOSED
    return Answer(status, received.decode("utf-8", "replace"), time.monotonic() - began)


def _all(line: socket.socket) -> bytes:
    """What comes until a response is whole enough to be judged: the connection's end, or its announced length."""
    received = b""
    with suppress(ConnectionResetError, TimeoutError):  # what did not come is missing from the answer
        while not _whole(received) and (piece := line.recv(65536)):
            received += piece
    return received


def _whole(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    lengths = [part.partition(b":")[2] for part in head.lower().split(b"\r\n") if part.startswith(b"content-length:")]
    return bool(found) and bool(lengths) and len(body) >= int(lengths[0])


def resident_bytes(server: Server) -> int:
    assert server.process
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


def test_there_are_enough_cases_and_each_has_a_name() -> None:
    assert len({one.name for one in CASES}) == len(CASES) >= 500


def test_battery(server: Server) -> None:
    credits = server.credits()
    for one in CASES[:40]:  # memory that is taken once
        send(server, one)
    before, wrong, seconds, accepted = resident_bytes(server), [], [], 0
    for one in CASES:
        answer = send(server, one)
        seconds.append(answer.seconds)
        accepted += answer.status == 200 and '"QUEUED"' in answer.text
        if answer.status not in one.statuses or one.says not in answer.text:
            wrong.append(f"{one.name}: {answer.status} instead of {sorted(one.statuses)}: {answer.text[-300:]!r}")
        elif server.key in answer.text or "Traceback" in answer.text:
            wrong.append(f"{one.name}: the answer tells too much: {answer.text[:300]!r}")
    assert not wrong, f"{len(wrong)} of {len(CASES)}\n" + "\n".join(wrong)
    assert accepted > len(texts.PROMPTS) * 0.9
    assert resident_bytes(server) - before < RSS_BYTES
    assert sorted(seconds)[len(seconds) * 99 // 100] < ANSWER_SECONDS / 4  # a hung connection would be far above
    log = "\n".join(server.lines)
    assert server.key not in log
    assert "Traceback" not in log
    assert "DROP TABLE" not in log
    assert server.credits() <= credits
