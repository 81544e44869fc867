"""LoRAs with random numbers for tiny models: as files of several layouts, and fused into the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.load import over_pipeline
from tests.torch.families.models import make
from tests.torch.families.painting import NAME, backend_of

Matrices = Mapping[str, tuple[Tensor, Tensor]]
"""Layer of the network -> down and up."""

#: Of each kind that there is: attention, hidden layers, modulation (without places), what comes first and last.
LAYERS: Mapping[str, Sequence[str]] = {
    "flux1-dev": (
        "transformer_blocks.0.attn.to_q", "transformer_blocks.0.attn.add_k_proj", "transformer_blocks.0.norm1.linear",
        "single_transformer_blocks.0.proj_mlp", "x_embedder", "proj_out", "time_text_embed.timestep_embedder.linear_1",
    ),
    "z-image": (
        "layers.0.attention.to_q", "layers.0.attention.to_out.0", "layers.0.feed_forward.w1",
        "layers.0.adaLN_modulation.0", "noise_refiner.0.attention.to_v", "context_refiner.0.feed_forward.w2",
    ),
    "sd15": (
        "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k", "down_blocks.1.attentions.0.proj_in",
        "down_blocks.0.resnets.0.conv1", "down_blocks.0.downsamplers.0.conv", "time_embedding.linear_1", "conv_out",
    ),
    "sdxl": ("mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0", "up_blocks.0.resnets.0.conv_shortcut"),
}  # fmt: skip


def network_of(pipeline: Any) -> Any:
    return pipeline.unet if hasattr(pipeline, "unet") else pipeline.transformer


def matrices(model: str, rank: int, seed: int, gain: float = 0.3, layers: Sequence[str] = ()) -> Matrices:
    numbers = torch.Generator().manual_seed(seed)
    modules = dict(network_of(make(model)).named_modules())
    found = {}
    for name in layers or LAYERS[model]:
        weight = modules[name].weight
        ones = [1] * (weight.ndim - 2)
        down = torch.randn(rank, *weight.shape[1:], generator=numbers) * gain
        found[name] = down, torch.randn(len(weight), rank, *ones, generator=numbers) * gain
    return found


def write_peft(
    path: Path, made: Matrices, prefix: str = "transformer.", metadata: Mapping[str, str] | None = None
) -> Path:
    tensors = {}
    for name, (down, up) in made.items():
        tensors |= {f"{prefix}{name}.lora_A.weight": down, f"{prefix}{name}.lora_B.weight": up}
    return write(path, tensors, metadata)


def write_kohya(
    path: Path, made: Matrices, alpha: float, renamed: Callable[[str], str] = lambda name: name.replace(".", "_")
) -> Path:
    tensors = {}
    for name, (down, up) in made.items():
        layer = f"lora_unet_{renamed(name)}"
        tensors |= {f"{layer}.lora_down.weight": down, f"{layer}.lora_up.weight": up}
        tensors[f"{layer}.alpha"] = torch.tensor(alpha)
    return write(path, tensors)


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> Path:
    save_file({key: value.contiguous() for key, value in tensors.items()}, path, metadata=dict(metadata or {}))
    return path


def adapted(model: str, files: Mapping[str, Path], **options: Any) -> TorchBackend:
    """The tiny model with these LoRAs on offer."""
    return over_pipeline(make(model), NAME, revision="random", device="cpu", loras=files, **options)


def fused(model: str, *grown: tuple[Matrices, float]) -> TorchBackend:
    """The tiny model with the same in its weights, each so many times."""
    pipeline = make(model)
    modules = dict(network_of(pipeline).named_modules())
    for made, scale in grown:
        for name, (down, up) in made.items():
            weight = modules[name].weight
            weight.data += scale * (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)
    return backend_of(pipeline)
