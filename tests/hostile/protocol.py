"""Rows below HTTP's meaning: framing, sizes, methods, targets, headers."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from tests.hostile.case import CLOSED, KEY, Case, case, post, request

GOOD = b'{"prompt":"a kite"}'
AUTH = b"x-api-key: " + KEY + b"\r\n"
HEAD = b"POST /v2/imagen-4-fast HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n" + AUTH


def cases() -> Iterator[Case]:
    yield from _framing()
    yield from _chunks()
    yield from _lines()
    yield from _sizes()
    yield from _methods()
    yield from _encodings()
    yield from _aborted()


def _framing() -> Iterator[Case]:
    """How long a body is: the ways in which two servers could disagree."""
    lengths = {
        "two equal lengths": b"content-length: 19\r\ncontent-length: 19\r\n",
        "two different lengths": b"content-length: 19\r\ncontent-length: 5\r\n",
        "a list of lengths": b"content-length: 19, 19\r\n",
        "a negative length": b"content-length: -19\r\n",
        "a signed length": b"content-length: +19\r\n",
        "a length in hex": b"content-length: 0x13\r\n",
        "a length with a point": b"content-length: 19.0\r\n",
        "a length in words": b"content-length: nineteen\r\n",
        "an empty length": b"content-length: \r\n",
        "a length of twenty digits": b"content-length: 99999999999999999999\r\n",
        "a length in Arabic digits": "content-length: ١٩\r\n".encode(),
        "length and chunks": b"content-length: 19\r\ntransfer-encoding: chunked\r\n",
        "chunks and length": b"transfer-encoding: chunked\r\ncontent-length: 19\r\n",
        "chunks hidden by a space": b"transfer-encoding : chunked\r\ncontent-length: 19\r\n",
        "chunks not last": b"transfer-encoding: chunked, identity\r\ncontent-length: 19\r\n",
        "an unknown transfer encoding": b"transfer-encoding: xchunked\r\ncontent-length: 19\r\n",
        "a transfer encoding with a tab": b"transfer-encoding:\tchunked\r\ncontent-length: 19\r\n",
        "a transfer encoding with a vertical tab": b"transfer-encoding: \x0bchunked\r\ncontent-length: 19\r\n",
    }
    for name, header in lengths.items():
        # Equal lengths may be taken as one (RFC 9110, 8.6); all else must be refused.
        yield case(name, HEAD + header + b"\r\n" + GOOD, 400, *([200] if name == "two equal lengths" else []))
    yield case("no length at all", HEAD + b"\r\n" + GOOD, 400)
    yield case("a GET with a body", request("GET", "/health", b"x" * 100), 200, 400)
    yield case("a body behind a GET that is a request", request("GET", "/health", b"GET /admin/keys HTTP/1.1\r\n\r\n"),
               200, 400)  # fmt: skip


def _chunks() -> Iterator[Case]:
    head = HEAD + b"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    bad = {
        "chunk size in words": b"zz\r\nx\r\n0\r\n\r\n",
        "a negative chunk": b"-1\r\nx\r\n0\r\n\r\n",
        "a chunk size of 17 digits": b"11111111111111111\r\nx\r\n0\r\n\r\n",
        "a chunk longer than it says": b"2\r\nxyz\r\n0\r\n\r\n",
        "a chunk without its end": b"1\r\nxx0\r\n\r\n",
        "a chunk size with a sign": b"+13\r\n" + GOOD + b"\r\n0\r\n\r\n",
        "a chunk size in 0x": b"0x13\r\n" + GOOD + b"\r\n0\r\n\r\n",
        "an empty chunk size": b"\r\n" + GOOD + b"\r\n0\r\n\r\n",
    }
    for name, body in bad.items():
        yield case(name, head + body, 400)
    one_by_one = b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD)
    yield case("one byte per chunk", head + one_by_one + b"0\r\n\r\n", 200)
    yield case("a chunk extension", head + b"13;a=b\r\n" + GOOD + b"\r\n0\r\n\r\n", 200, 400)
    yield case("a huge chunk extension", head + b"13;a=" + b"b" * 100_000 + b"\r\n" + GOOD + b"\r\n0\r\n\r\n", 200, 400)
    yield case("a trailer", head + b"13\r\n" + GOOD + b"\r\n0\r\nx-api-key: other\r\n\r\n", 200, 400)
    yield case("many chunks of blanks", head + b"1000\r\n" + b" " * 4096 + b"\r\n" + b"400\r\n" + b" " * 1024 + b"\r\n"
               + b"0\r\n\r\n", 400)  # fmt: skip
    yield case("a chunked bomb", head + b"10000\r\n" + b" " * 65536 + b"\r\n" * 1 + (b"10000\r\n" + b" " * 65536
               + b"\r\n") * 8 + b"0\r\n\r\n", 413)  # fmt: skip


def _lines() -> Iterator[Case]:
    lines = {
        "HTTP/0.9": b"GET /health\r\n\r\n",
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/3": b"GET /health HTTP/3.0\r\nhost: x\r\n\r\n",
        "HTTP/1.10": b"GET /health HTTP/1.10\r\nhost: x\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 32,
        "SSH": b"SSH-2.0-OpenSSH_9.0\r\n\r\n",
        "SMTP": b"EHLO example.com\r\n\r\n",
        "Redis": b"*1\r\n$4\r\nPING\r\n\r\n",
        "a lower-case method": b"get /health HTTP/1.1\r\nhost: x\r\n\r\n",
        "no target": b"GET  HTTP/1.1\r\nhost: x\r\n\r\n",
        "a tab in the request line": b"GET\t/health\tHTTP/1.1\r\nhost: x\r\n\r\n",
        "NUL in the target": b"GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n",
        "NUL in a header": b"GET /health HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n",
        "a folded header": b"GET /health HTTP/1.1\r\nhost: x\r\nx: a\r\n b\r\nconnection: close\r\n\r\n",
        "a header without a colon": b"GET /health HTTP/1.1\r\nhost: x\r\nnonsense\r\n\r\n",
        "a header without a name": b"GET /health HTTP/1.1\r\nhost: x\r\n: x\r\n\r\n",
        "a name with a space": b"GET /health HTTP/1.1\r\nhost: x\r\nx y: z\r\n\r\n",
        "bare line feeds": b"GET /health HTTP/1.1\nhost: x\nconnection: close\n\n",
        "bare carriage returns": b"GET /health HTTP/1.1\rhost: x\r\r\n\r\n",
        "only noise": bytes(range(128, 256)) + b"\r\n\r\n",
        "only NULs": b"\0" * 64 + b"\r\n\r\n",
        "two hosts": b"GET /health HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
        "a host with a path": b"GET /health HTTP/1.1\r\nhost: a/b\r\nconnection: close\r\n\r\n",
        "a host with credentials": b"GET /health HTTP/1.1\r\nhost: a@b\r\nconnection: close\r\n\r\n",
        "a host of markup": b"GET /health HTTP/1.1\r\nhost: <script>\r\nconnection: close\r\n\r\n",
    }
    lenient = {"a folded header", "bare line feeds", "HTTP/1.10", "a lower-case method"}
    for name, raw in lines.items():
        yield case(name, raw, 400, 405, CLOSED, *([200] if name in lenient else []))
    yield case("no host in HTTP/1.1", b"GET /health HTTP/1.1\r\nconnection: close\r\n\r\n", 200, 400)
    yield case("HTTP/1.0", b"GET /health HTTP/1.0\r\n\r\n", 200)
    yield case("the asterisk", b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 200, 204, 400, 404)
    yield case(
        "an absolute target", b"GET http://x/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 200, 400, 404
    )
    yield case("CONNECT", b"CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 400, 404, 405)
    pipelined = request("GET", "/health").replace(b"connection: close\r\n", b"") * 3 + request("GET", "/health")
    yield case("four requests at once", pipelined, 200)


def _sizes() -> Iterator[Case]:
    yield case("a target of 9 kB", request("GET", "/" + "a" * 9000), 414)
    yield case("a query of 9 kB", request("GET", "/v1/models?" + "a" * 9000), 414)
    yield case("a header of 17 kB", request("GET", "/health", headers=[("x", "v" * 17_000)]), 431)
    yield case("a header of 1 MB", request("GET", "/health", headers=[("x", "v" * 1_000_000)]), 431)
    yield case("65 headers", request("GET", "/health", headers=[(f"x-{n}", "v") for n in range(65)]), 431)
    yield case("2,000 headers", request("GET", "/health", headers=[(f"x-{n}", "v") for n in range(2000)]), 431)
    yield case("a header's name of 17 kB", request("GET", "/health", headers=[("x" * 17_000, "v")]), 431)
    yield case("a body of 300 kB", post("/v2/imagen-4-fast", b'{"prompt":"' + b"a" * 300_000 + b'"}'), 413)
    announced = HEAD + b"content-type: application/json\r\ncontent-length: 104857600\r\n\r\n{"
    yield case("100 MB announced", announced, 413)
    yield case("100 MB announced to v1", announced.replace(b"/v2/", b"/v1/"), 413)
    expects = HEAD + b"expect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 104857600\r\n\r\n"
    yield case("100 MB announced with expect", expects, 413)
    yield case("an unknown expectation", HEAD + b"expect: the-moon\r\ncontent-length: 19\r\n\r\n" + GOOD, 200, 400, 417)


def _methods() -> Iterator[Case]:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "LINK", "PROPFIND", "BREW", "A" * 100):
        statuses = (404, 405, 400, 401, 501)
        yield case(
            f"{method[:8]} on a model", request(method, "/v2/imagen-4-fast", b""), *(s for s in statuses if s < 500)
        )
    for target in ("/v2/requests/x", "/v1/models", "/generations/x.png", "/admin/keys"):
        yield case(f"TRACE {target}", request("TRACE", target), 400, 404, 405)
    override = [("x-http-method-override", "POST")]
    yield case("a smuggled method override", request("GET", "/v2/imagen-4-fast", headers=override), 404, 405)


def _encodings() -> Iterator[Case]:
    def encoded(name: str, body: bytes) -> bytes:
        headers = [("content-type", "application/json"), ("content-encoding", name)]
        return request("POST", "/v2/imagen-4-fast", body, headers)

    bomb = gzip.compress(b'{"prompt":"' + b"a" * 50_000_000 + b'"}', 9)
    yield case("a gzip bomb", encoded("gzip", bomb), 400, 406, 413, 415)
    yield case("gzip", encoded("gzip", gzip.compress(GOOD)), 400, 406, 415)
    yield case("deflate", encoded("deflate", zlib.compress(GOOD)), 400, 406, 415)
    yield case("an unknown encoding", encoded("x-unknown", b"\x93\0\1" * 10), 400, 406, 415)
    for kind in ("application/xml", "text/html", "application/x-www-form-urlencoded", "image/png", "*/*", "x", "/"):
        yield case(f"content type {kind}", post("/v2/imagen-4-fast", GOOD, kind), 406)
    odd = {"application/json; charset=utf-16": (200, 400), "application/json;;;": (200,), "APPLICATION/JSON": (200,),
           "application/json, text/plain": (406,), "multipart/form-data": (400,),
           "multipart/form-data; boundary=" + "b" * 3000: (400,),
           'multipart/form-data; boundary="\\"': (400,)}  # fmt: skip
    for kind, statuses in odd.items():
        yield case(f"content type {kind[:40]}", post("/v2/imagen-4-fast", GOOD, kind), *statuses)
    parts = (
        b"".join(b'--b\r\ncontent-disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n for n in range(21))
        + b"--b--\r\n"
    )
    yield case("21 parts", post("/v2/imagen-4-fast", parts, "multipart/form-data; boundary=b"), 400)
    nested = b'--b\r\ncontent-disposition: form-data; name="prompt"; filename="../../x"\r\n\r\n1\r\n--b--\r\n'
    yield case("a part that is a file", post("/v2/imagen-4-fast", nested, "multipart/form-data; boundary=b"), 400)
    headers = b"--b\r\n" + b"x: y\r\n" * 5000 + b"\r\n1\r\n--b--\r\n"
    yield case("a part of 5,000 headers", post("/v2/imagen-4-fast", headers, "multipart/form-data; boundary=b"), 400)


def _aborted() -> Iterator[Case]:
    announced = HEAD + b"content-type: application/json\r\ncontent-length: 5000\r\n\r\n"
    for name, sent in {
        "in the headers": HEAD,
        "before the body": announced,
        "in the body": announced + b'{"prompt":',
    }.items():
        yield case(f"hung up {name}", sent, CLOSED, 400, 408, hang_up=True)
    yield case(
        "hung up in a chunk", HEAD + b"transfer-encoding: chunked\r\n\r\n13\r\n{", CLOSED, 400, 408, hang_up=True
    )
    yield case("hung up after one byte", b"G", CLOSED, 400, 408, hang_up=True)
    yield case("hung up at once", b"", CLOSED, hang_up=True)
