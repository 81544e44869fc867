"""The bundled model as a backend: the network reads and denoises, the vector renderer is the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imagend.engine.backend import BackendSpec, Floats, Guide, Pixels, PromptNotes
from imagend.engine.schedule import FlowNoise, Prediction
from imagend.sketch.draw.picture import render, thumbnail
from imagend.sketch.model import LATENT_SHAPE, Caption, SketchModel
from imagend.sketch.scene import Scene

PREVIEW_PIXELS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchConditioning:
    """A prompt read both ways: as what shall be in the picture, and as what shall not."""

    wanted: Caption
    unwanted: Caption
    notes: PromptNotes


class SketchBackend:
    """Text-to-scene diffusion with a vector decoder. Every picture is computed alone, so batches cannot matter."""

    def __init__(self, weights: Path | None = None) -> None:
        self._model = SketchModel.load(weights)
        self.spec = BackendSpec(
            name="sketch", prediction=Prediction.FLOW_SAMPLE, noise=FlowNoise(), max_lanes=8,
            revision=self._model.revision, useful_lanes=1,
        )  # fmt: skip

    def latent_shape(self, width: int, height: int) -> tuple[int, ...]:
        """Always [12, 40]: the size of the picture is the renderer's matter, its ratio is in the conditioning."""
        return LATENT_SHAPE

    def encode(self, prompt: str, width: int, height: int) -> SketchConditioning:
        aspect = width / height
        wanted = self._model.encode(prompt, aspect)
        words = wanted.words
        notes = PromptNotes(understood=words.understood, unknown=words.unknown, quoted=words.quotes)
        unwanted = self._model.encode(prompt, aspect, negative=True)
        return SketchConditioning(wanted=wanted, unwanted=unwanted, notes=notes)

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[SketchConditioning]]) -> Floats:
        """Guided clean latents [N, 12, 40]; guidance acts on logits (see `SketchModel.denoise`)."""
        out = np.empty_like(latents)
        for row, guide in enumerate(guides):
            against = guide.negative.unwanted if guide.negative is not None else None
            out[row] = self._model.denoise(latents[row], float(times[row]), guide.positive.wanted, against, guide.scale)
        return out

    def decode(self, latents: Floats, conditioning: SketchConditioning, width: int, height: int) -> Pixels:
        return render(self._scene(latents, conditioning, width / height), width, height, self._quotes(conditioning))

    def describe(self, latents: Floats, conditioning: SketchConditioning, width: int, height: int) -> tuple[str, ...]:
        """The place and the kinds of things: the decoder draws nothing else."""
        scene = self._scene(latents, conditioning, width / height)
        return (scene["place"], *(thing.kind for thing in scene.things))

    def preview(self, latents: Floats, conditioning: SketchConditioning, width: int, height: int) -> Pixels:
        small = PREVIEW_PIXELS / max(width, height, PREVIEW_PIXELS)
        size = max(1, round(width * small)), max(1, round(height * small))
        return thumbnail(self._scene(latents, conditioning, width / height), *size, self._quotes(conditioning))

    def _scene(self, latents: Floats, conditioning: SketchConditioning, aspect: float) -> Scene:
        return self._model.guard(self._model.decode(latents), aspect, conditioning.wanted)

    @staticmethod
    def _quotes(conditioning: SketchConditioning) -> tuple[str, ...]:
        return conditioning.wanted.words.quotes
