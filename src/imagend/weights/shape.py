"""The figures of a model that its memory depends on: counted in a folder, or written down in a preset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagend.core.errors import BadSetting
from imagend.weights.folder import Folder, quantised_in

_DENOISERS = ("transformer", "unet")
_USUAL_WORDS = 512  # tokens of a prompt that most text encoders give
_PATCH = 2  # places along a side of a latent that a transformer over an 8-pixel decoder takes as one


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    numbers: int  # of all components together
    quantised: int = 0  # those of them that `quantization` makes one byte each
    quantised_rows: int = 0  # of which each has a scale then, of four bytes
    width: int  # channels of the denoiser, in its first level
    stride: int  # pixels along a side of one place of the denoiser
    kept: int  # tensors of that width that are in memory at once, at the most
    words: int = _USUAL_WORDS
    rows: int = 2  # evaluations of one picture: guided, and not
    decoder_width: int  # channels of the decoder at the size of the picture
    decoder_bytes: int = 0  # of one number in the decoder; 0: as the rest


KEPT_TRANSFORMER = 24  # residual, modulated, q k v and their rotated twins, attention, the hidden layer of 4 widths
KEPT_UNET = 64  # those of the finest level, skip connections of all levels, convolutions' own room


def shape_of(folder: Folder) -> Shape:
    """Raises BadSetting for a folder without a denoiser."""
    name = next((name for name in _DENOISERS if name in folder.configs), None)
    if name is None:
        raise BadSetting(f"{folder.path} holds no {' or '.join(_DENOISERS)}")
    config, vae = folder.configs[name], folder.configs.get("vae", {})
    is_unet, factor = name == "unet", _pixels_per_place(vae)
    patch = 1 if is_unet else _PATCH if factor <= 8 else int(config.get("patch_size") or 1)
    quantised, rows = quantised_in(folder.path / name)
    return Shape(
        numbers=sum(folder.numbers.values()),
        quantised=quantised,
        quantised_rows=rows,
        width=_width(config),
        stride=factor * patch,
        kept=KEPT_UNET if is_unet else KEPT_TRANSFORMER,
        rows=1 if config.get("guidance_embeds") else 2,
        decoder_width=_decoder_width(vae),
        decoder_bytes=4 if is_unet and vae.get("force_upcast", True) else 0,
    )


def _width(config: Mapping[str, Any]) -> int:
    if levels := config.get("block_out_channels"):
        return int(levels[0])
    for name in ("hidden_size", "dim"):
        if config.get(name):
            return int(config[name])
    return int(config.get("num_attention_heads") or 24) * int(config.get("attention_head_dim") or 128)


def _levels(vae: Mapping[str, Any]) -> list[int]:
    """Channels of the decoder from the finest level to the coarsest."""
    for name in ("block_out_channels", "decoder_block_out_channels"):
        if vae.get(name):
            return [int(channels) for channels in vae[name]]
    if vae.get("dim_mult"):
        return [int(vae.get("base_dim") or 96) * int(factor) for factor in vae["dim_mult"]]
    return [128, 256, 512, 512]


def _pixels_per_place(vae: Mapping[str, Any]) -> int:
    return int(2 ** (len(_levels(vae)) - 1))


def _decoder_width(vae: Mapping[str, Any]) -> int:
    """The finest level takes what the one before it has enlarged."""
    return _levels(vae)[min(1, len(_levels(vae)) - 1)]
