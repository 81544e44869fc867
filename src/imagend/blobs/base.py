"""The port to stored objects. Keys are relative paths of ASCII words: `r/{hour}/{request}/{file}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobStat:
    size: int  # bytes
    modified_at: float  # epoch seconds
    sha256: str = ""  # hex digest noted when the object was stored; "" where the store keeps none


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is going to be stored, known before it is sent."""

    size: int  # bytes
    sha256: str  # hex
    md5: str  # base64, as in the header Content-MD5: object stores check bodies against it
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One PUT of exactly one content to one key, that its bearer may make for a short while."""

    url: str = field(repr=False)  # whoever has it may use it
    headers: dict[str, str]  # signed: to be sent as they are


class PictureSource(Protocol):
    """What answers to clients need: reading."""

    def read(self, key: str) -> bytes:
        """Raises BlobMissing."""

    def pieces(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes start..stop (exclusive, within the object) in pieces of some 256 kB. Raises BlobMissing at once,
        not at the first piece."""

    def stat(self, key: str) -> BlobStat:
        """Raises BlobMissing."""

    def link(self, key: str, since: float, seconds: int) -> str | None:
        """A public URL that opens the object from `since` (epoch seconds) on for so long; the same at every call.
        None: this store answers nobody but us."""


class BlobStore(PictureSource, Protocol):
    """Safe to call from any thread. Verbs on a key that breaks the rule above raise ValueError; all may raise
    StorageUnavailable."""

    def put_new(self, key: str, data: bytes) -> None:
        """Store an object; when this returns it survives a power cut. Raises BlobExists."""

    def delete(self, key: str) -> None:
        """Remove the object if it is there."""

    def list(self, prefix: str) -> Iterator[str]:
        """Keys below a folder (`r/2026112112`), in order; nothing if there is none."""

    def sized(self, prefix: str) -> Iterator[tuple[str, int]]:
        """The same with sizes in bytes."""

    def folders(self, prefix: str) -> Sequence[str]:
        """Names of the folders right below one, in order."""

    def target(self, key: str, content: Content, seconds: int) -> Target | None:
        """Where somebody else may put an object, once, within so many seconds. None: only `put_new` can."""


def words_of(key: str) -> list[str]:
    """The path's parts. Raises ValueError for anything but plain words between single slashes."""
    words = key.split("/")
    if not all(_WORD.fullmatch(word) for word in words):
        raise ValueError(f"not a blob key: {key!r}")
    return words
