"""Where a request's time goes, told to whoever draws it: the port between the rooms and OpenTelemetry.

The only currency is W3C's traceparent (https://www.w3.org/TR/trace-context/): a caller may send one, it is kept with
the job, and all spans of the job hang on it. Ids of later spans are derived from earlier ones, so nobody has to
remember them. Workers tell what took how long with their last word (core/wire.py); the gateway draws it. So hosts with
GPUs need neither the library nor a way to the collector, and their clocks do not matter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

PLACE = "imagend.trace"  # of a request, in its ASGI scope
_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One span's place in a trace."""

    trace_id: str  # 32 hexadecimal digits
    span_id: str  # 16
    sampled: bool = True  # False: the caller does not want it drawn

    def child(self, name: str) -> Place:
        """The span of this name below; the same name gives the same span."""
        digest = hashlib.sha256(f"{self.trace_id}/{self.span_id}/{name}".encode()).hexdigest()
        return Place(trace_id=self.trace_id, span_id=digest[:16], sampled=self.sampled)

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def place_of(traceparent: object) -> Place | None:
    """None for what is no traceparent of version 00."""
    found = _FORM.fullmatch(traceparent) if isinstance(traceparent, str) else None
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    return Place(trace_id=found[1], span_id=found[2], sampled=bool(int(found[3], 16) & 1))


def new_place(randbits: Callable[[int], int]) -> Place:
    return Place(trace_id=f"{randbits(128) or 1:032x}", span_id=f"{randbits(64) or 1:016x}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that took a while. Moments are epoch seconds; attributes never hold prompts or keys."""

    name: str
    place: Place
    parent: Place | None
    began_at: float
    ended_at: float
    attributes: Mapping[str, str | int | float] = field(default_factory=dict)
    server: bool = False  # it answers a request from outside
    failed: bool = False


class Tracer(Protocol):
    @property
    def on(self) -> bool:
        """Whether anybody draws."""

    def draw(self, span: Span) -> None:
        """Hand a finished span over; never blocks and never raises."""


class Undrawn:
    """Nobody draws."""

    on = False

    def draw(self, span: Span) -> None:
        pass


UNTRACED: Tracer = Undrawn()
