"""What a dialect is: ways to read bodies, to shape answers and to word refusals. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.responses import Response
from starlette.routing import BaseRoute

from imagend.core.card import ModelCard
from imagend.core.errors import ImagendError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How the caller of a synchronous route wants the pictures."""

    binary: bool | None = False  # the bytes of the first picture are the body; None: as the key and the server say
    inline: bool = False  # JSON with the pictures in base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a dialect made of a body."""

    route: str  # part of the idempotency fingerprint, e.g. "segmind/v1"
    raw: Mapping[str, object]  # in the card's vocabulary, not yet checked
    sent: Mapping[str, object]  # the body as it came
    reply: Reply = Reply()
    ignored: tuple[str, ...] = ()  # names the dialect itself could not use
    options: Mapping[str, Any] = field(default_factory=dict)  # kept with the job, e.g. labels, user


class Reader(Protocol):
    """How the bodies of one kind of route are read."""

    @property
    def key_header(self) -> str:
        """Lower-case name of the header that carries the key natively; it wins over the others."""

    def model_of(self, body: Mapping[str, object]) -> str:
        """The slug that a body names; only asked where the path does not. Raises BadRequest, UnknownModel."""

    def parse(self, body: Mapping[str, object], card: ModelCard, headers: Mapping[str, str], *, waiting: bool) -> Asked:
        """Rename keys and reshape lists; the card checks values. Raises BadRequest."""


class Dialect(Protocol):
    """One wire format. Implementations hold no state of requests."""

    def owns(self, path: str) -> bool:
        """Whether errors under this path are worded by this dialect."""

    def routes(self) -> Sequence[BaseRoute]:
        """Routes with their endpoints."""

    def render_error(self, error: ImagendError) -> Response:
        """The refusal in the dialect's envelope, with its HTTP status."""
