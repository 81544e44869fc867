"""The port to stored objects. Keys are relative paths of ASCII words: `r/{account}/{hour}/{request}/{file}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobStat:
    size: int  # bytes
    modified_at: float  # epoch seconds


class BlobStore(Protocol):
    """Safe to call from any thread. Verbs on a key that breaks the rule above raise ValueError."""

    def put_new(self, key: str, data: bytes) -> None:
        """Store an object; when this returns it survives a power cut. Raises BlobExists, StorageUnavailable."""

    def open(self, key: str) -> BinaryIO:
        """A stream of the object's bytes, to be closed by the caller. Raises BlobMissing."""

    def read(self, key: str) -> bytes:
        """Raises BlobMissing."""

    def stat(self, key: str) -> BlobStat:
        """Raises BlobMissing."""

    def delete(self, key: str) -> None:
        """Remove the object if it is there."""

    def list(self, prefix: str) -> Iterator[str]:
        """Keys below a folder (`r/acct_1`), in order; nothing if there is none."""


def words_of(key: str) -> list[str]:
    """The path's parts. Raises ValueError for anything but plain words between single slashes."""
    words = key.split("/")
    if not all(_WORD.fullmatch(word) for word in words):
        raise ValueError(f"not a blob key: {key!r}")
    return words
