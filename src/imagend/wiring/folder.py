"""The server's own folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from imagend.blobs.signing import made_once
from imagend.core.errors import BadSetting
from imagend.settings import Settings
from imagend.store.lock import FolderLock


def prepare_folder(folder: Path) -> Path:
    """Make the data folder, readable by its owner only. Raises BadSetting."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadSetting(f"data_dir {folder} cannot be made: {error.strerror}") from error
    return folder


def fresh_token(path: Path) -> str:
    """Workers of an earlier run are shut out; ours read the file."""
    token = secrets.token_hex(32)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    return token


def gateway_name(folder: Path) -> str:
    """Made at the first start and kept: two gateways never share a data folder, and so never a name."""
    return made_once(folder / "gateway-name", lambda: secrets.token_hex(8).encode()).decode("ascii")


def lock_folder(folder: Path) -> FolderLock:
    """One gateway at a time per data folder, where no database file says so. Raises BadSetting."""
    return FolderLock(folder / "gateway.lock")


def pictures_folder(settings: Settings) -> Path:
    """Where pictures lie that are in no bucket."""
    return Path(settings.pictures_dir).expanduser() if settings.pictures_dir else settings.data_dir / "blobs"


def secrets_folder(settings: Settings) -> Path:
    """Where the pepper and the other secrets lie that all gateways of one installation share."""
    return prepare_folder(Path(settings.secrets_dir).expanduser() if settings.secrets_dir else settings.data_dir)
