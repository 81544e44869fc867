"""Each thing that the proxy can do to bytes is done to some."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer, ThreadingUnixStreamServer
from typing import ClassVar

import pytest

from faults.conditions import CALM, Conditions, Way
from faults.proxy import FaultProxy

PATIENCE = 20.0
ROOT = Path(__file__).resolve().parents[2]


class Echo(StreamRequestHandler):
    """Sends every line back and remembers it."""

    def handle(self) -> None:
        try:
            for line in self.rfile:
                self.server.heard.append(line)  # type: ignore[attr-defined]
                self.wfile.write(line)
            self.server.ends.set()  # type: ignore[attr-defined]
        except ConnectionError:
            pass


class EchoServer(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.heard: list[bytes] = []
        self.ends = threading.Event()


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with EchoServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def proxy(server: EchoServer) -> Iterator[FaultProxy]:
    with FaultProxy(f"127.0.0.1:{server.server_address[1]}", seed=1) as proxy:
        yield proxy


def dial(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE)


def ask(connection: socket.socket, line: bytes = b"hello\n") -> bytes:
    connection.sendall(line)
    return hear(connection, len(line))


def hear(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer if the stream ends."""
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


def silent(connection: socket.socket, seconds: float = 0.3) -> bool:
    connection.settimeout(seconds)
    try:
        return connection.recv(1) is None
    except TimeoutError:
        return True
    finally:
        connection.settimeout(PATIENCE)


def test_calm_passes_everything(proxy: FaultProxy) -> None:
    with dial(proxy) as client:
        big = b"x" * 3_000_000 + b"\n"
        threading.Thread(target=client.sendall, args=(big,), daemon=True).start()
        assert hear(client, len(big)) == big
    assert proxy.counts["connections"] == 1


@pytest.mark.parametrize("up", [True, False])
def test_latency_and_jitter(proxy: FaultProxy, up: bool) -> None:
    slow = Way(latency_seconds=0.15, jitter_seconds=0.05)
    proxy.set(Conditions(up=slow) if up else Conditions(down=slow))
    with dial(proxy) as client:
        began = time.monotonic()
        assert ask(client) == b"hello\n"
        assert time.monotonic() - began >= 0.15


def test_bandwidth(proxy: FaultProxy) -> None:
    proxy.set(Conditions(down=Way(bytes_per_second=50_000)))
    with dial(proxy) as client:
        began = time.monotonic()
        assert len(ask(client, b"x" * 9_999 + b"\n")) == 10_000
        assert time.monotonic() - began >= 0.18


def test_drip(proxy: FaultProxy) -> None:
    proxy.set(Conditions(down=Way(drip_seconds=0.02)))
    with dial(proxy) as client:
        client.sendall(b"hello\n")
        assert [client.recv(100) for _ in range(3)] == [b"h", b"e", b"l"]


@pytest.mark.parametrize("up", [True, False])
def test_a_stall_keeps_what_it_holds(proxy: FaultProxy, server: EchoServer, up: bool) -> None:
    stalled = Way(stalled=True)
    proxy.set(Conditions(up=stalled) if up else Conditions(down=stalled))
    with dial(proxy) as client:
        client.sendall(b"hello\n")
        assert silent(client)
        assert server.heard == ([] if up else [b"hello\n"])
        proxy.set(CALM)
        assert hear(client, 6) == b"hello\n"


@pytest.mark.parametrize("up", [True, False])
def test_a_black_hole_is_one_way_and_its_connections_die(proxy: FaultProxy, server: EchoServer, up: bool) -> None:
    hole = Way(black_hole=True)
    with dial(proxy) as client, dial(proxy) as bystander:
        assert ask(client) == b"hello\n"
        assert ask(bystander) == b"hello\n"
        proxy.set(Conditions(up=hole) if up else Conditions(down=hole))
        client.sendall(b"again\n")
        assert silent(client)
        assert server.heard.count(b"again\n") == (0 if up else 1)
        proxy.set(CALM)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert ask(bystander) == b"hello\n"


def test_reset(proxy: FaultProxy) -> None:
    with dial(proxy) as client:
        assert ask(client) == b"hello\n"
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_half_close_up_ends_requests_but_not_replies(proxy: FaultProxy, server: EchoServer) -> None:
    with dial(proxy) as client:
        assert ask(client) == b"hello\n"
        proxy.half_close(up=True)
        assert server.ends.wait(PATIENCE)


def test_half_close_after_some_bytes_of_the_reply(proxy: FaultProxy, server: EchoServer) -> None:
    proxy.set(Conditions(down=Way(half_close_after=3)))
    with dial(proxy) as client:
        assert ask(client) == b"hel"
        client.sendall(b"more\n")
        client.shutdown(socket.SHUT_WR)
        assert server.ends.wait(PATIENCE)
        assert server.heard == [b"hello\n", b"more\n"]


def test_corrupt_one_byte_of_the_next_reply(proxy: FaultProxy) -> None:
    with dial(proxy) as client:
        assert ask(client) == b"hello\n"
        proxy.set(Conditions(down=Way(corrupt_at=1)))
        assert ask(client) == bytes([ord("h"), ord("e") ^ 0xFF]) + b"llo\n"


@pytest.mark.parametrize("after", [0, 4])
def test_a_cut_reply_was_executed(proxy: FaultProxy, server: EchoServer, after: int) -> None:
    with dial(proxy) as client:
        assert ask(client) == b"hello\n"
        proxy.set(Conditions(down=Way(cut_after=after)))
        client.sendall(b"again\n")
        assert hear(client, after) == b"again\n"[:after]
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert server.heard == [b"hello\n", b"again\n"]


def test_a_cut_request_was_not(proxy: FaultProxy, server: EchoServer) -> None:
    proxy.set(Conditions(up=Way(cut_after=4)))
    with dial(proxy) as client, pytest.raises(ConnectionResetError):
        ask(client)
    assert server.heard == []


def test_every_third_connection_is_dropped(proxy: FaultProxy) -> None:
    proxy.set(Conditions(drop_every=3))
    fates = []
    for _ in range(6):
        try:
            with dial(proxy) as client:
                fates.append(ask(client) == b"hello\n")
        except ConnectionError:
            fates.append(False)
    assert fates == [True, True, False] * 2


def test_refused_and_accepted_again_at_the_same_address(proxy: FaultProxy) -> None:
    with dial(proxy) as client:
        assert ask(client) == b"hello\n"
        proxy.set(Conditions(refuse=True))
        with pytest.raises(ConnectionRefusedError):
            dial(proxy)
        assert ask(client) == b"hello\n"
        proxy.set(CALM)
        with dial(proxy) as other:
            assert ask(other) == b"hello\n"


def test_a_server_that_is_away(server: EchoServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with FaultProxy(f"127.0.0.1:{port}") as proxy:
        with pytest.raises(ConnectionResetError), dial(proxy) as client:
            client.recv(1)
        assert proxy.counts["unreachable"] == 1


def test_unix_sockets(tmp_path: Path) -> None:
    class UnixEcho(ThreadingUnixStreamServer):
        daemon_threads = True
        heard: ClassVar[list[bytes]] = []
        ends = threading.Event()

    with UnixEcho(str(tmp_path / "s"), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with FaultProxy(str(tmp_path / "s"), listen=str(tmp_path / "p")), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(tmp_path / "p"))
            assert ask(client) == b"hello\n"
        server.shutdown()


def test_whole_requests_are_delivered_again() -> None:
    bodies: list[bytes] = []
    third = threading.Event()

    class Listening(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")
            if len(bodies) == 3:
                third.set()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listening) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with FaultProxy(f"127.0.0.1:{server.server_address[1]}") as proxy:
            proxy.set(Conditions(replay=2, replay_after_seconds=0.05))
            with urllib.request.urlopen(f"http://{proxy.address}/", data=b"z" * 100_000, timeout=PATIENCE) as answer:
                assert answer.read() == b"ok"
            assert third.wait(PATIENCE)
        server.shutdown()
    assert bodies == [b"z" * 100_000] * 3


def test_as_a_process(server: EchoServer) -> None:
    command = [sys.executable, "-m", "faults.proxy", f"127.0.0.1:{server.server_address[1]}"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        host, _, port = process.stdout.readline().strip().rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            assert ask(client) == b"hello\n"
            process.stdin.write('{"down": {"cut_after": 0}}\n')
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"connections": 1}
            client.sendall(b"x\n")
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
