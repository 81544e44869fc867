"""Files that callers upload: kept for as long as pictures are, then swept."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from imagend.blobs.base import BlobStore
from imagend.core.errors import BadParameter
from imagend.desk.results import hour_of
from imagend.desk.uploads import extension_of

MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"}
LEAST_BYTES = 16_384  # a smaller file counts as one of this size: a disk has only so many of them
MAX_PIXELS = 64_000_000  # of one file, as its header says
RECOUNT_SECONDS = 600.0  # so much later the room of swept files is free again


class AssetsFull(BadParameter):
    """The account's uploads take all the room they may."""

    code = "body_too_large"


@dataclass(slots=True)
class _Room:
    """What one account has used of its room, so that not every upload has to look at all earlier ones."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    used_bytes: int = 0
    counted_at: float = float("-inf")


class Assets:
    """Safe from any thread."""

    def __init__(
        self,
        blobs: BlobStore,
        clock: Callable[[], float],
        randbits: Callable[[int], int],
        max_bytes_per_account: int,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self._blobs = blobs
        self._clock = clock
        self._randbits = randbits
        self._most = max_bytes_per_account
        self._max_pixels = max_pixels
        self._lock = threading.Lock()
        self._rooms: dict[str, _Room] = {}  # by account

    def store(self, account_id: str, files: Sequence[bytes]) -> list[str]:
        """Keep pictures; their blob keys in the same order. Nothing is kept if one of them is no picture (BadParameter)
        or they are too many bytes (AssetsFull)."""
        extensions = [extension_of(data, f"data_urls[{number}]", self._max_pixels) for number, data in enumerate(files)]
        self._take_room(account_id, sum(max(LEAST_BYTES, len(data)) for data in files))
        folder = f"{_folder_of(account_id)}/{hour_of(self._clock())}"
        keys = [f"{folder}/{self._randbits(128):032x}.{extension}" for extension in extensions]
        for key, data in zip(keys, files, strict=True):
            self._blobs.put_new(key, data)
        return keys

    def _take_room(self, account_id: str, size: int) -> None:
        """Raises AssetsFull."""
        with self._lock:
            room = self._rooms.setdefault(account_id, _Room())
        with room.lock:
            now = self._clock()
            if now - room.counted_at >= RECOUNT_SECONDS:
                room.used_bytes = sum(max(LEAST_BYTES, size) for _, size in self._blobs.sized(_folder_of(account_id)))
                room.counted_at = now
            used = room.used_bytes
            if used + size > self._most:
                raise AssetsFull("data_urls", f"data_urls: uploads may take {self._most} bytes in all, {used} are used")
            room.used_bytes += size


def _folder_of(account_id: str) -> str:
    """One per account, by a name that does not tell whose: it stands in public links."""
    return f"a/{hashlib.sha256(account_id.encode()).hexdigest()[:24]}"
