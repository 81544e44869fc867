"""What bit-exact pictures cost: a small network of FLUX.1's kind, random weights, one picture at a time and batched."""

from __future__ import annotations

import hashlib
import importlib.util
import statistics
import time
from types import SimpleNamespace
from typing import Any

from bench.report import Table
from imagend.core.recipe import Recipe
from imagend.engine.engine import Engine

NAME = "bench"
SIDE, STEPS, ROUNDS = 128, 4, 9  # pixels, evaluations, runs of which the median counts
WORDS, WIDTH = 32, 64  # tokens of a prompt


def strict_cost() -> Table | None:
    """Both ways by turns, so that a noisy neighbour meets both. None where torch is not installed."""
    missing = [name for name in ("torch", "diffusers") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"strict-cost was left out: it needs {' and '.join(missing)}, pip install 'imagend[gpu]'")
        return None
    usual, strict = _backends()
    rows = []
    for count in (1, 4, 8):
        seconds: list[tuple[float, float]] = []
        for turn in range(ROUNDS + 1):
            taken = _seconds(usual, count), _seconds(strict, count)
            seconds += [taken] if turn else []  # the first is the warm-up
        default, exact = (count / statistics.median(column) for column in zip(*seconds, strict=True))
        longer = statistics.median(exactly / usually for usually, exactly in seconds)  # of runs side by side
        rows.append({"pictures at once": count, "default, images/s": default, "strict, images/s": exact,
                     "strict takes, times": longer})  # fmt: skip
    return Table(
        name="strict-cost",
        title="Bit-exact pictures: what `strict` costs on a CPU",
        about=f"A network of FLUX.1's kind with random weights (2 + 4 blocks of width 256), {SIDE} x {SIDE} pixels, "
        f"{STEPS} steps, float32; evaluation and decoding, without reading prompts. Lost is what batches gain: on a "
        "GPU more than here for small pictures, and little for large ones. Nothing ran on a GPU.",
        rows=rows,
    )


def _backends() -> tuple[Any, Any]:
    """The same weights, default and strict."""
    import torch
    from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel

    from imagend.engine.backends.torch_diffusers.backend import TorchBackend
    from imagend.engine.backends.torch_diffusers.flux1 import Flux1
    from imagend.engine.backends.torch_diffusers.strict import OneByOne

    class Wordless(Flux1):
        """Prompts are noise of their own, so that no text encoder is needed."""

        def embed(self, prompts: Any) -> Any:
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
    family, common = Wordless(pipeline), {"revision": "random", "device": "cpu", "max_lanes": 8}
    return TorchBackend(family, NAME, **common), OneByOne(family, NAME, **common)


def _noise(prompt: str) -> dict[str, Any]:
    import torch

    dice = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:7], "big"))
    return {"words": torch.randn(WORDS, WIDTH, generator=dice), "pooled": torch.randn(WIDTH, generator=dice)}


def _seconds(backend: Any, count: int) -> float:
    engine = Engine({NAME: backend})
    for seed in range(count):
        engine.add(str(seed), _recipe(seed))
    start = time.perf_counter()
    while not engine.idle:
        engine.step()
    return time.perf_counter() - start


def _recipe(seed: int) -> Recipe:
    return Recipe(
        model=NAME, backend=NAME, prompt=str(seed), negative_prompt="", width=SIDE, height=SIDE, steps=STEPS,
        guidance_scale=1.0, scheduler="FlowMatchEuler", seed=seed,
    )  # fmt: skip
