"""Pieces that several families share: their VAE, and shifts of the schedule that grow with the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from imagend.engine.schedule import FlowNoise


class ImageVae:
    """diffusers' AutoencoderKL and those with its face, AutoencoderDC among them."""

    def __init__(self, vae: Any) -> None:
        self._vae = vae
        blocks = vae.config.get("block_out_channels") or vae.config.decoder_block_out_channels
        self.factor = 2 ** (len(blocks) - 1)  # pixels along a side of one latent place

    def decode(self, x: Tensor) -> Tensor:
        config = self._vae.config
        unscaled = x / config.scaling_factor + (getattr(config, "shift_factor", None) or 0.0)
        pictures: Tensor = self._vae.decode(unscaled.to(self._vae.dtype), return_dict=False)[0]
        return pictures.float()


class OverVae:
    """What families share whose network works on the latents of an ImageVae."""

    def __init__(self, pipeline: Any, network: Any, patch: int) -> None:
        """patch: places along a side of what the network reads as one."""
        self._pipeline = pipeline
        self._network = network
        self._vae = ImageVae(pipeline.vae)
        self.stride: int = patch * self._vae.factor

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        return self._network.config.in_channels, height // self._vae.factor, width // self._vae.factor

    def decode(self, x: Tensor) -> Tensor:
        return self._vae.decode(x)


def padded_alike(latent_shape: tuple[int, ...]) -> int:
    """A key that shapes (channels, height, width) share when the larger has at most an eighth more places than the
    smaller: six keys for each doubling, laid so that the ratios of the 1K sizes of models share one."""
    return math.floor(6 * math.log2(math.prod(latent_shape[1:])) - 0.82)


def flow_noise(config: Mapping[str, Any], tokens: int, time_scale: float = 1.0) -> FlowNoise:
    """diffusers' FlowMatchEulerDiscreteScheduler for a picture of so many tokens.

    With dynamic shifting, exp(mu) is the shift and mu grows along a line with the tokens (arXiv 2403.03206, section
    5.3.2, and FLUX.1's published code).
    """
    shift = float(config.get("shift") or 1.0)
    if config.get("use_dynamic_shifting"):
        few, many = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
        low, high = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
        mu = low + (high - low) * (tokens - few) / (many - few)
        shift = math.exp(mu) if config.get("time_shift_type", "exponential") == "exponential" else mu
    return FlowNoise(shift=shift, time_scale=time_scale, terminal=config.get("shift_terminal") or None)
