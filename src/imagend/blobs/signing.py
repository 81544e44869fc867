"""Links that expire: HMAC-SHA256 over key and time; and the secret files they are made with."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from imagend.core.errors import BadSetting


def sign(secret: bytes, key: str, expires_at: float) -> str:
    """The query string that opens `key` until `expires_at` (epoch seconds): expires=...&signature=..."""
    expires = str(int(expires_at))
    return urlencode({"expires": expires, "signature": _signature(secret, key, expires)})


def check(secret: bytes, key: str, *, expires: str, signature: str, now: float) -> bool:
    """Whether the two query values open `key` now. Compares in constant time."""
    right = hmac.compare_digest(_signature(secret, key, expires).encode(), signature.encode())
    return right and expires.isascii() and expires.isdigit() and now < int(expires)


def _signature(secret: bytes, key: str, expires: str) -> str:
    return hmac.new(secret, f"blob\n{key}\n{expires}".encode(), hashlib.sha256).hexdigest()


def secret_file(path: Path, length: int = 32) -> bytes:
    """The random bytes in a file of mode 0600, made at first use. Two processes that make it at once get the same.
    Raises BadSetting if the file is too short."""
    return _whole(path, made_once(path, lambda: secrets.token_bytes(length)), length)


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes in a file of mode 0600; `make` makes them at first use. Two processes that make it at once get the
    same: the file appears whole, and once."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(make())
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(part, path)
            sync_folder(path.parent)
    finally:
        part.unlink()
    return path.read_bytes()


def _whole(path: Path, found: bytes, length: int) -> bytes:
    if len(found) < length:
        raise BadSetting(f"{path.name} has {len(found)} bytes instead of {length}; restore it from a backup")
    return found


def sync_folder(folder: Path) -> None:
    """Make the names in it durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
