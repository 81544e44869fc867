"""A copy of everything, made while the server runs: rows first, then the files that they name, then a manifest.

Nothing deletes a picture whose row was there a moment ago, so every picture that a row of the copy names is still there
when the files are copied; one that came later is an orphan in the copy and does no harm. The manifest is written last:
a folder without one is half a backup and is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from imagend import __version__
from imagend.core.errors import BadSetting
from imagend.settings import Settings
from imagend.wiring.folder import pictures_folder, secrets_folder
from imagend.wiring.postgres_dump import dump

MANIFEST = "manifest.json"
DATABASE, DUMP = "imagend.db", "imagend.dump"
FILES, SECRETS = "blobs", "secrets"
SECRET_FILES = ("pepper", "webhook-key", "link-secret", "provenance.pem")
PIECE_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. `files`: path in it -> what must be there."""

    version: str
    made_at: float
    database: str  # sqlite or postgresql
    pictures: str  # copied, or where they are
    secrets: bool
    files: dict[str, Copied]


def back_up(settings: Settings, target: Path, *, with_secrets: bool) -> Manifest:
    """Write a backup into `target`, a new or empty folder. Raises BadSetting."""
    make_empty(target)
    files: dict[str, Copied] = {}
    if settings.database_url:
        dump(settings, target / DUMP)
        _sync(target / DUMP)
        files[DUMP] = _digest(target / DUMP)
    else:
        _copy_database(settings.data_dir / DATABASE, target / DATABASE)
        files[DATABASE] = _digest(target / DATABASE)
    if not settings.object_store_url:
        pictures = pictures_folder(settings)
        for path in _regular(pictures):
            name = f"{FILES}/{path.relative_to(pictures).as_posix()}"
            if (copied := _copy(path, target / name)) is not None:
                files[name] = copied
    for name in SECRET_FILES if with_secrets else ():
        if (copied := _copy(secrets_folder(settings) / name, target / SECRETS / name)) is not None:
            files[f"{SECRETS}/{name}"] = copied
    manifest = Manifest(
        version=__version__,
        made_at=time.time(),
        database="postgresql" if settings.database_url else "sqlite",
        pictures=settings.object_store_url or "copied",
        secrets=with_secrets,
        files=files,
    )
    _write_manifest(target / MANIFEST, manifest)
    return manifest


def read_backup(source: Path) -> Manifest:
    """The manifest, after every file of it was read and is what it was. Raises BadSetting."""
    try:
        said = json.loads((source / MANIFEST).read_text("utf-8"))
        files = {name: Copied(**copied) for name, copied in said.pop("files").items()}
        manifest = Manifest(**said, files=files)
    except FileNotFoundError:
        raise BadSetting(f"{source} has no {MANIFEST}: it is no backup, or one that was never finished") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadSetting(f"{source / MANIFEST} cannot be read: {error}") from error
    for name, copied in manifest.files.items():
        path = source / name
        if ".." in Path(name).parts or not path.is_file() or _digest(path) != copied:
            raise BadSetting(f"the backup is damaged: {name} is missing or is not what was written")
    return manifest


def put_back(source: Path, manifest: Manifest, settings: Settings) -> None:
    """Copy the files of a backup to where they belong, PostgreSQL's rows apart; what is there already, on a disk of
    pictures or secrets that was not lost, must be the same. Raises BadSetting."""
    for name, copied in manifest.files.items():
        if name == DUMP:
            continue
        place = _place(name, settings)
        if not place.exists():
            assert _copy(source / name, place) == copied
        elif _digest(place) != copied:
            raise BadSetting(f"{place} exists already and is another one: nothing is overwritten")


def _place(name: str, settings: Settings) -> Path:
    kind, _, rest = name.partition("/")
    if kind == SECRETS:
        return secrets_folder(settings) / rest
    return pictures_folder(settings) / rest if kind == FILES else settings.data_dir / name


def make_empty(folder: Path) -> None:
    """Make the folder if it is missing. Raises BadSetting if anything is in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise BadSetting(f"{folder} is not empty")
    except OSError as error:
        raise BadSetting(f"{folder} cannot be used: {error.strerror}") from error


def _copy_database(source: Path, target: Path) -> None:
    """All pages of one moment, with SQLite's own backup: writers go on meanwhile."""
    import apsw

    if not source.exists():
        raise BadSetting(f"there is no database at {source}")
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    reading = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    writing = apsw.Connection(str(target))
    try:
        reading.set_busy_timeout(5000)
        with writing.backup("main", reading, "main") as pages:
            pages.step(-1)
        writing.pragma("journal_mode", "delete")  # one file, without a log beside it
    finally:
        writing.close()
        reading.close()
    _sync(target)


def _regular(folder: Path) -> Iterator[Path]:
    """Files below, without half-written ones and ballast, which have names that no picture has."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place) / name for name in sorted(names) if not name.startswith("."))


def _copy(source: Path, target: Path) -> Copied | None:
    """None: it is gone, as retention removes what nobody may see any more."""
    digest, size = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with source.open("rb") as reading, _private(target) as writing:
            while piece := reading.read(PIECE_BYTES):
                writing.write(piece)
                digest.update(piece)
                size += len(piece)
            writing.flush()
            os.fsync(writing.fileno())
    except FileNotFoundError:
        return None
    return Copied(size=size, sha256=digest.hexdigest())


def _private(path: Path):  # type: ignore[no-untyped-def]
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _digest(path: Path) -> Copied:
    with path.open("rb") as stream:
        return Copied(size=path.stat().st_size, sha256=hashlib.file_digest(stream, "sha256").hexdigest())


def _write_manifest(path: Path, manifest: Manifest) -> None:
    with path.open("w", encoding="utf-8") as stream:
        json.dump(asdict(manifest), stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
