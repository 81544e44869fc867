"""A deterministic network small enough to be computed twice, and recipes for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from imagend.core.recipe import Recipe
from imagend.engine.backend import (
    BackendSpec,
    Floats,
    Guide,
    Pixels,
    PlainConditioning,
    PromptNotes,
    guided_by_stacking,
)
from imagend.engine.engine import Engine
from imagend.engine.events import Event, Finished
from imagend.engine.schedule import FlowNoise, Prediction

SHAPE = (4, 6)


@dataclass
class ToyBackend:
    """Pulls a latent towards a vector that is made of the letters of the prompt; elementwise, so exact in any batch."""

    spec: BackendSpec = field(
        default_factory=lambda: BackendSpec(
            name="toy", prediction=Prediction.FLOW_SAMPLE, noise=FlowNoise(), max_lanes=8, stride=8, revision="toy-1"
        )
    )
    batches: list[int] = field(default_factory=list)  # number of pictures in every call of denoise
    encoded: list[str] = field(default_factory=list)

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        return SHAPE if width == height else (4, 9)

    def encode(self, prompt: str, width: int, height: int) -> PlainConditioning:
        self.encoded.append(prompt)
        letters = np.array([ord(letter) % 7 - 3 for letter in prompt] or [0], np.float32)
        size = int(np.prod(self.latent_shape(width, height)))
        embedding = np.resize(letters, size).reshape(self.latent_shape(width, height)) / np.float32(3)
        return PlainConditioning(embedding=embedding, notes=PromptNotes(understood=tuple(prompt.split())))

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[PlainConditioning]]) -> Floats:
        self.batches.append(len(guides))
        return guided_by_stacking(_network, latents, times, guides)

    def decode(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        grey = np.uint8(np.clip(128 + 40 * latents.mean(), 0, 255))
        picture = np.full((height, width, 3), grey)
        picture[0, : latents.size * 4, 0] = np.ascontiguousarray(latents).view(np.uint8).ravel()[:width]
        return picture

    def preview(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        return np.full((8, 8, 3), np.uint8(np.clip(128 + 40 * latents.mean(), 0, 255)))


def _network(latents: Floats, times: Floats, conditionings: Sequence[PlainConditioning]) -> Floats:
    wanted = np.stack([conditioning.embedding for conditioning in conditionings])
    time = times.reshape(-1, *[1] * (latents.ndim - 1))
    return wanted + np.float32(0.2) * latents / (1 + np.abs(latents)) * time


RECIPE = Recipe(
    model="toy-model",
    backend="toy",
    prompt="a red house",
    negative_prompt="rain",
    width=128,
    height=128,
    steps=8,
    guidance_scale=2.0,
    scheduler="DDIM",
    seed=7,
)


def recipe(**changes: Any) -> Recipe:
    return replace(RECIPE, **changes)


def toy_engine(backend: Any = None) -> Engine:
    return Engine({"toy": backend or ToyBackend()})


def run_to_end(engine: Engine) -> list[Event]:
    """All events until nothing is left to do."""
    events: list[Event] = []
    while not engine.idle:
        events += engine.step()
    return events


def finished(events: Sequence[Event]) -> dict[tuple[str, int], Finished]:
    return {(event.ticket, event.index): event for event in events if isinstance(event, Finished)}
