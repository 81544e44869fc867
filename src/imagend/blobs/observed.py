"""A picture store whose calls are timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from imagend.blobs.ballast import is_full
from imagend.blobs.base import BlobStat, BlobStore, Content, Target
from imagend.core.errors import BlobExists, BlobMissing
from imagend.core.watch import Watch

T = TypeVar("T")


class ObservedBlobs:
    """As the store inside it. A key that is taken or missing is an answer, no error of the store."""

    def __init__(self, inside: BlobStore, watch: Watch, on_full: Callable[[], None] = lambda: None) -> None:
        """on_full: called when a call failed because the disk has no room."""
        self._inside = inside
        self._watch = watch
        self._on_full = on_full

    def put_new(self, key: str, data: bytes) -> None:
        self._timed("put", lambda: self._inside.put_new(key, data))

    def read(self, key: str) -> bytes:
        return self._timed("get", lambda: self._inside.read(key))

    def stat(self, key: str) -> BlobStat:
        return self._timed("stat", lambda: self._inside.stat(key))

    def delete(self, key: str) -> None:
        self._timed("delete", lambda: self._inside.delete(key))

    def pieces(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Timed until the object is found; how fast it is read is the reader's matter."""
        return self._timed("get", lambda: self._inside.pieces(key, start, stop))

    def list(self, prefix: str) -> Iterator[str]:
        return self._inside.list(prefix)

    def sized(self, prefix: str) -> Iterator[tuple[str, int]]:
        return self._inside.sized(prefix)

    def folders(self, prefix: str) -> Sequence[str]:
        return self._inside.folders(prefix)

    def target(self, key: str, content: Content, seconds: int) -> Target | None:
        return self._inside.target(key, content, seconds)

    def link(self, key: str, since: float, seconds: int) -> str | None:
        return self._inside.link(key, since, seconds)

    def _timed(self, call: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        try:
            return work()
        except (BlobExists, BlobMissing):
            raise
        except Exception as error:
            self._watch.count("blob_errors_total", call=call)
            if is_full(error):
                self._on_full()
            raise
        finally:
            self._watch.observe("blob_seconds", time.perf_counter() - began, call=call)
