"""Rows of text: prompts that are odd but right, ids, keys, links and uploads that are wrong."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterator

from tests.hostile.case import Case, case, post, request

#: Prompts are data: whatever they hold, the order is taken, and nothing else happens.
PROMPTS: dict[str, str] = {
    "one letter": "a",
    "32,000 letters": "a" * 32_000,
    "a long word": "x" * 5000,
    "Chinese": "一只红色的风筝",
    "Arabic": "طائرة ورقية حمراء",
    "Hindi": "लाल पतंग",
    "emoji": "🪁🌊🌅",
    "a family joined": "👨‍👩‍👧‍👦 on a beach",
    "flags": "🇩🇪🇺🇳",
    "a skin tone alone": "🏽",
    "combining marks": "k" + "\u0301" * 500 + "ite",
    "right to left override": "a \u202ekite\u202c",
    "isolates": "\u2066\u2067a kite\u2069",
    "zero width": "a\u200b \u200ckite\ufeff",
    "byte order mark inside": "a \ufeffkite",
    "control characters": "a kite\x01\x02\x1b[31m red\x07",
    "delete": "a \x7fkite",
    "line ends": "a kite\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "line separators": "a\u2028kite\u2029",
    "private use": "\ue000\uf8ff kite",
    "not a character": "a \ufffe\uffff kite",
    "the last plane": "\U0010fffd kite",
    "mathematical letters": "𝓪 𝓴𝓲𝓽𝓮",
    "full width": "ａ ｋｉｔｅ",
    "SQL": "'; DROP TABLE job; --",
    "SQL union": "x' UNION SELECT digest FROM api_key --",
    "SQL like": "100% _kite_ \\",
    "PostgreSQL dollar": "$$; SELECT pg_sleep(10); $$",
    "psycopg placeholders": "%(id)s %s %% :id ?1 {skip_locked}",
    "Python format": "{0.__class__.__mro__} {prompt!r:>1000}",
    "printf": "%n%n%n%s%p%99999999d",
    "shell": "$(reboot) `id` ; rm -rf / | cat",
    "path": "../../../../etc/passwd",
    "file URL": "file:///etc/passwd",
    "metadata address": "http://169.254.169.254/latest/meta-data/",
    "template": "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "JNDI": "${jndi:ldap://127.0.0.1/a}",
    "script": "<script>alert(1)</script>",
    "SVG": '<svg onload="alert(1)"><image href="file:///etc/passwd"/></svg>',
    "XML entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "CSV formula": "=cmd|'/c calc'!A0",
    "ANSI": "\x1b]0;owned\x07 a kite",
    "log forging": 'a kite\n{"action":"grant","credits":1000000}',
    "quotes": "\"'`\u201c\u201d\u2018\u2019",
    "backslashes": "\\" * 1000,
    "JSON in a string": '{"prompt": "another"}',
    "JSON escapes": "\\u0000 \\ud800",
    "many brackets": "(" * 5000 + "a kite" + ")" * 5000,
    "regular expression bomb": "a" * 3000 + "!",
    "many commas": "," * 10_000,
    "many lines": "kite\n" * 6000,
    "many quoted words": '"a" ' * 5000,
    "many negations": "not " * 7000 + "a kite",
    "a key by accident": "SG_0123456789abcdef0123456789abcdef",
}
REFUSED_PROMPTS: dict[str, str] = {"empty": "", "blanks": " \t\n", "only NUL": "\0", "32,001 letters": "a" * 32_001}

IDS: dict[str, str] = {
    "unknown": "00000000-0000-4000-8000-000000000000",
    "upper case": "ABCDEF00-0000-4000-8000-00000000000A",
    "no dashes": "0" * 32,
    "one letter": "x",
    "4 kB": "a" * 4096,
    "dots": "..",
    "dots encoded": "%2e%2e",
    "dots encoded twice": "%252e%252e",
    "a slash encoded": "a%2Fb",
    "a backslash": "a%5C..%5Cb",
    "NUL encoded": "a%00",
    "a line end encoded": "a%0d%0aset-cookie:x=1",
    "broken UTF-8": "%ff%fe",
    "half an escape": "%",
    "a wrong escape": "%zz",
    "a semicolon": "a;b=c",
    "SQL": "'%20OR%20'1'='1",
    "an emoji": "%F0%9F%AA%81",
    "a number": "1",
    "a negative number": "-1",
    "null": "null",
    "an asterisk": "*",
    "a percent sign": "%25",
    "a brace": "%7Bid%7D",
}
ID_ROUTES = ("/v2/requests/{}", "/v2/requests/{}/status", "/v2/requests/{}/events", "/v1/requests/{}")

KEYS: dict[str, bytes] = {
    "unknown": b"SG_0123456789abcdef",
    "one letter": b"x",
    "10 kB": b"SG_" + b"a" * 10_000,
    "600 characters": b"SG_" + b"a" * 600,
    "not ASCII": "SG_schlüssel".encode(),
    "invalid UTF-8": b"SG_\xff\xfe",
    "blanks": b"   ",
    "SQL": b"' OR '1'='1",
    "two with a comma": b"SG_a, SG_b",
    "a percent sign": b"%",
    "a bracket": b"SG_[a-f0-9]*",
}


def cases() -> Iterator[Case]:
    yield from _prompts()
    yield from _ids()
    yield from _keys()
    yield from _links()
    yield from _uploads()


def _prompts() -> Iterator[Case]:
    for name, prompt in PROMPTS.items():
        yield case(f"prompt: {name}", post("/v2/imagen-4-fast", json.dumps({"prompt": prompt}).encode()), 200)
    for name, prompt in REFUSED_PROMPTS.items():
        yield case(
            f"prompt: {name}", post("/v2/imagen-4-fast", json.dumps({"prompt": prompt}).encode()), 400, says="rompt"
        )
    for name in ("SQL", "emoji", "control characters", "right to left override", "script"):
        body = {"prompt": "a kite", "negative_prompt": PROMPTS[name], PROMPTS[name]: PROMPTS[name]}
        yield case(f"names and negative: {name}", post("/v2/imagen-4-fast", json.dumps(body).encode()), 200)


def _ids() -> Iterator[Case]:
    for route in ID_ROUTES:
        for name, text in IDS.items():
            yield case(f"{route}: {name}", request("GET", route.format(text)), 400, 404)
    for name, text in IDS.items():
        yield case(f"DELETE: {name}", request("DELETE", f"/v2/requests/{text}"), 400, 404, 405)
        yield case(f"model: {name}", post(f"/v2/{text}", b'{"prompt":"a kite"}'), 400, 404, 405)


def _keys() -> Iterator[Case]:
    for header in ("x-api-key", "x-goog-api-key", "authorization"):
        for name, key in KEYS.items():
            value = b"Bearer " + key if header == "authorization" else key
            raw = request("GET", "/v1/get-user-credits", headers=[(header, value)], key=False)
            yield case(f"{header}: {name}", raw, 400, 401, 431)
    for scheme in ("Basic dXNlcjpwYXNz", "Bearer", "Digest x", "bearer\tx", "Negotiate " + "A" * 900):
        raw = request("GET", "/v1/get-user-credits", headers=[("authorization", scheme)], key=False)
        yield case(f"authorization {scheme[:12]!r}", raw, 401)
    yield case("no key", request("GET", "/v1/get-user-credits", key=False), 401)
    yield case("a key in the query", request("GET", "/v1/get-user-credits?key={key}&api_key={key}", key=False), 401)


def _links() -> Iterator[Case]:
    for top in ("generations", "assets"):
        for name, rest in {
            "unsigned": "a/b.png",
            "wrong": "a/b.png?expires=9999999999&signature=00", "no name": "", "dots": "../../pepper",
            "dots encoded": "%2e%2e/%2e%2e/imagend.db", "absolute": "/etc/passwd", "a drive": "C:/x.png",
            "NUL": "a%00.png", "long": "a/" * 2000 + "x.png", "expired": "a/b.png?expires=1&signature=00",
            "signature of 4 kB": "a/b.png?expires=9999999999&signature=" + "0" * 4096,
        }.items():  # fmt: skip
            yield case(f"{top}: {name}", request("GET", f"/{top}/{rest}", key=False), 400, 404, 405)


def _png(width: int, height: int, data: bytes = b"") -> bytes:
    """Headers of a PNG, with whatever pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def _uploads() -> Iterator[Case]:
    files = {
        "empty": b"", "text": b"hello", "only magic": b"\x89PNG\r\n\x1a\n", "PNG cut off": _png(8, 8)[:20],
        "a bomb of 65,535 x 65,535": _png(65_535, 65_535, b"\0" * 1_000_000), "0 x 0": _png(0, 0),
        "negative sizes": _png(0xFFFFFFFF, 0xFFFFFFFF), "a JPEG's name on SVG": b"\xff\xd8\xff<svg/>",
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "ZIP": b"PK\x03\x04" + b"\0" * 60,
        "ELF": b"\x7fELF" + b"\0" * 60,
        "PDF": b"%PDF-1.7", "GIF cut off": b"GIF89a", "WebP cut off": b"RIFF\0\0\0\0WEBP",
        "HTML behind GIF": b"GIF89a<script>", "HTML": b"<!doctype html><script>", "TIFF": b"II*\0" + b"\0" * 60,
    }  # fmt: skip
    for name, data in files.items():
        yield case(f"upload: {name}", _upload("data:image/png;base64," + base64.b64encode(data).decode()), 400,
                   says="data_urls")  # fmt: skip
    urls = {
        "not a data URL": "http://169.254.169.254/x.png", "a file": "file:///etc/passwd",
        "no comma": "data:image/png;base64",
        "not base64": "data:image/png;base64,!!!!", "percent": "data:image/png,%89PNG", "no text": "", "half": "data:",
    }  # fmt: skip
    for name, url in urls.items():
        yield case(f"upload: {name}", _upload(url), 400, says="data_urls")
    yield case("upload: no list", post("/upload-asset", b'{"data_urls":"x"}'), 400, says="data_urls")
    yield case("upload: empty list", post("/upload-asset", b'{"data_urls":[]}'), 400, says="data_urls")
    yield case("upload: 1,000 files", post("/upload-asset", json.dumps({"data_urls": ["x"] * 1000}).encode()), 400,
               says="data_urls")  # fmt: skip


def _upload(url: str) -> bytes:
    return post("/upload-asset", json.dumps({"data_urls": [url]}).encode())
