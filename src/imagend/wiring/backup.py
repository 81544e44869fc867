"""A copy of everything, made while the server runs: rows first, then the files that they name, then a manifest.

Nothing deletes a picture whose row was there a moment ago, so every picture that a row of the copy names is still there
when the files are copied; one that came later is an orphan in the copy and does no harm. The manifest is written last:
a folder without one is half a backup and is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from imagend import __version__
from imagend.core.errors import BadSetting
from imagend.core.secret import Secret
from imagend.settings import Settings, child_environment
from imagend.wiring.folder import secrets_folder

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
    _make_empty(target)
    files: dict[str, Copied] = {}
    if settings.database_url:
        _dump(Secret(settings.database_url).reveal(), target / DUMP)
        files[DUMP] = _digest(target / DUMP)
    else:
        _copy_database(settings.data_dir / DATABASE, target / DATABASE)
        files[DATABASE] = _digest(target / DATABASE)
    if not settings.object_store_url:
        for path in _regular(settings.data_dir / FILES):
            name = path.relative_to(settings.data_dir).as_posix()
            if (copied := _copy(path, target / name)) is not None:
                files[name] = copied
    for name in SECRET_FILES if with_secrets else ():
        folder = settings.data_dir if name == "provenance.pem" else secrets_folder(settings)
        if (copied := _copy(folder / name, target / SECRETS / name)) is not None:
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
    """Copy a SQLite backup into the data folder, which must be empty. Raises BadSetting."""
    _make_empty(settings.data_dir)
    for name in manifest.files:
        kind, _, rest = name.partition("/")
        folder = secrets_folder(settings) if kind == SECRETS and rest != "provenance.pem" else settings.data_dir
        place = folder / (rest if kind == SECRETS else name)
        if place.exists():
            raise BadSetting(f"{place} exists already: nothing is overwritten")
        assert _copy(source / name, place) == manifest.files[name]


def _make_empty(folder: Path) -> None:
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


def _dump(url: str, target: Path) -> None:
    """PostgreSQL's own logical dump, which is one snapshot. The password goes through the environment, where other
    users cannot read it."""
    from psycopg.conninfo import conninfo_to_dict

    program = shutil.which("pg_dump")
    if program is None:
        raise BadSetting(
            f"pg_dump is not installed here; on a machine that has it: pg_dump --format=custom --file={target.name} URL"
        )
    known = {str(name): str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
             "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "options": "PGOPTIONS"}  # fmt: skip
    environment = child_environment() | {names[name]: value for name, value in known.items() if name in names}
    command = [program, "--format=custom", "--no-owner", f"--file={target}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BadSetting(f"pg_dump failed: {(done.stderr.strip().splitlines() or ['no word'])[0]}")
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
