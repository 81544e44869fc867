"""How far the ledger was when the last commit was acknowledged, kept outside the database.

SQLite takes a write-ahead log that lost its end, or whose middle is damaged, for one that was never longer, and opens
as if the lost commits had never been. The mark knows better. It is written after each commit without waiting for the
disk: a killed process loses nothing of it, and after a power cut it is at most older than the truth.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

_FORM = struct.Struct("<QI")


class Mark:
    """One small file beside the database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._written = self.read()

    def read(self) -> int:
        """The newest acknowledged entry; 0 when nothing is known."""
        data = os.pread(self._descriptor, _FORM.size, 0)
        if len(data) != _FORM.size:
            return 0
        number, check = _FORM.unpack(data)
        return int(number) if zlib.crc32(data[:8]) == check else 0

    def write(self, number: int) -> None:
        """A mark that cannot be written is left as it is: it only ever knows too little."""
        if number == self._written:
            return
        data = number.to_bytes(8, "little")
        try:
            os.pwrite(self._descriptor, data + zlib.crc32(data).to_bytes(4, "little"), 0)
            self._written = number
        except OSError:
            return

    def close(self) -> None:
        """Repeatable: a number that was given back may be another file's by now."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
