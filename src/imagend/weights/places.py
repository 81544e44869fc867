"""Where weights lie: a folder of the operator's, or a revision of a repository that `models pull` has fetched."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagend.core.errors import BadSetting

RECORD = "imagend.json"
"""Written last into a folder that was pulled: what is in it, whence, and under which licence."""

_PINNED = re.compile(r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)@([0-9a-f]{40})")
_REVISION = re.compile(r"[0-9a-f]{40}")
_UNPINNED = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`repository` and `revision` are "" for a folder of the operator's."""

    text: str  # as the models file has it
    repository: str = ""
    revision: str = ""  # 40 hexadecimal digits
    folder: Path | None = None


def parse_source(place: str, value: object, base: Path) -> Source:
    """A folder is a path that begins with / ~ or . or is there, relative to `base`. Raises BadSetting."""
    wanted = f"{place} must be a folder or owner/name@revision, the revision as 40 hexadecimal digits"
    if not isinstance(value, str) or not value:
        raise BadSetting(f"{wanted}, not {value!r}")
    if pinned := _PINNED.fullmatch(value):
        return Source(text=value, repository=pinned[1], revision=pinned[2])
    folder = base / Path(value).expanduser()
    if value.startswith(("/", "~", ".")) or folder.is_dir():
        return Source(text=value, folder=folder)
    if _UNPINNED.fullmatch(value):
        raise BadSetting(f"{wanted}, not {value!r}: imagend models pull pins it")
    raise BadSetting(f"{wanted}, not {value!r}")


def repository_folder(weights_dir: Path, repository: str) -> Path:
    return weights_dir / repository.replace("/", "--")


def revision_folder(weights_dir: Path, repository: str, revision: str) -> Path:
    return repository_folder(weights_dir, repository) / revision


def found_folder(place: str, source: Source, weights_dir: Path) -> Path:
    """The folder, which is there and whole as far as its pull goes. Raises BadSetting."""
    if source.folder is not None:
        if not source.folder.is_dir():
            raise BadSetting(f"{place}: weights: there is no folder {source.folder}")
        return source.folder
    folder = revision_folder(weights_dir, source.repository, source.revision)
    if read_record(folder) is None:
        slug = place.rpartition(".")[2]
        raise BadSetting(f"{place}: weights are not in {folder}: run imagend models pull {slug}={source.text}")
    return folder


def folder_here(source: Source, weights_dir: Path) -> Path | None:
    """The same, or None where it is not: another machine may have it."""
    try:
        return found_folder("", source, weights_dir)
    except BadSetting:
        return None


def read_record(folder: Path) -> dict[str, Any] | None:
    """None where no pull has ended."""
    try:
        found = json.loads((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def here_already(weights_dir: Path, repository: str, revision: str) -> str:
    """The revision that was pulled before: this one, or where it is "" the only or newest one. Raises BadSetting."""
    parent = repository_folder(weights_dir, repository)
    records = [(record["accepted_at"], folder.name) for folder in parent.glob("*") if (record := _pulled(folder))]
    found = [name for _, name in sorted(records) if name.startswith(revision)]
    if not found:
        what = repository + (f"@{revision}" if revision else "")
        raise BadSetting(
            f"{what} is not in {weights_dir}, and this is offline: pull it where there is a network and copy "
            f"{parent}, or name a folder"
        )
    return found[-1]


def _pulled(folder: Path) -> dict[str, Any] | None:
    """The record of a folder that is a whole revision."""
    return read_record(folder) if _REVISION.fullmatch(folder.name) else None
