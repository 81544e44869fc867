"""Repositories on the Hugging Face hub, through huggingface_hub, which is imported when one is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagend.core.errors import BadSetting

_CHUNK = 2**22  # bytes
UNKNOWN_LICENCE = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """`sha256` is "" for small files, whose `git_hash` is git's name of them (SHA-1)."""

    name: str
    size: int
    sha256: str
    git_hash: str

    def matches(self, file: Path) -> bool:
        """Whether the file holds what the hub says it does."""
        if not file.is_file() or file.stat().st_size != self.size:
            return False
        if self.sha256:
            return digest(file, hashlib.sha256()) == self.sha256
        named = hashlib.sha1(f"blob {self.size}\0".encode(), usedforsecurity=False)
        return not self.git_hash or digest(file, named) == self.git_hash


def digest(file: Path, started: Any) -> str:
    """Hexadecimal digest of a file by a hash that may have begun already."""
    with file.open("rb") as opened:
        while part := opened.read(_CHUNK):
            started.update(part)
    return str(started.hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """As the repository's card has it. `texts`: its licence files."""

    id: str
    link: str = ""
    texts: Sequence[Path] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One revision of a repository."""

    repository: str
    revision: str  # 40 hexadecimal digits
    files: Sequence[HubFile]
    licence: Licence


class Hub:
    """Raises BadSetting for what is not there, may not be had, or does not answer."""

    def __init__(self) -> None:
        try:
            import huggingface_hub
            import huggingface_hub.constants
            import huggingface_hub.errors
        except ImportError as error:
            raise BadSetting("pulling needs huggingface_hub: pip install 'imagend[gpu]'") from error
        self._hub = huggingface_hub

    @property
    def offline(self) -> bool:
        """HF_HUB_OFFLINE is set."""
        return bool(self._hub.constants.is_offline_mode())

    def look(self, repository: str, revision: str | None) -> Listing:
        with self._errors(repository, revision):
            info = self._hub.HfApi().model_info(repository, revision=revision, files_metadata=True)
        card = info.card_data.to_dict() if info.card_data else {}
        name = card.get("license_name") or card.get("license") or UNKNOWN_LICENCE
        return Listing(
            repository=repository,
            revision=str(info.sha),
            files=[_file(sibling) for sibling in info.siblings or ()],
            licence=Licence(id=str(name), link=str(card.get("license_link") or "")),
        )

    def fetch(self, listing: Listing, name: str, folder: Path) -> Path:
        """Download one file into `folder`, with a bar on stderr."""
        with self._errors(listing.repository, listing.revision):
            return Path(
                self._hub.hf_hub_download(listing.repository, name, revision=listing.revision, local_dir=folder)
            )

    @contextmanager
    def _errors(self, repository: str, revision: str | None) -> Iterator[None]:
        kinds = self._hub.errors
        try:
            yield
        except kinds.GatedRepoError as error:
            raise BadSetting(
                f"{repository} is gated: accept its conditions at https://huggingface.co/{repository} and set HF_TOKEN"
            ) from error
        except kinds.RevisionNotFoundError as error:
            raise BadSetting(f"{repository} has no revision {revision}") from error
        except kinds.RepositoryNotFoundError as error:
            raise BadSetting(f"there is no repository {repository}, or HF_TOKEN does not open it") from error
        except (OSError, ValueError, kinds.HTTPError) as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise BadSetting(f"{repository} cannot be fetched: {said[0]}") from error


def _file(sibling: Any) -> HubFile:
    return HubFile(
        name=str(sibling.rfilename),
        size=int(sibling.size or 0),
        sha256=str(sibling.lfs.sha256) if sibling.lfs else "",
        git_hash=str(sibling.blob_id or ""),
    )
