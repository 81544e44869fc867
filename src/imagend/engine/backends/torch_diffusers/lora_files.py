"""LoRA files (arXiv 2106.09685) in the layouts that trainers write, read into one: layer -> two matrices.

diffusers' own converters turn kohya's, ai-toolkit's, XLabs' and other names into those of its networks; the package
peft is not needed. What would be left out on the way is an error, for a picture that is half of what was asked for
looks like a picture.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from imagend.core.errors import BadSetting

logger = logging.getLogger(__name__)

_DOWN = re.compile(r"(.+?)([._]lora_A|[._]lora_down|[._]lora\.down|\.down)(\.default(?:_\d+)?)?\.weight")
_UP = {"lora_A": "lora_B", "lora_down": "lora_up", "lora.down": "lora.up", "down": "up"}
_OTHER_KINDS = {"dora_scale": "DoRA", "magnitude_vector": "DoRA", "lokr_": "LoKr", "hada_": "LoHa", "lora_mid": "LoCon"}
_TEXT = re.compile(r"(?:base_model\.model\.)?(?:lora_te\d?_|text_encoders?[._\d]|text_model\.|conditioner\.).*")
_PREFIXES = ("base_model.model.", "diffusion_model.", "transformer.", "unet.")
_LOST = 1e-4  # of the square of all that a file adds to the weights: more than rounding
_NAMED = 3  # layers that a message names


class Pair(NamedTuple):
    """What a layer's weights grow by is `up` @ `down`: [out, r] or [out, r, 1, 1], and [r, in] or [r, in, k, k]."""

    down: Tensor
    up: Tensor

    @property
    def rank(self) -> int:
        return len(self.down)

    @property
    def square(self) -> float:
        """Of the growth's length: of all its numbers, squared and added."""
        down, up = self.down.flatten(1).double(), self.up.flatten(1).double()
        return float(((up.T @ up) * (down @ down.T)).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraFile:
    """`layers`: by their names in the network. `digest`: of the file."""

    layers: Mapping[str, Pair]
    digest: str


def read_lora(place: str, path: Path, pipeline: Any) -> LoraFile:
    """place: how messages begin; it names the file. pipeline: whose converter knows the layout. Raises BadSetting."""
    tensors, header = _opened(place, path)
    _refuse_other_kinds(place, tensors)
    text = {key: value for key, value in tensors.items() if _TEXT.fullmatch(key)}
    rest = {key: value.float() for key, value in tensors.items() if key not in text}
    before = _pairs(place, rest)
    if not before:
        raise BadSetting(f"{place} holds no layers of the network{', only of text encoders' if text else ''}")
    if text:
        count = sum(_DOWN.fullmatch(key) is not None for key in text)
        logger.warning("%s: its %d layers for text encoders are not applied", place, count)
    layers = {_bare(key): pair for key, pair in _pairs(place, _converted(place, rest, pipeline)).items()}
    _check_whole(place, before, layers)
    scales = _peft_scales(place, path, header)
    return LoraFile(
        layers={name: pair._replace(up=pair.up * scales.of(name, pair.rank)) for name, pair in layers.items()},
        digest=_digest(path),
    )


def _opened(place: str, path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "pt") as opened:
            return {key: opened.get_tensor(key) for key in opened.keys()}, opened.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BadSetting(f"{place} is no safetensors file: {error}") from error


def _refuse_other_kinds(place: str, tensors: Mapping[str, Tensor]) -> None:
    for key in tensors:
        for mark, kind in _OTHER_KINDS.items():
            if mark in key:
                raise BadSetting(f"{place}: {key} is of a {kind}; LoRAs of two matrices per layer are served")


def _pairs(place: str, tensors: dict[str, Tensor]) -> dict[str, Pair]:
    """Layer as the file names it -> its matrices, with alpha / rank (where the file has alphas) in the second; in
    `tensors` alphas are then ranks, so that no converter counts them again. What is no part of a pair must be zero."""
    found: dict[str, Pair] = {}
    used: set[str] = set()
    for key, down in list(tensors.items()):
        if not (match := _DOWN.fullmatch(key)):
            continue
        layer, mark, adapter = match[1], match[2], match[3] or ""
        up_key, alpha_key = f"{layer}{mark[0]}{_UP[mark[1:]]}{adapter}.weight", f"{layer}.alpha"
        if up_key not in tensors:
            raise BadSetting(f"{place}: {key} is there without {up_key}")
        up = tensors[up_key]
        if alpha_key in tensors:
            up = up * (tensors[alpha_key].item() / len(down))
            tensors |= {up_key: up, alpha_key: torch.tensor(float(len(down)))}
        found[layer] = _fitting(place, key, Pair(down, up))
        used |= {key, up_key}
    _refuse_rest(place, tensors, used)
    return found


def _fitting(place: str, key: str, pair: Pair) -> Pair:
    shapes = f"{list(pair.down.shape)} and {list(pair.up.shape)}"
    if min(pair.down.ndim, pair.up.ndim) < 2 or not pair.rank or pair.rank != pair.up.shape[1]:
        raise BadSetting(f"{place}: {key}: matrices of {shapes} have no rank in common")
    if not (pair.down.isfinite().all() and pair.up.isfinite().all()):
        raise BadSetting(f"{place}: {key}: NaN or infinity among its numbers")
    return pair


def _refuse_rest(place: str, tensors: dict[str, Tensor], used: set[str]) -> None:
    """Biases, norms and whole weights that some trainers add: where they are zero they are taken out."""
    for key in [key for key in tensors if key not in used and not key.endswith(".alpha")]:
        if tensors.pop(key).any():
            raise BadSetting(f"{place}: {key} is no part of a LoRA")


def _converted(place: str, tensors: dict[str, Tensor], pipeline: Any) -> dict[str, Tensor]:
    """In diffusers' names for the layers of its networks."""
    from diffusers.utils import convert_unet_state_dict_to_peft

    convert = getattr(type(pipeline), "lora_state_dict", None)
    if convert is None:
        return tensors
    config = pipeline.unet.config if hasattr(pipeline, "unet") else None
    try:
        made = convert(dict(tensors), return_alphas=True, **({"unet_config": config} if config else {}))
    except Exception as error:  # of any kind, for what the converter did not expect
        reason = " ".join(str(error).split())[:200]
        raise BadSetting(f"{place} is in no layout of this model: {reason or type(error).__name__}") from error
    found: dict[str, Tensor] = made[0] if isinstance(made, tuple) else made
    if any("lora_A" in key for key in found):
        return found
    return dict(convert_unet_state_dict_to_peft(found))


def _bare(name: str) -> str:
    """A layer's name without what stands for the network itself."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _check_whole(place: str, before: Mapping[str, Pair], after: Mapping[str, Pair]) -> None:
    """Splitting a layer or turning round its rows keeps the length of all growth; leaving something out does not."""
    wanted, found = (sum(pair.square for pair in pairs.values()) for pairs in (before, after))
    if abs(found - wanted) > _LOST * wanted:
        raise BadSetting(f"{place} has layers that fit none of this model, among {', '.join(list(before)[:_NAMED])}")


class _Scales(NamedTuple):
    """alpha / rank of files whose alphas are not among their tensors."""

    alpha: float | None = None
    patterns: Mapping[re.Pattern[str], float] = MappingProxyType({})
    stabilized: bool = False

    def of(self, layer: str, rank: int) -> float:
        alpha = next((value for ends, value in self.patterns.items() if ends.fullmatch(layer)), self.alpha)
        return 1.0 if alpha is None else alpha / (rank**0.5 if self.stabilized else rank)


def _ends(pattern: str) -> re.Pattern[str]:
    """Of layers' names, as peft understands its patterns. Raises re.error."""
    return re.compile(rf"(?:.*\.)?(?:{pattern.removeprefix('^')})")


def _peft_scales(place: str, path: Path, header: Mapping[str, str]) -> _Scales:
    """diffusers keeps peft's configuration in the file, peft itself beside adapter_model.safetensors."""
    beside = path.with_name("adapter_config.json")
    try:
        if "lora_adapter_metadata" in header:
            said = {_bare(name): value for name, value in json.loads(header["lora_adapter_metadata"]).items()}
        elif path.name == "adapter_model.safetensors" and beside.is_file():
            said = json.loads(beside.read_text("utf-8"))
        else:
            return _Scales()
        if said.get("use_dora"):
            raise BadSetting(f"{place} is a DoRA; LoRAs of two matrices per layer are served")
        alpha, patterns = said.get("lora_alpha"), said.get("alpha_pattern") or {}
        return _Scales(
            alpha=None if alpha is None else float(alpha),
            patterns={_ends(_bare(name)): float(value) for name, value in patterns.items()},
            stabilized=bool(said.get("use_rslora")),
        )
    except (OSError, ValueError, TypeError, AttributeError, re.error) as error:
        raise BadSetting(f"{place}: its configuration cannot be read: {error}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
