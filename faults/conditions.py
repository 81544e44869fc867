"""What the proxy does to the bytes: values, switched as a whole while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One direction of every connection. Offsets count the bytes that came this way on a connection since these
    conditions were set, so that they can name a byte of the next reply on a connection that is in use."""

    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0  # up to so much more, uniformly; the order of bytes is kept
    bytes_per_second: float | None = None
    drip_seconds: float | None = None  # one byte, then this pause
    stalled: bool = False  # bytes wait until this is over
    black_hole: bool = False  # bytes are lost, the end of the stream too; who lost some is reset when this is over
    corrupt_at: int | None = None  # the byte at this offset has all its bits flipped
    cut_after: int | None = None  # would more bytes than these pass, both ends are reset (0: at the first byte)
    half_close_after: int | None = None  # would more than these pass, this way ends; the other goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    up: Way = field(default_factory=Way)  # client to server
    down: Way = field(default_factory=Way)
    refuse: bool = False  # nobody listens; connections that exist go on
    drop_every: int = 0  # every n-th new connection is reset at once
    replay: int = 0  # every whole HTTP/1.1 request reaches the server so many times more, on connections of their own
    replay_after_seconds: float = 0.0  # after the request itself


CALM = Conditions()
