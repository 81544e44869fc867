"""The lock file that lets one server at a time use a data folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from imagend.core.errors import BadSetting


class FolderLock:
    """Held from construction to `release` or the death of the process, however it dies."""

    def __init__(self, path: Path) -> None:
        """Raises BadSetting if another process holds it."""
        self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.release()
            raise BadSetting(f"another imagend server is using {path.parent}") from error

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
