"""Rows of JSON: syntax, shapes, types and numbers, on the routes that take orders."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.hostile.case import Case, case, post

#: Route -> a body that it takes, without its end, so that fields can be added.
ROUTES = {
    "/v1/imagen-4-fast": '{"prompt":"a kite"',
    "/v2/imagen-4-fast": '{"prompt":"a kite"',
    "/v1/images/generations": '{"prompt":"a kite","model":"imagen-4-fast"',
    "/v1beta/models/imagen-4-fast:predict": '{"instances":[{"prompt":"a kite"}]',
}

SYNTAX: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b"  \r\n\t ",
    "null": b"null",
    "true": b"true",
    "a number": b"7",
    "a string": b'"prompt"',
    "a list": b"[]",
    "a list of objects": b'[{"prompt":"a kite"}]',
    "an open object": b'{"prompt":"a kite"',
    "a comma too many": b'{"prompt":"a kite",}',
    "single quotes": b"{'prompt':'a kite'}",
    "a comment": b'{"prompt":"a kite"/* */}',
    "two objects": b'{"prompt":"a"}{"prompt":"b"}',
    "a name twice": b'{"prompt":"a","prompt":"b"}',
    "a name twice, once escaped": b'{"prompt":"a","\\u0070rompt":"b"}',
    "a byte order mark": b'\xef\xbb\xbf{"prompt":"a"}',
    "UTF-16": '{"prompt":"a"}'.encode("utf-16"),
    "UTF-32": '{"prompt":"a"}'.encode("utf-32"),
    "Latin-1": '{"prompt":"é"}'.encode("latin-1"),
    "overlong UTF-8": b'{"prompt":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"prompt":"\xed\xa0\x80"}',
    "a lone surrogate": b'{"prompt":"\\ud800"}',
    "surrogates the wrong way": b'{"prompt":"\\udc00\\ud800"}',
    "a raw NUL": b'{"prompt":"a\0b"}',
    "a raw line feed": b'{"prompt":"a\nb"}',
    "NaN": b'{"prompt":"a","guidance_scale":NaN}',
    "Infinity": b'{"prompt":"a","guidance_scale":-Infinity}',
    "a number of 5,000 digits": b'{"prompt":"a","seed":' + b"9" * 5000 + b"}",
    "an exponent of 9,999": b'{"prompt":"a","guidance_scale":1e9999}',
    "a leading zero": b'{"prompt":"a","seed":007}',
    "hex": b'{"prompt":"a","seed":0x7}',
    "depth 17": b'{"prompt":"a","x":' + b"[" * 17 + b"]" * 17 + b"}",
    "depth 200,000": b'{"prompt":"a","x":' + b"[" * 200_000,
    "objects 100,000 deep": b'{"x":' * 40_000,
    "101 names": json.dumps({f"n{n}": n for n in range(101)} | {"prompt": "a"}).encode(),
    "20,000 names": json.dumps({f"n{n}": 1 for n in range(20_000)}).encode(),
    "80,000 empty lists": b'{"prompt":"a","x":[' + b",".join([b"[]"] * 80_000) + b"]}",
    "pickle": b"\x80\x04\x95\x1a\x00\x00\x00",
    "YAML": b"prompt: a kite\n",
    "XML": b"<prompt>a kite</prompt>",
    "a form": b"prompt=a+kite",
}

#: Large, but a name that nobody knows is ignored with whatever it holds.
HARMLESS = {"80,000 empty lists"}
TAKEN = (200, 400, 504)

#: Values that no field of ours takes.
WRONG: dict[str, str] = {
    "null list": "[null]",
    "list": "[1,2]",
    "object": '{"a":1}',
    "operator": '{"$gt":0}',
    "text": '"abc"',
    "huge": "1" + "0" * 300,
    "negative": "-99999",
    "fraction": "3.5e-9",
}
FIELDS = ("steps", "seed", "aspect_ratio", "scheduler", "guidance_scale", "negative_prompt", "width", "height")
#: Of the values above, what these fields do take: a text is a negative prompt.
RIGHT = {("negative_prompt", "text")}


def cases() -> Iterator[Case]:
    for route, start in ROUTES.items():
        for name, body in SYNTAX.items():
            yield case(f"{name} to {route}", post(route, body), *(TAKEN if name in HARMLESS else (400, 413)))
        yield case(f"proto names to {route}", post(route, (start + ',"__proto__":{"x":1}}').encode()), *TAKEN)
    for field in FIELDS:
        for name, value in WRONG.items():
            right = (field, name) in RIGHT
            body = f'{{"prompt":"a kite","{field}":{value}}}'.encode()
            yield case(f"{field} a {name}", post("/v2/imagen-4-fast", body), *([200] if right else [400]),
                       says="" if right or name == "huge" else field)  # fmt: skip
    for name, prompt in {
        "number": "7",
        "list": '["a"]',
        "object": '{"text":"a"}',
        "null": "null",
        "bool": "true",
    }.items():
        yield case(f"prompt a {name}", post("/v2/imagen-4-fast", f'{{"prompt":{prompt}}}'.encode()), 400, says="rompt")
