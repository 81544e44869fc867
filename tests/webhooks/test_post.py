"""One POST to a vetted address: what receivers can do to it, and what they cannot."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address

import pytest

from imagend.core.addresses import Address
from imagend.core.targets import Vetted, read_target
from imagend.webhooks.post import MAX_ANSWER_BYTES, Answer, Patience, Poster, Undelivered, dial
from tests.webhooks.certificates import Authority
from tests.webhooks.receiver import OK, listening, status

LOCAL = ip_address("127.0.0.1")
BODY = b'{"a":1}'
HEADERS = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def post(
    url: str, *addresses: Address, tls: ssl.SSLContext | None = None, seconds: float = 10.0, connect: float = 3.0
) -> Answer:
    poster = Poster(Patience(connect=connect, total=seconds), time.monotonic, tls=tls)
    vetted = Vetted(target=read_target(url), addresses=addresses or (LOCAL,))
    return poster.post(vetted, HEADERS, BODY, time.monotonic() + seconds)


def error(url: str, *addresses: Address, tls: ssl.SSLContext | None = None, seconds: float = 10.0) -> str:
    with pytest.raises(Undelivered) as failed:
        post(url, *addresses, tls=tls, seconds=seconds)
    return failed.value.error


def test_what_arrives() -> None:
    with listening() as receiver:
        assert post(f"http://receiver.example:{receiver.port}/hook?token=1") == Answer(status=200, retry_after=None)
        got = receiver.next()
    assert got.line == "POST /hook?token=1 HTTP/1.1"
    assert got.headers["host"] == f"receiver.example:{receiver.port}"
    assert (got.body, got.headers["connection"]) == (BODY, "close")


@pytest.mark.parametrize(
    ("answer", "status_code", "retry_after"),
    [
        (status(204), 204, None),
        (status(503, retry_after="7"), 503, "7"),
        (b"HTTP/1.1 103 Early Hints\r\nretry-after: 9\r\n\r\n" + OK, 200, "9"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n", 500, None),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, None),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, None),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\ncut off", 200, None),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno chunk", 200, None),
    ],
)
def test_answers(answer: bytes, status_code: int, retry_after: str | None) -> None:
    with listening(answer) as receiver:
        assert post(receiver.url) == Answer(status=status_code, retry_after=retry_after)


def test_redirects_are_not_followed() -> None:
    with listening() as elsewhere, listening(status(302, location=elsewhere.url)) as receiver:
        assert post(receiver.url).status == 302
        assert (len(receiver.seen), len(elsewhere.seen)) == (1, 0)


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as proxy, listening() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        post(f"http://receiver.example:{receiver.port}/")
        assert (len(receiver.seen), len(proxy.seen)) == (1, 0)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drip(connection: socket.socket) -> None:
    for byte in OK * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def silence(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (silence, "timeout"),
        (drip, "timeout"),
        (reset, "closed"),
        (lambda connection: connection.close(), "closed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nx: y", "protocol"),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 2 * MAX_ANSWER_BYTES, "protocol"),
    ],
)
def test_receivers_that_misbehave(answer: bytes | Callable[[socket.socket], None], expected: str) -> None:
    began = time.monotonic()
    with listening(answer) as receiver:
        assert error(receiver.url, seconds=0.5) == expected
        assert time.monotonic() - began < 3


def test_a_huge_answer_is_cut() -> None:
    sent = []

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n")
        for _ in range(10_000):
            connection.sendall(b"x" * 1000)
            sent.append(1000)

    with listening(pour) as receiver:
        assert post(receiver.url).status == 200
    assert sum(sent) < 10_000_000, "all of it was taken"


def test_a_slow_rest_of_an_answer_costs_a_second_at_most() -> None:
    def hold(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n")
        connection.recv(1)

    began = time.monotonic()
    with listening(hold) as receiver:
        assert post(receiver.url).status == 200
    assert time.monotonic() - began < 3


def test_connections_that_nobody_takes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert error(f"http://127.0.0.1:{port}/") == "connect"
    with listening() as receiver:  # the next address is tried
        assert post(f"http://r.example:{receiver.port}/", ip_address("127.0.0.99"), LOCAL).status == 200


def test_all_addresses_share_the_time_to_connect() -> None:
    asked: list[float] = []

    def slow(address: Address, port: int, seconds: float) -> socket.socket:
        asked.append(seconds)
        time.sleep(min(seconds, 0.2))
        raise TimeoutError

    poster = Poster(Patience(connect=0.3), time.monotonic, dial=slow)
    vetted = Vetted(target=read_target("http://r.example/"), addresses=(LOCAL,) * 3)
    with pytest.raises(Undelivered, match="connect"):
        poster.post(vetted, HEADERS, BODY, time.monotonic() + 10)
    assert asked[0] > asked[1] > asked[2]
    assert asked[2] <= 0.01


def test_who_answers_must_be_who_was_dialled() -> None:
    """As if something between gate and socket had led the connection elsewhere."""
    with listening() as receiver:

        def elsewhere(address: Address, port: int, seconds: float) -> socket.socket:
            return dial(LOCAL, receiver.port, seconds)

        poster = Poster(Patience(), time.monotonic, dial=elsewhere)
        vetted = Vetted(target=read_target("http://r.example/"), addresses=(ip_address("93.184.216.34"),))
        with pytest.raises(Undelivered, match="address"):
            poster.post(vetted, HEADERS, BODY, time.monotonic() + 10)
        assert receiver.seen == []


def test_tls_proves_the_name_and_not_the_address(authority: Authority) -> None:
    names: list[str | None] = []
    server = authority.server("receiver.example")
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    with listening(tls=server) as receiver:
        assert post(f"https://receiver.example:{receiver.port}/", tls=authority.client()).status == 200
        assert error(f"https://other.example:{receiver.port}/", tls=authority.client()) == "tls"
        assert error(f"https://127.0.0.1:{receiver.port}/", tls=authority.client()) == "tls"
        assert error(f"https://receiver.example:{receiver.port}/") == "tls"  # the system knows no such authority
    assert names == ["receiver.example", "other.example", None, "receiver.example"]
    assert receiver.seen[0].headers["host"] == f"receiver.example:{receiver.port}"


def test_tls_to_an_address(authority: Authority) -> None:
    with listening(tls=authority.server("127.0.0.1")) as receiver:
        assert post(receiver.url, tls=authority.client()).status == 200


def test_a_handshake_has_the_same_deadline(authority: Authority) -> None:
    """A server that takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert error(f"https://127.0.0.1:{port}/", tls=authority.client(), seconds=0.3) == "timeout"


def test_plain_http_where_tls_is_expected(authority: Authority) -> None:
    def speak(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1)
            connection.sendall(OK)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=speak, args=(server,))
        thread.start()
        assert error(f"https://127.0.0.1:{server.getsockname()[1]}/", tls=authority.client()) in ("tls", "closed")
        thread.join()
