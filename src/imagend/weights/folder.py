"""What a folder of weights holds, learnt from its JSON files and the heads of its safetensors; nothing is loaded."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagend.core.errors import BadSetting
from imagend.core.native_samplers import NATIVE_SAMPLERS
from imagend.core.quantised_weights import is_quantised
from imagend.core.unused_weights import UNUSED_COMPONENTS

INDEX = "model_index.json"
_WEIGHTS = re.compile(r"(?:diffusion_pytorch_model|model)(?:-\d{5}-of-\d{5})?\.safetensors")
_TEXTS = (".json", ".txt", ".model", ".jinja")
_LARGEST_HEAD = 100_000_000  # bytes, the format's own limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A whole model. `numbers`: component -> how many numbers it has; `configs`: component -> its config.json."""

    path: Path
    pipeline: str
    numbers: Mapping[str, int]
    configs: Mapping[str, Mapping[str, Any]]


def components_of(index: Mapping[str, Any]) -> list[str]:
    """The subfolders that a model_index.json names and that are used."""
    return [
        name
        for name, value in index.items()
        if not name.startswith("_")
        and name not in UNUSED_COMPONENTS
        and isinstance(value, list)
        and len(value) == 2
        and value[0] is not None
    ]


def wanted_files(names: Collection[str], components: Sequence[str]) -> list[str]:
    """Of the files of a repository those that a model is loaded from: no other formats, precisions or code.

    names: relative, with /. Weights beside the components, for other programs, are not among them.
    """
    return sorted(name for name in names if _wanted(name, components))


def _wanted(name: str, components: Sequence[str]) -> bool:
    folder, _, file = name.rpartition("/")
    if ".." in name.split("/") or name.startswith("/"):
        return False
    if not folder:
        return file == INDEX or file.upper().startswith(("LICENSE", "LICENCE", "NOTICE", "README"))
    if folder.split("/")[0] not in components:
        return False
    if file.endswith(".safetensors"):
        return _WEIGHTS.fullmatch(file) is not None
    return file.endswith(_TEXTS) and ".fp16." not in file


def read_index(path: Path) -> dict[str, Any]:
    """The model_index.json of a folder. Raises BadSetting."""
    return _json(path / INDEX)


def read_folder(path: Path) -> Folder:
    """Raises BadSetting for a folder that is not a whole model."""
    index = read_index(path)
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str):
        raise BadSetting(f"{path / INDEX} does not name a diffusers pipeline")
    numbers: dict[str, int] = {}
    configs: dict[str, Mapping[str, Any]] = {}
    for name in components_of(index):
        folder = path / name
        if not folder.is_dir():
            raise BadSetting(f"{path} is not whole: there is no {name}, which {INDEX} names")
        if (folder / "config.json").is_file():
            configs[name] = _json(folder / "config.json")
            numbers[name] = sum(numbers_in(file) for file in weight_files(folder))
    return Folder(path=path, pipeline=pipeline, numbers=numbers, configs=configs)


def native_sampler(path: Path) -> str | None:
    """The sampler that a model was made for, by the scheduler in its folder; None where nothing there says it. Raises
    BadSetting."""
    config = path / "scheduler" / "scheduler_config.json"
    return NATIVE_SAMPLERS.get(str(_json(config).get("_class_name"))) if config.is_file() else None


def weight_files(folder: Path) -> list[Path]:
    """The safetensors of a component, all of them there. Raises BadSetting."""
    for index in sorted(folder.glob("*.safetensors.index.json")):
        if _WEIGHTS.fullmatch(index.name.removesuffix(".index.json")):
            shards = sorted({str(name) for name in _json(index).get("weight_map", {}).values()})
            return [_there(folder / name) for name in shards]
    found = sorted(file for file in folder.glob("*.safetensors") if _WEIGHTS.fullmatch(file.name))
    if not found:
        raise BadSetting(f"{folder} holds no model.safetensors or diffusion_pytorch_model.safetensors")
    return found


def _there(file: Path) -> Path:
    if not file.is_file():
        raise BadSetting(f"{file.parent} is not whole: there is no {file.name}, which its index names")
    return file


def numbers_in(file: Path) -> int:
    """How many numbers a safetensors file holds. Raises BadSetting."""
    return sum(math.prod(shape) for shape in tensors_in(file).values())


def quantised_in(folder: Path) -> tuple[int, int]:
    """How many numbers of a denoiser would have 8 bits, and in how many rows. Raises BadSetting."""
    matrices = [
        shape for file in weight_files(folder) for name, shape in tensors_in(file).items() if is_quantised(name, shape)
    ]
    return sum(math.prod(shape) for shape in matrices), sum(shape[0] for shape in matrices)


def tensors_in(file: Path) -> dict[str, list[int]]:
    """Shapes of a safetensors file's tensors, from its head. Raises BadSetting, also for one that was cut short."""
    try:
        with file.open("rb") as opened:
            length = struct.unpack("<Q", opened.read(8))[0]
            head = json.loads(opened.read(min(length, _LARGEST_HEAD)))
        tensors = {name: value for name, value in head.items() if name != "__metadata__"}
        end = 8 + length + max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
        shapes = {name: [int(side) for side in tensor["shape"]] for name, tensor in tensors.items()}
        size = file.stat().st_size
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise BadSetting(f"{file} is no safetensors file: {error}") from error
    if size != end:
        raise BadSetting(f"{file} is not whole: it should have {end} bytes and has {size}")
    return shapes


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadSetting(f"{file} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BadSetting(f"{file} must hold a JSON object")
    return found
