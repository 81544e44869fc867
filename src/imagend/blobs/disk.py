"""Objects as files below one folder: fsynced, created once, mode 0600, symbolic links never followed."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from imagend.blobs.base import PIECE_BYTES, BlobStat, Content, Target, words_of
from imagend.blobs.signing import sync_folder
from imagend.core.errors import BlobExists, BlobMissing, StorageUnavailable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PARTS = ".parts"  # half-written files; no key can name it
_TRIES = 8
_NAMES = 4096  # of durable folders that are remembered
_NOT_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class DiskBlobs:
    """See blobs/base.py."""

    def __init__(self, root: Path, name: str = "") -> None:
        """name: of the gateway, where several write into one folder."""
        self._root = root
        self._parts_name = _PARTS + name
        parts = root / self._parts_name
        parts.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._named: set[str] = set()  # folders whose names are known to be durable
        for above in (root.parent, root.parent.parent):  # which may be new as well
            with suppress(PermissionError):
                sync_folder(above)
        for leftover in parts.iterdir():
            leftover.unlink()

    def put_new(self, key: str, data: bytes) -> None:
        *folders, name = words_of(key)
        try:
            with self._folder([self._parts_name]) as parts:
                part = _write_part(parts, data)
                try:
                    self._publish(parts, part, folders, name)
                finally:
                    os.unlink(part, dir_fd=parts)
        except FileExistsError as error:
            raise BlobExists(f"{key} exists already") from error
        except OSError as error:
            raise StorageUnavailable(f"the picture could not be stored: {error.strerror}") from error

    def read(self, key: str) -> bytes:
        with self._open(key) as stream:
            return stream.read()

    def pieces(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return _pieces(self._open(key), start, stop)

    def stat(self, key: str) -> BlobStat:
        with self._open(key) as stream:
            found = os.fstat(stream.fileno())
        return BlobStat(size=found.st_size, modified_at=found.st_mtime)

    def delete(self, key: str) -> None:
        words = words_of(key)
        with suppress(*_NOT_THERE), self._folder(words[:-1]) as folder:
            os.unlink(words[-1], dir_fd=folder)
        for depth in range(len(words) - 1, 0, -1):  # folders that became empty go too
            self._named.discard("/".join(words[:depth]))
            with suppress(OSError), self._folder(words[: depth - 1]) as parent:
                os.rmdir(words[depth - 1], dir_fd=parent)

    def list(self, prefix: str) -> Iterator[str]:
        top = self._root.joinpath(*words_of(prefix))
        for folder, folders, files in os.walk(top):  # does not follow links
            folders.sort()
            for name in sorted(files):
                yield (Path(folder) / name).relative_to(self._root).as_posix()

    def sized(self, prefix: str) -> Iterator[tuple[str, int]]:
        for key in self.list(prefix):
            with suppress(BlobMissing):  # deleted meanwhile
                yield key, self.stat(key).size

    def folders(self, prefix: str) -> Sequence[str]:
        try:
            with self._folder(words_of(prefix)) as folder, os.scandir(folder) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        except OSError as error:
            if isinstance(error, _NOT_THERE) or error.errno == errno.ELOOP:
                return []
            raise StorageUnavailable(f"the pictures cannot be listed: {error.strerror}") from error

    def target(self, key: str, content: Content, seconds: int) -> Target | None:
        return None

    def link(self, key: str, since: float, seconds: int) -> str | None:
        return None

    def _open(self, key: str) -> BinaryIO:
        *folders, name = words_of(key)
        try:
            with self._folder(folders) as folder:
                return open(name, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW, dir_fd=folder))
        except OSError as error:
            raise _missing(key, error) from error

    @contextmanager
    def _folder(self, words: Sequence[str], *, make: bool = False) -> Iterator[int]:
        """A descriptor of the folder, reached word by word so that no link is ever followed."""
        here = os.open(self._root, _FOLDER)
        try:
            for depth, word in enumerate(words, 1):
                if make:
                    self._make(here, word, "/".join(words[:depth]))
                below = os.open(word, _FOLDER, dir_fd=here)
                os.close(here)
                here = below
            yield here
        finally:
            os.close(here)

    def _make(self, here: int, word: str, path: str) -> None:
        """A folder whose name is durable. One that is there already may have been made by somebody who has not synced
        its name yet, or who died before that."""
        try:
            os.mkdir(word, 0o700, dir_fd=here)
        except FileExistsError:
            if path in self._named:
                return
        os.fsync(here)
        if len(self._named) >= _NAMES:
            self._named.clear()
        self._named.add(path)

    def _publish(self, parts: int, part: str, folders: Sequence[str], name: str) -> None:
        """Give the written file its name, if the name is free, and make the name durable."""
        for _ in range(_TRIES - 1):
            with suppress(FileNotFoundError):  # a folder was emptied and removed between two of our steps
                return self._link(parts, part, folders, name)
        return self._link(parts, part, folders, name)

    def _link(self, parts: int, part: str, folders: Sequence[str], name: str) -> None:
        with self._folder(folders, make=True) as folder:
            try:
                os.link(part, name, src_dir_fd=parts, dst_dir_fd=folder, follow_symlinks=False)
            finally:
                os.fsync(folder)  # also of a name that is taken: who took it may have died before this


def _write_part(parts: int, data: bytes) -> str:
    part = secrets.token_hex(16)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=parts)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        os.unlink(part, dir_fd=parts)
        raise
    return part


def _pieces(stream: BinaryIO, start: int, stop: int | None) -> Iterator[bytes]:
    with stream:
        stream.seek(start)
        left = sys.maxsize if stop is None else stop - start
        while left > 0 and (piece := stream.read(min(left, PIECE_BYTES))):
            left -= len(piece)
            yield piece


def _missing(key: str, error: OSError) -> BlobMissing | StorageUnavailable:
    if isinstance(error, _NOT_THERE) or error.errno == errno.ELOOP:  # a link
        return BlobMissing(f"no object {key}")
    return StorageUnavailable(f"the picture could not be read: {error.strerror}")
