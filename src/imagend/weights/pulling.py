"""One revision of a repository into a folder of its own: chosen files, checked hashes, an accepted licence.

Everything happens in FOLDER.partial, which is renamed when it is whole: what is half-written is never served. Files
that are there already are kept when their hashes are right, so a pull that was interrupted goes on.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from imagend.core.errors import BadSetting
from imagend.weights.folder import INDEX, components_of, read_folder, read_index, tensors_in, wanted_files
from imagend.weights.hub import HubFile, Licence, Listing, digest
from imagend.weights.loras import SUFFIX, loras_folder
from imagend.weights.places import RECORD, read_record, revision_folder

PARTIAL = ".partial"
_SPARE_BYTES = 2**28  # that a disk keeps


class Source(Protocol):
    """The part of a hub that a pull needs."""

    def look(self, repository: str, revision: str | None) -> Listing: ...

    def fetch(self, listing: Listing, name: str, folder: Path) -> Path: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Steward:
    """Who pulls. `accept` returns when the licence is accepted and raises otherwise; `tell` gets lines of progress."""

    accept: Callable[[Licence], None]
    tell: Callable[[str], None]
    clock: Callable[[], float]  # epoch seconds
    families: Collection[str]  # pipeline classes that can be served


def pull(hub: Source, weights_dir: Path, repository: str, revision: str | None, steward: Steward) -> Path:
    """The folder, named by the revision's hash. Raises BadSetting."""
    listing = hub.look(repository, revision)
    folder = revision_folder(weights_dir, repository, listing.revision)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_name(f"{folder.name}.lock"), listing):
        if read_record(folder) is not None:
            steward.tell(f"{repository} is here already: {folder}")
            return folder
        partial = folder.with_name(folder.name + PARTIAL)
        partial.mkdir(exist_ok=True)
        _fill(hub, listing, partial, steward)
        os.rename(partial, folder)
        _sync(folder.parent)
    return folder


def pull_lora(
    hub: Source, weights_dir: Path, repository: str, revision: str | None, name: str, steward: Steward
) -> str:
    """One file of a repository, and its licence. Returns the revision's hash. Raises BadSetting."""
    listing = hub.look(repository, revision)
    files = {file.name: file for file in listing.files}
    if name not in files:
        offered = ", ".join(sorted(other for other in files if other.endswith(SUFFIX))) or f"no {SUFFIX}"
        raise BadSetting(f"{repository} has no {name}; it has {offered}")
    folder = loras_folder(weights_dir, repository, listing.revision)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_name(f"{folder.name}.lock"), listing):
        if not files[name].matches(folder / name):
            _fill_lora(hub, listing, files, folder, name, steward)
    return listing.revision


def _fill_lora(
    hub: Source, listing: Listing, files: dict[str, HubFile], folder: Path, name: str, steward: Steward
) -> None:
    partial = folder.with_name(folder.name + PARTIAL)
    partial.mkdir(exist_ok=True)
    texts = [text for text in files if _is_licence(text)]
    for text in texts:
        _fetch(hub, listing, files[text], partial)
    licence = replace(listing.licence, texts=[partial / text for text in texts])
    _check_room(partial, [files[name]])
    steward.accept(licence)
    accepted_at = steward.clock()
    steward.tell(f"{name} ({_size(files[name].size)})")
    _fetch(hub, listing, files[name], partial)
    tensors_in(partial / name)
    shutil.rmtree(partial / ".cache", ignore_errors=True)
    _write_record(partial, listing, licence, [files[one] for one in (*texts, name)], accepted_at)
    for one in (RECORD, *texts, name):  # the file itself last: without it nothing is served
        (folder / one).parent.mkdir(parents=True, exist_ok=True)
        os.replace(partial / one, folder / one)
    _sync(folder)
    shutil.rmtree(partial)


def _fill(hub: Source, listing: Listing, partial: Path, steward: Steward) -> None:
    files = {file.name: file for file in listing.files}
    chosen = _chosen(hub, listing, files, partial, steward.families)
    texts = [name for name in chosen if _is_licence(name)]
    for name in texts:
        _fetch(hub, listing, files[name], partial)
    licence = replace(listing.licence, texts=[partial / name for name in texts])
    _check_room(partial, [files[name] for name in chosen])
    steward.accept(licence)
    accepted_at = steward.clock()
    for number, name in enumerate(chosen, 1):
        steward.tell(f"{number}/{len(chosen)} {name} ({_size(files[name].size)})")
        _fetch(hub, listing, files[name], partial)
    shutil.rmtree(partial / ".cache", ignore_errors=True)  # the downloader's notes
    read_folder(partial)
    _write_record(partial, listing, licence, [files[name] for name in chosen], accepted_at)


def _chosen(
    hub: Source, listing: Listing, files: dict[str, HubFile], partial: Path, families: Collection[str]
) -> list[str]:
    if INDEX not in files:
        raise BadSetting(f"{listing.repository} holds no {INDEX}: it is no diffusers model")
    _fetch(hub, listing, files[INDEX], partial)
    index = read_index(partial)
    pipeline = index.get("_class_name")
    if pipeline not in families:
        raise BadSetting(f"{listing.repository} is for {pipeline}; imagend serves {', '.join(sorted(families))}")
    chosen = wanted_files(files, components_of(index))
    for name in chosen:
        folder, _, file = name.rpartition("/")
        if file == "config.json" and not any(
            other.startswith(f"{folder}/") and other.endswith(".safetensors") for other in chosen
        ):
            raise BadSetting(f"{listing.repository} holds no safetensors of {folder}; other formats are not loaded")
    return chosen


def _fetch(hub: Source, listing: Listing, file: HubFile, partial: Path) -> None:
    target = partial / file.name
    if file.matches(target):
        return
    target.unlink(missing_ok=True)
    hub.fetch(listing, file.name, partial)
    if not file.matches(target):
        target.unlink(missing_ok=True)
        raise BadSetting(
            f"{file.name} of {listing.repository} is not what the hub lists: its size or hash differs; pull again"
        )
    _sync(target)


def _check_room(partial: Path, files: Sequence[HubFile]) -> None:
    missing = sum(file.size for file in files if not (partial / file.name).is_file())
    free = shutil.disk_usage(partial).free
    if missing + _SPARE_BYTES > free:
        raise BadSetting(f"{partial.parent} has {_size(free)} free; {_size(missing)} are to be pulled")


def _write_record(
    partial: Path, listing: Listing, licence: Licence, files: Sequence[HubFile], accepted_at: float
) -> None:
    record = {
        "repository": listing.repository,
        "revision": listing.revision,
        "licence": licence.id,
        "licence_link": licence.link,
        "licence_files": {text.name: digest(text, hashlib.sha256()) for text in licence.texts},
        "accepted_at": datetime.fromtimestamp(accepted_at, UTC).isoformat(timespec="seconds"),
        "files": {file.name: file.sha256 or file.git_hash for file in files},
    }
    target = partial / RECORD
    target.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    _sync(target)
    _sync(partial)


@contextmanager
def _alone(lock: Path, listing: Listing) -> Iterator[None]:
    """One pull of a revision at a time; the lock ends with its process."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadSetting(f"{listing.repository} is being pulled already, into {lock.parent}") from error
        yield


def _is_licence(name: str) -> bool:
    return "/" not in name and name.upper().startswith(("LICENSE", "LICENCE", "NOTICE"))


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 5e7 else f"{count / 1e6:.1f} MB"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
