"""The tiny trained model in the repository: it loads as any folder does, and draws what its sentences say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bench.quality import WEIGHTS
from imagend.core.recipe import Recipe
from imagend.engine.backend import Pixels
from imagend.engine.backends.torch_diffusers.load import open_folder
from tests.torch.families.painting import NAME, paint

Draw = Callable[..., list[Pixels]]
SENTENCES = ("a red house in a meadow by day", "a red house in a meadow at night")


def drawn(**options: Any) -> list[Pixels]:
    backend = open_folder(WEIGHTS, NAME, device="cpu", **options)
    recipes = [
        Recipe(
            model="tiny", backend=NAME, prompt=sentence, negative_prompt="", width=64, height=64, steps=12,
            guidance_scale=3.0, scheduler="FlowMatchEuler", seed=3,
        )
        for sentence in SENTENCES
    ]  # fmt: skip
    return paint(backend, recipes)


@pytest.fixture(scope="module")
def plain() -> list[Pixels]:
    return drawn(precision="float32")


def test_a_day_is_bright_above_a_green_meadow_and_a_night_is_dark(plain: list[Pixels]) -> None:
    day, night = (picture.astype(float) for picture in plain)
    assert day.mean() > 1.5 * night.mean()
    red, green, blue = day[-12:].mean(axis=(0, 1))
    assert green > max(red, blue)
    sky = day[:8].mean(axis=(0, 1))
    assert sky[2] > sky[0]


def decibels(one: list[Pixels], other: list[Pixels]) -> float:
    away = np.stack(one).astype(float) - np.stack(other)
    return float(10 * np.log10(255**2 / np.square(away).mean()))


@pytest.mark.parametrize(
    "options",
    [
        {"precision": "bfloat16"},
        {"precision": "bfloat16", "quantization": "fp8"},
        {"precision": "float32", "step_cache": 0.1},
    ],
)
def test_switches_leave_the_picture_recognizable(plain: list[Pixels], options: dict[str, Any]) -> None:
    """Pictures of different sentences are at 10 dB."""
    assert decibels(drawn(**options), plain) > 30
