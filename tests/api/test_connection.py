"""Bare sockets against the real server: deadlines, sizes, malformed requests. The numbers are shortened ones."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest

from imagend.api.connection import ConnectionLimits
from tests.api.house import Guest, House, open_house

IDLE, HEADER, BODY = 0.9, 0.3, 0.5  # seconds
SLACK = 5.0


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    limits = ConnectionLimits(idle_seconds=IDLE, header_seconds=HEADER, body_seconds=BODY, max_unread_bytes=300_000)
    with open_house(tmp_path_factory.mktemp("strict"), working=True, limits=limits) as opened:
        yield opened


@pytest.fixture(scope="module")
def customer(strict: House) -> Guest:
    return strict.guest()


class Line:
    """One TCP connection."""

    def __init__(self, house: House) -> None:
        self._socket = socket.create_connection(("127.0.0.1", house.port), timeout=IDLE + SLACK)
        self._stream = self._socket.makefile("rb")
        self._began = time.monotonic()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def drip(self, data: bytes, times: int) -> None:
        """Send the bytes again and again, slower than any limit on single bytes, until the server has enough."""
        try:
            for _ in range(times):
                self.send(data)
                if self._readable(0.05):
                    return
        except OSError:
            return

    def pour(self, data: bytes, times: int) -> int:
        """Send the bytes as fast as they go; how many times until the server cut the line."""
        for sent in range(times):
            try:
                self.send(data)
            except OSError:
                return sent
        return times

    def _readable(self, seconds: float) -> bool:
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(1, socket.MSG_PEEK) is not None
        except TimeoutError:
            return False
        finally:
            self._socket.settimeout(IDLE + SLACK)

    def rest(self) -> bytes:
        """All bytes until the server closes the connection."""
        received = b""
        try:
            while piece := self._socket.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
        return received

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """One response: status, headers, body."""
        stream = self._stream
        status = int(stream.readline().split()[1])
        headers = {}
        while line := stream.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name] = value.strip()
        return status, headers, stream.read(int(headers.get("content-length", "0")))

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


def post(secret: str, body: bytes, *extra: str, length: int | None = None, path: str = "/v2/imagen") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: x", f"x-api-key: {secret}", *extra]
    if length is not None or not any("chunked" in line for line in extra):
        lines.append(f"content-length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def refused(received: bytes, status: int) -> str:
    """Check a refusal of the protocol itself; returns its words."""
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), received[:200]
    assert b"content-type: application/json" in head
    assert b"connection: close" in head
    assert b"x-request-id: " in head
    return str(json.loads(body)["error"])


GET = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"


def test_silence_is_ended(strict: House) -> None:
    with Line(strict) as line:
        assert line.rest() == b""
        assert IDLE * 0.9 < line.seconds < IDLE + SLACK


def test_silence_after_an_answer_is_ended(strict: House) -> None:
    with Line(strict) as line:
        line.send(GET)
        assert line.answer()[0] == 200
        assert line.rest() == b""
        assert line.seconds > IDLE * 0.9


@pytest.mark.parametrize("begun", [b"G", b"GET /health HTTP/1.1\r\nhost: x\r\n", b"\r\n"])
def test_headers_that_never_end(strict: House, begun: bytes) -> None:
    with Line(strict) as line:
        line.send(begun)
        refused(line.rest(), 408)
        assert HEADER * 0.9 < line.seconds < IDLE + SLACK


@pytest.mark.parametrize(("begun", "drop"), [(b"GET / HTTP/1.1\r\nx: ", b"y"), (b"", b"\r\n")])
def test_dripping_headers_do_not_prolong_the_deadline(strict: House, begun: bytes, drop: bytes) -> None:
    with Line(strict) as line:
        line.send(begun)
        line.drip(drop, 200)
        refused(line.rest(), 408)
        assert line.seconds < 200 * 0.05


def test_dripping_headers_on_a_used_connection(strict: House) -> None:
    with Line(strict) as line:
        line.send(GET)
        assert line.answer()[0] == 200
        line.drip(b"\r\n", 200)
        refused(line.rest(), 408)


@pytest.mark.parametrize("drop", [b"", b" "])
def test_a_body_that_never_ends(customer: Guest, drop: bytes) -> None:
    before = customer.num_jobs
    with Line(customer.house) as line:
        line.send(post(customer.secret, b'{"prompt":', length=5000))
        if drop:
            line.drip(drop, 200)
        assert "timed out" in refused(line.rest(), 408)
        assert line.seconds < 200 * 0.05
    assert customer.num_jobs == before


def test_a_body_nobody_wants_ends_too(strict: House) -> None:
    with Line(strict) as line:
        line.send(post("SG_0123456789abcdef", b"{", length=5000))
        assert line.answer()[0] == 401
        assert line.rest() == b""  # no second answer


def test_too_many_bytes_nobody_wants_cut_the_line(customer: Guest) -> None:
    with Line(customer.house) as line:
        line.send(post(customer.secret, b"", "transfer-encoding: chunked"))
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        sent = line.pour(chunk, 1000)
    assert sent < 1000


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"".join(b"h%d: v\r\n" % i for i in range(70)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\nbig: " + b"v" * 17_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: x\r\nbig: " + b"v" * 1_000_000, 431),
        (
            b"GET / HTTP/1.1\r\nhost: x\r\n" + b"".join(b"h%d: %s\r\n" % (i, b"v" * 500) for i in range(40)) + b"\r\n",
            431,
        ),
        (b"POST /v2/imagen HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        (b"POST /v2/imagen HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /v2/imagen HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        (b"GET /\0 HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
    ],
    ids=str,
)
def test_malformed_and_oversized_requests(strict: House, request_bytes: bytes, status: int) -> None:
    with Line(strict) as line:
        try:
            line.send(request_bytes)
        except OSError:
            pass  # refused before all was sent
        refused(line.rest(), status)


def test_a_broken_chunk(customer: Guest) -> None:
    with Line(customer.house) as line:
        line.send(post(customer.secret, b"zz\r\nnonsense", "transfer-encoding: chunked"))
        refused(line.rest(), 400)


def test_100_continue_is_only_said_for_a_body_that_is_wanted(customer: Guest) -> None:
    body = b'{"prompt":"a kite"}'
    with Line(customer.house) as line:
        line.send(post(customer.secret, b"", "expect: 100-continue", length=len(body)))
        assert line.answer()[0] == 100
        line.send(body)
        assert line.answer()[0] == 200
    with Line(customer.house) as line:
        line.send(post(customer.secret, b"", "expect: 100-continue", length=10**9))
        assert line.answer()[0] == 413


def test_a_blank_key_is_a_rejected_one(strict: House) -> None:
    with Line(strict) as line:
        line.send(b"GET /v1/get-user-credits HTTP/1.1\r\nhost: x\r\nx-api-key:    \r\n\r\n")
        status, _, body = line.answer()
    assert status == 401
    assert json.loads(body)["error"].startswith("Unauthorized.")


def test_two_hosts_are_refused_and_http_1_0_needs_none(customer: Guest) -> None:
    with Line(customer.house) as line:
        line.send(b"GET /health HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n")
        assert line.answer()[0] == 400
    with Line(customer.house) as line:
        body = b'{"prompt":"a kite"}'
        line.send(post(customer.secret, body).replace(b"HTTP/1.1\r\nhost: x", b"HTTP/1.0"))
        status, _, answer = line.answer()
    assert status == 200
    assert json.loads(answer)["status_url"].startswith(f"http://127.0.0.1:{customer.house.port}/v2/")


@pytest.mark.parametrize("target", [b"OPTIONS *", b"GET http://x/health", b"GET /health?a=%zz", b"GET /%ff%00"])
def test_odd_targets_get_an_answer(strict: House, target: bytes) -> None:
    with Line(strict) as line:
        line.send(target + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        assert line.answer()[0] in (200, 204, 400, 404)


def test_an_upgrade_that_we_do_not_speak_is_ignored(strict: House) -> None:
    upgrade = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n"
    with Line(strict) as line:
        line.send(GET[:-2] + upgrade)
        assert line.answer()[0] == 200


@pytest.mark.parametrize("cuts", [1, 7, 1000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_arrives_behind_an_upgrade_that_we_do_not_speak(customer: Guest, cuts: int, chunked: bool) -> None:
    """Java's client offers HTTP/2 with every request."""
    offer = b"\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n"
    body = b'{"prompt":"a kite"}'
    request = post(customer.secret, body)
    if chunked:
        length = b"content-length: %d" % len(body)
        assert length in request
        request = request.replace(length, b"transfer-encoding: chunked")
        request = request.replace(body, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    request = request.replace(b"\r\n", offer, 1) * 2 + GET
    with Line(customer.house) as line:
        size = -(-len(request) // cuts)
        for start in range(0, len(request), size):
            line.send(request[start : start + size])
        answers = [line.answer() for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 200]
    assert b'"QUEUED"' in answers[0][2]
    assert b'"QUEUED"' in answers[1][2]
    assert b'"ok"' in answers[2][2]


def test_pipelined_requests_are_answered_in_turn(customer: Guest) -> None:
    """However long the first one takes: the deadlines are for what clients send, not for what we do."""
    hold = post(customer.secret, b'{"prompt":"hold it"}', path="/v1/imagen-4-fast")
    with Line(customer.house) as line:
        line.send(hold + post(customer.secret, b'{"prompt":"a kite"}') + GET)
        job = customer.house.painter.held.get(timeout=10)
        time.sleep(IDLE * 1.2)  # the passing of time is what is tested
        customer.house.painter.finish(job, even_held=True)
        assert b'"COMPLETED"' in line.answer()[2]
        assert b'"QUEUED"' in line.answer()[2]
        assert b'"ok"' in line.answer()[2]


def test_one_connection_serves_many_requests(customer: Guest) -> None:
    with Line(customer.house) as line:
        for _ in range(20):
            line.send(post(customer.secret, b'{"prompt":"a kite"}'))
            assert line.answer()[0] == 200
