"""Numbered schema files, each applied once and whole.

`NNNN_*.sql` is common to all databases; `NNNN_*.<dialect>.sql` goes with it in one of them. A number is applied in
one transaction together with its row in `schema_version`, so a killed migration repeats from its start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from imagend.core.errors import BadSetting

_FILE = re.compile(r"(?P<version>\d{4})_\w+(?:\.(?P<dialect>\w+))?\.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    version: int
    name: str  # of its first file
    script: str


def migrations(dialect: str, serial: str) -> list[Migration]:
    """All migrations in order. `serial`: the database's words for a growing integer primary key."""
    scripts: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    folder = resources.files("imagend.store") / "migrations"
    for file in sorted(folder.iterdir(), key=lambda file: _dialects_last(file.name)):
        match = _FILE.fullmatch(file.name)
        if match and match["dialect"] in (None, dialect):
            names.setdefault(int(match["version"]), file.name.partition(".")[0])
            scripts.setdefault(int(match["version"]), []).append(file.read_text("utf-8").replace("{serial}", serial))
    return [
        Migration(version=version, name=names[version], script="\n".join(parts))
        for version, parts in sorted(scripts.items())
    ]


def pending(known: list[Migration], applied: int) -> list[Migration]:
    """Those after version `applied`. Raises BadSetting if the database is newer than this program."""
    newest = known[-1].version
    if applied > newest:
        raise BadSetting(f"the database has schema version {applied}, this imagend knows {newest}: install a newer one")
    return [migration for migration in known if migration.version > applied]


def named_queries(dialect: str, words: Mapping[str, str]) -> dict[str, str]:
    """All of queries*.sql as {name: statement}; those of queries*.<dialect>.sql stand in for others of their names.
    words: what stands for {skip_locked}, {lock_row}, {lock_name} and {try_lock_name}."""
    folder = resources.files("imagend.store")
    wanted = re.compile(rf"queries\w*(\.{dialect})?\.sql")
    names = sorted((file.name for file in folder.iterdir() if wanted.fullmatch(file.name)), key=_dialects_last)
    text = "\n".join((folder / name).read_text("utf-8") for name in names)
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {name: _worded(body.strip(), words) for name, body in pairs}


def _dialects_last(name: str) -> tuple[int, str]:
    return name.count("."), name


def _worded(statement: str, words: Mapping[str, str]) -> str:
    for word, meaning in words.items():
        statement = statement.replace(f"{{{word}}}", meaning)
    return statement.strip()
