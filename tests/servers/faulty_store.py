"""A proxy before an object store that answers like a store in trouble; switched while it runs.

It understands HTTP, which a proxy of bytes does not: it can say 503 in the store's own words, lie about an ETag, carry
a request out and lose the answer. The Host header passes as it came, so signatures stay good.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FAULTS = ("busy", "forbidden", "stall", "reset", "lost", "wrong etag", "torn", "drip", "swallowed")
_SAYS = {"busy": (503, "SlowDown"), "forbidden": (403, "AccessDenied"), "swallowed": (200, "Stored")}
_XML = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>by the test</Message></Error>'


class FaultyStore(ThreadingHTTPServer):
    """`fault`: one of FAULTS or "", for the methods in `methods`. `seen` counts the requests that met the fault."""

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.behind = urlsplit(endpoint).netloc
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        self.fault = ""
        self.methods = {"PUT"}
        self.left = -1  # requests that meet the fault before it is over; -1: all
        self.seen: Counter[str] = Counter()
        self.over = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are what this is for."""

    def fault_of(self, method: str) -> str:
        if method not in self.methods or not self.fault or self.left == 0:
            return ""
        self.left -= 1
        self.seen[self.fault] += 1
        return self.fault


class _Passage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyStore

    def _pass(self) -> None:
        fault = self.server.fault_of(self.command)
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length // 2 if fault == "reset" else length)
        if fault == "stall":
            self.server.over.wait(60)
        if fault in ("reset", "stall"):
            self._cut()
        elif fault in _SAYS:
            status, code = _SAYS[fault]
            self._answer(status, [], _XML.format(code=code).encode())
        else:
            self._carry(bytes([body[0] ^ 1]) + body[1:] if fault == "torn" else body, fault)

    def _carry(self, body: bytes, fault: str) -> None:
        status, headers, answer = self._forward(body)
        if fault == "lost":
            self._cut()
            return
        if fault == "wrong etag":
            headers = [(name, '"0123456789abcdef0123456789abcdef"' if name.lower() == "etag" else text)
                       for name, text in headers]  # fmt: skip
        self._answer(status, headers, answer, pause=0.02 if fault == "drip" else 0.0)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _pass

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        behind = http.client.HTTPConnection(self.server.behind, timeout=60)
        try:
            behind.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, text in self.headers.items():
                behind.putheader(name, text)
            behind.endheaders(body)
            answer = behind.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            behind.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, pause: float = 0.0) -> None:
        self.send_response_only(status)
        for name, text in headers:
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, text)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        step = 1 + len(body) // 50 if pause else max(1, len(body))
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.server.over.wait(pause)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def faulty_store(endpoint: str) -> Iterator[FaultyStore]:
    server = FaultyStore(endpoint)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="faulty-store", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
