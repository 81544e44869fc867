"""Every call by which this process changes a folder goes through one function, SQLite's and the blob store's alike.

SQLite is tapped by a VFS between it and the real one, made the default, so that the code under test knows nothing of
it; the blob store by wrappers around the functions of `os` that it uses. Portable: needs no strace and no root.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import apsw

MAY_BE_NEW = ("-journal", "-wal")  # SQLite syncs the folder with the first sync of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One change. Paths are relative to the tapped folder."""

    kind: str  # create, write, truncate, sync, link, unlink, mkdir, rmdir, sync_folder
    path: str
    offset: int = 0  # of a write; the size for truncate
    data: bytes = b""
    target: str = ""  # the new name of a link


#: Called instead of the change, with the change as a function; may do it or not. A shorter `data` tears a write.
Tap = Callable[[Call, Callable[[bytes], None]], None]


class Taps:
    """From construction on everything below `folder` goes through `tap`. For a process of its own: not undone."""

    def __init__(self, folder: Path, tap: Tap) -> None:
        self._root = f"{folder.resolve()}/"
        self._tap = tap
        self.vfs = _TappedVfs(self)
        for name in ("link", "unlink", "mkdir", "rmdir", "fsync", "open", "fdopen"):
            setattr(os, name, getattr(self, f"_{name}")(getattr(os, name)))

    def inside(self, path: str) -> str | None:
        """Relative to the folder, or None."""
        return path[len(self._root) :] if path.startswith(self._root) else None

    def call(self, call: Call, work: Callable[[bytes], None]) -> None:
        self._tap(call, work)

    def _name(self, path: Any, dir_fd: int | None) -> str | None:
        text = os.fspath(path)
        if dir_fd is not None:
            text = f"{os.readlink(f'/proc/self/fd/{dir_fd}')}/{text}"
        return self.inside(os.path.abspath(text))

    def _link(self, real: Callable[..., None]) -> Callable[..., None]:
        def link(old: Any, new: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None,
                 **more: Any) -> None:  # fmt: skip
            source, target = self._name(old, src_dir_fd), self._name(new, dst_dir_fd)
            assert source is not None
            assert target is not None
            self.call(
                Call(kind="link", path=source, target=target),
                lambda _: real(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, **more),
            )

        return link

    def _unlink(self, real: Callable[..., None]) -> Callable[..., None]:
        return self._simple("unlink", real)

    def _mkdir(self, real: Callable[..., None]) -> Callable[..., None]:
        return self._simple("mkdir", real)

    def _rmdir(self, real: Callable[..., None]) -> Callable[..., None]:
        return self._simple("rmdir", real)

    def _simple(self, kind: str, real: Callable[..., None]) -> Callable[..., None]:
        def tapped(path: Any, *rest: Any, dir_fd: int | None = None) -> None:
            name = self._name(path, dir_fd)
            if name is None:
                return real(path, *rest, dir_fd=dir_fd)
            return self.call(Call(kind=kind, path=name), lambda _: real(path, *rest, dir_fd=dir_fd))

        return tapped

    def _fsync(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def fsync(descriptor: int) -> None:
            path = os.readlink(f"/proc/self/fd/{descriptor}")
            name = "" if f"{path}/" == self._root else self.inside(path)
            kind = "sync_folder" if os.path.isdir(path) else "sync"
            if name is None:
                return real(descriptor)
            return self.call(Call(kind=kind, path=name), lambda _: real(descriptor))

        return fsync

    def _open(self, real: Callable[..., int]) -> Callable[..., int]:
        def tapped(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            name = self._name(path, dir_fd) if flags & os.O_CREAT else None
            if name is None or self.exists(name):
                return real(path, flags, mode, dir_fd=dir_fd)
            opened: list[int] = []
            self.call(Call(kind="create", path=name), lambda _: opened.append(real(path, flags, mode, dir_fd=dir_fd)))
            return opened[0]

        return tapped

    def exists(self, name: str) -> bool:
        return os.path.lexists(self._root + name)

    def _fdopen(self, real: Callable[..., BinaryIO]) -> Callable[..., Any]:
        def fdopen(descriptor: int, mode: str = "r", *rest: Any, **more: Any) -> Any:
            name = self.inside(os.readlink(f"/proc/self/fd/{descriptor}")) if "w" in mode else None
            stream = real(descriptor, mode, *rest, **more)
            return stream if name is None else _TappedStream(stream, name, self)

        return fdopen


class _TappedStream:
    """A file that is written whole, as the blob store does."""

    def __init__(self, stream: BinaryIO, name: str, taps: Taps) -> None:
        self._stream, self._name, self._taps, self._at = stream, name, taps, 0

    def write(self, data: bytes) -> int:
        def work(piece: bytes) -> None:
            self._stream.write(piece)
            self._stream.flush()

        self._taps.call(Call(kind="write", path=self._name, offset=self._at, data=bytes(data)), work)
        self._at += len(data)
        return len(data)

    def __enter__(self) -> _TappedStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _TappedVfs(apsw.VFS):
    def __init__(self, taps: Taps) -> None:
        self.real = apsw.vfs_names()[0]  # the default one; "" would be this one from now on
        super().__init__("tapped", self.real, makedefault=True)
        self._taps = taps

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        inside = None if path is None else self._taps.inside(path)
        if inside is None:
            return apsw.VFSFile(self.real, name, flags)
        if self._taps.exists(inside):
            return _TappedFile(name, flags, inside, self._taps, fresh=False)
        opened: list[apsw.VFSFile] = []
        self._taps.call(
            Call(kind="create", path=inside),
            lambda _: opened.append(_TappedFile(name, flags, inside, self._taps, fresh=inside.endswith(MAY_BE_NEW))),
        )
        return opened[0]

    def xDelete(self, name: str, sync_folder: bool) -> None:
        inside = self._taps.inside(name)
        if inside is None:
            return super().xDelete(name, sync_folder)
        self._taps.call(Call(kind="unlink", path=inside), lambda _: super(_TappedVfs, self).xDelete(name, sync_folder))
        if sync_folder:  # it has been done with the deletion; for who counts it is a step of its own
            self._taps.call(Call(kind="sync_folder", path=os.path.dirname(inside)), lambda _: None)
        return None


class _TappedFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], inside: str, taps: Taps, *, fresh: bool) -> None:
        super().__init__(taps.vfs.real, name, flags)
        self._inside, self._taps, self._fresh = inside, taps, fresh

    def xWrite(self, data: bytes, offset: int) -> None:
        def work(piece: bytes) -> None:
            if piece:
                super(_TappedFile, self).xWrite(piece, offset)

        self._call(Call(kind="write", path=self._inside, offset=offset, data=bytes(data)), work)

    def xTruncate(self, size: int) -> None:
        call = Call(kind="truncate", path=self._inside, offset=size)
        self._call(call, lambda _: super(_TappedFile, self).xTruncate(size))

    def xSync(self, flags: int) -> None:
        self._call(Call(kind="sync", path=self._inside), lambda _: super(_TappedFile, self).xSync(flags))
        if self._fresh:
            self._fresh = False
            self._call(Call(kind="sync_folder", path=os.path.dirname(self._inside)), lambda _: None)

    def _call(self, call: Call, work: Callable[[bytes], None]) -> None:
        """A disk's error in SQLite's words."""
        try:
            self._taps.call(call, work)
        except OSError as error:
            raise apsw.IOError(str(error)) from error
