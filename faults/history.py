"""What clients saw, written down as it happens: one short line per event, moments in monotonic seconds of one machine.

A call is written before it is sent and again when it ended, so a crash of the harness itself leaves no gap that could
hide a loss. The checker (checker.py) judges from this file and from what lies at rest (rest.py), from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec


class Submit(msgspec.Struct, frozen=True, array_like=True, tag="submit"):
    """A POST is about to be sent. `way` is v1 or v2; `key` the idempotency key, "" without one."""

    at: float
    call: int
    tenant: int
    mark: str
    way: str
    key: str = ""
    hook: bool = False


class Answer(msgspec.Struct, frozen=True, array_like=True, tag="answer"):
    """A POST was answered. `request_id` is "" where the answer named none."""

    at: float
    call: int
    status: int
    request_id: str = ""
    state: str = ""


class NoAnswer(msgspec.Struct, frozen=True, array_like=True, tag="none"):
    """A POST ended without an answer. `sent`: bytes may have reached the server, so it may have been obeyed."""

    at: float
    call: int
    sent: bool


class Seen(msgspec.Struct, frozen=True, array_like=True, tag="seen"):
    """A GET or DELETE of a request was answered; `asked_at` is when it was sent."""

    at: float
    asked_at: float
    tenant: int
    request_id: str
    status: int
    state: str


class Picture(msgspec.Struct, frozen=True, array_like=True, tag="picture"):
    """Bytes of a result: their SHA-256 and the digest that the pixels show."""

    at: float
    tenant: int
    request_id: str
    sha256: str
    shown: str


class Foreign(msgspec.Struct, frozen=True, array_like=True, tag="foreign"):
    """A tenant asked for a request of another one."""

    at: float
    tenant: int
    request_id: str
    status: int


class Hook(msgspec.Struct, frozen=True, array_like=True, tag="hook"):
    """A webhook arrived. `digest` is that of its body."""

    at: float
    tenant: int
    message_id: str
    request_id: str
    kind: str
    digest: str


class Fault(msgspec.Struct, frozen=True, array_like=True, tag="fault"):
    """`at`: it began; `until`: its harm was over as far as the nemesis knows (a killed process: at once)."""

    at: float
    until: float
    name: str
    about: str = ""


Event = Submit | Answer | NoAnswer | Seen | Picture | Foreign | Hook | Fault


class Recorder:
    """Appends events to a file; the bytes are with the operating system after every one."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("ab", buffering=0)
        self._encoder = msgspec.json.Encoder()

    def note(self, event: Event) -> None:
        self._file.write(self._encoder.encode(event) + b"\n")

    def close(self) -> None:
        self._file.close()


def read_history(path: Path) -> Iterator[Event]:
    decoder = msgspec.json.Decoder(Event)
    with path.open("rb") as file:
        for line in file:
            yield decoder.decode(line)
