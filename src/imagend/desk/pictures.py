"""Reading stored pictures and uploads by key, wherever they lie: small pictures in the database, the rest as blobs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from imagend.blobs.base import BlobStat, BlobStore
from imagend.core.errors import BlobMissing
from imagend.desk.results import ROWS
from imagend.store.base import Store

T = TypeVar("T")
GONE = "The file of this picture is gone: it was deleted from storage before its time"


class Pictures:
    """Safe from any thread. Verbs as in blobs/base.py; errors are for callers and do not tell keys."""

    def __init__(self, store: Store, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs

    def read(self, key: str) -> bytes:
        return self._row(key) if _in_row(key) else self._there(lambda: self._blobs.read(key))

    def pieces(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        if _in_row(key):
            return iter([self._row(key)[start:stop]])
        return self._there(lambda: self._blobs.pieces(key, start, stop))

    def stat(self, key: str) -> BlobStat:
        if not _in_row(key):
            return self._there(lambda: self._blobs.stat(key))
        data = self._row(key)
        return BlobStat(size=len(data), modified_at=0.0, sha256=hashlib.sha256(data).hexdigest())

    def link(self, key: str, since: float, seconds: int) -> str | None:
        return None if _in_row(key) else self._blobs.link(key, since, seconds)

    def _row(self, key: str) -> bytes:
        data = self._store.read(lambda reads: reads.inline_file(key))
        if data is None:
            raise BlobMissing(GONE)
        return data

    @staticmethod
    def _there(verb: Callable[[], T]) -> T:
        try:
            return verb()
        except BlobMissing as error:
            raise BlobMissing(GONE) from error


def _in_row(key: str) -> bool:
    return key.startswith(f"{ROWS}/")
