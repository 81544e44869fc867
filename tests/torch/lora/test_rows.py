"""In every family, each layer that may get a LoRA sees one row for each picture and side; others are known."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from imagend.engine.backends.torch_diffusers.family import Apart
from imagend.engine.backends.torch_diffusers.load import denoiser, over_pipeline
from tests.torch.families.models import make
from tests.torch.families.painting import NAME, paint, recipe

ONE_OF_EACH = (
    "flux1-dev", "flux2-dev", "flux2-klein-base", "qwen-image", "z-image", "lumina2", "pixart-sigma", "sana-euler",
    "sana-sprint", "sd15", "sdxl", "sd35",
)  # fmt: skip


@pytest.mark.parametrize("model", ONE_OF_EACH)
def test_layers_see_rows(model: str) -> None:
    pipeline = make(model)
    tiny = over_pipeline(pipeline, NAME, revision="random", device="cpu")
    apart: set[str] = set()

    def look(layer: torch.nn.Module, args: tuple[Any, ...], name: str) -> None:
        if tiny._rows.now and len(args[0]) != len(tiny._rows.now):
            apart.add(name)

    for name, layer in denoiser(pipeline).named_modules():
        if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d):
            layer.register_forward_pre_hook(lambda layer, args, name=name: look(layer, args, name))
    sizes = (4, 4), (5, 4), (4, 5)  # the last two share a batch where shapes mix
    paint(
        tiny,
        [
            recipe(tiny, steps=1, width=width * tiny.stride, height=height * tiny.stride, prompt="kite " * (1 + number))
            for number, (width, height) in enumerate(sizes)
        ],
    )
    known = tiny._family.apart if isinstance(tiny._family, Apart) else ()
    assert {name.partition(".")[0] for name in apart} == set(known)
