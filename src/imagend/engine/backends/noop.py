"""A model that does nothing, to measure what everything around a model costs. No slug uses it unless told to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imagend.engine.backend import BackendSpec, Floats, Guide, Pixels, PlainConditioning
from imagend.engine.schedule import FlowNoise, Prediction

GREY = 128
PREVIEW_PIXELS = 64


class NoopBackend:
    """Answers zeros at once and decodes them to a flat grey picture."""

    spec = BackendSpec(name="noop", prediction=Prediction.FLOW_SAMPLE, noise=FlowNoise(), max_lanes=64, revision="1")

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        return (1,)

    def encode(self, prompt: str, width: int, height: int) -> PlainConditioning:
        return PlainConditioning(embedding=np.zeros(1, np.float32))

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[PlainConditioning]]) -> Floats:
        return np.zeros_like(latents)

    def decode(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        return np.full((height, width, 3), GREY, np.uint8)

    def preview(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        return np.full((PREVIEW_PIXELS, PREVIEW_PIXELS, 3), GREY, np.uint8)
