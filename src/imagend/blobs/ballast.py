"""Room that is set aside for a full disk: SQLite cannot even delete a row without some.

At the first write that finds the disk full the file goes, and with it comes the room that cancels, completions, expiry
and deletions need; new orders are refused until there is enough room to set aside again.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from imagend.core.watch import UNWATCHED, Watch

logger = logging.getLogger(__name__)

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
SPARE = 2  # so many times its size must be free before it is set aside: it must not fill the disk itself


def is_full(error: BaseException | None) -> bool:
    """Whether this error, or what caused it, says that the disk has no room."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        error = error.__cause__
    return False


class Ballast:
    """One file on one file system. Safe from any thread."""

    def __init__(self, path: Path, size: int, watch: Watch = UNWATCHED, free: Callable[[Path], int] | None = None):
        """size: bytes; 0 sets nothing aside, and then nothing is refused either. free: bytes free around a path."""
        self._path = path
        self._size = size
        self._watch = watch
        self._free = free or (lambda place: shutil.disk_usage(place).free)
        self._guard = threading.Lock()
        self._full = False
        if size and not self._take():
            logger.warning("less than %d bytes are free in %s: no ballast is set aside", SPARE * size, path.parent)

    @property
    def full(self) -> bool:
        """The disk was full and there is not enough room yet: no new orders."""
        return self._full

    @property
    def bytes(self) -> int:
        """How much is set aside now."""
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def let_go(self) -> None:
        """The disk is full."""
        with self._guard:
            if self._size and not self._full:
                self._full = True
                self._path.unlink(missing_ok=True)
                self._watch.count("disk_full_total")
                logger.error("the disk of %s is full: the ballast is let go, no new orders", self._path.parent)

    def look(self) -> None:
        """Called now and then: set it aside again as soon as there is room."""
        with self._guard:
            if self._size and (self._full or not self.bytes) and self._take():
                if self._full:
                    logger.warning("the disk of %s has room again: orders are taken", self._path.parent)
                self._full = False

    def _take(self) -> bool:
        if self.bytes == self._size:
            return True
        if self._free(self._path.parent) < SPARE * self._size:
            return False
        try:
            self._write()
        except OSError as error:
            self._path.unlink(missing_ok=True)
            logger.warning("the ballast could not be set aside: %s", error)
            return False
        return True

    def _write(self) -> None:
        """Real blocks, not a hole."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, self._size)
            else:
                for _ in range(0, self._size, 2**20):
                    os.write(descriptor, bytes(2**20))
        finally:
            os.close(descriptor)
