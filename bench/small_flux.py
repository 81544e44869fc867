"""A small network of FLUX.1's kind with random weights, for tables that need torch and no weights."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

WORDS, WIDTH = 32, 64  # tokens of a prompt, and the numbers of each


def is_missing(table: str) -> bool:
    """Whether torch is not installed; then the table was left out, and says so."""
    missing = [name for name in ("torch", "diffusers") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"{table} was left out: it needs {' and '.join(missing)}, pip install 'imagend[gpu]'")
    return bool(missing)


def small_flux() -> Any:
    """A family: 2 + 4 blocks of width 256. Prompts are noise of their own, so that no text encoder is needed."""
    import torch
    from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel

    from imagend.engine.backends.torch_diffusers.flux1 import Flux1

    class Wordless(Flux1):
        def embed(self, prompts: Sequence[str]) -> list[Mapping[str, Any]]:
            return [_noise(prompt) for prompt in prompts]

    torch.manual_seed(7)
    pipeline = SimpleNamespace(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        transformer=FluxTransformer2DModel(
            patch_size=1, in_channels=64, num_layers=2, num_single_layers=4, attention_head_dim=64,
            num_attention_heads=4, joint_attention_dim=WIDTH, pooled_projection_dim=WIDTH, axes_dims_rope=(16, 24, 24),
        ),
        vae=AutoencoderKL(
            block_out_channels=(16, 32, 32, 32), norm_num_groups=8, latent_channels=16, layers_per_block=1,
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        ),
    )  # fmt: skip
    return Wordless(pipeline)


def _noise(prompt: str) -> Mapping[str, Any]:
    import torch

    dice = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:7], "big"))
    return {"words": torch.randn(WORDS, WIDTH, generator=dice), "pooled": torch.randn(WIDTH, generator=dice)}
