"""LoRAs in the models file: where each lies, and how many numbers all of them are in memory."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imagend.core.errors import BadSetting
from imagend.weights.folder import tensors_in
from imagend.weights.places import revision_folder

SUFFIX = ".safetensors"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PINNED = re.compile(r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)@([0-9a-f]{40}):([^/].*)")
_UNPINNED = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?:.+")
_MATRIX = re.compile(r"(.+?)[._](?:lora_[AB]|lora_(?:down|up)|lora\.(?:down|up)|down|up)(?:\.[^.]+)?\.weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraSource:
    """One that requests may ask for. `repository` and `revision` are "" for a file of the operator's."""

    name: str
    text: str  # as the models file has it
    file: str  # in the repository; a path, relative to the models file, for one of the operator's
    repository: str = ""
    revision: str = ""  # 40 hexadecimal digits


class LoraTable:
    """The kind of the field `loras`."""

    def read(self, value: object) -> tuple[LoraSource, ...]:
        """Raises ValueError with what it must be."""
        if isinstance(value, dict):
            return tuple(lora_source(name, text) for name, text in value.items())
        raise ValueError("a table of names and files")


def lora_source(name: str, text: object) -> LoraSource:
    """Raises ValueError with what the table must be."""
    if not _NAME.fullmatch(name):
        raise ValueError("a table whose names are 1 to 64 letters, digits, - and _")
    if not isinstance(text, str) or not text.endswith(SUFFIX):
        raise ValueError(f"a table of files that end with {SUFFIX}, or owner/name@revision:file{SUFFIX}")
    if (pinned := _PINNED.fullmatch(text)) and ".." not in pinned[3].split("/"):
        return LoraSource(name=name, text=text, repository=pinned[1], revision=pinned[2], file=pinned[3])
    if _UNPINNED.fullmatch(text):
        raise ValueError("a table of files with revisions of 40 hexadecimal digits (imagend models pull pins them)")
    return LoraSource(name=name, text=text, file=text)


def loras_folder(weights_dir: Path, repository: str, revision: str) -> Path:
    """Of the files that were pulled by themselves."""
    folder = revision_folder(weights_dir, repository, revision)
    return folder.with_name(f"{folder.name}.loras")


def found_lora(place: str, source: LoraSource, base: Path, weights_dir: Path) -> Path:
    """The file, which is there. place: of the model, for messages. Raises BadSetting."""
    if not source.repository:
        path = base / Path(source.file).expanduser()
        if not path.is_file():
            raise BadSetting(f"{place}: loras.{source.name}: there is no file {path}")
        return path
    path = loras_folder(weights_dir, source.repository, source.revision) / source.file
    if not path.is_file():
        slug = place.rpartition(".")[2]
        raise BadSetting(
            f"{place}: loras.{source.name}: it is not in {path.parent}: run imagend models pull "
            f"{slug}.loras.{source.name}={source.text}"
        )
    return path


def lora_numbers(place: str, files: Sequence[Path]) -> int:
    """How many numbers these files are in memory, where all LoRAs of a layer are as large as the largest. Raises
    BadSetting."""
    largest: Counter[str] = Counter()
    for file in files:
        try:
            layers: Counter[str] = Counter()
            for key, shape in tensors_in(file).items():
                if match := _MATRIX.fullmatch(key):
                    layers[match[1]] += math.prod(shape)
        except BadSetting as error:
            raise BadSetting(f"{place}: loras: {error.message}") from error
        largest |= layers
    return len(files) * largest.total()
