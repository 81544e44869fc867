"""The bundled model as a whole: read a prompt, denoise a scene, decode it, tidy it."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from imagend.sketch.codes import SCENE_TOKENS, TOKEN_DIMENSIONS, Floats, scene_of
from imagend.sketch.guard import tidy
from imagend.sketch.net import Network, Reading, Shape
from imagend.sketch.scene import Scene
from imagend.sketch.text import Words, read

WEIGHTS = Path(__file__).parent / "weights" / "sketch.safetensors"
LATENT_SHAPE = (SCENE_TOKENS, TOKEN_DIMENSIONS)
AVOIDANCE = 6.0  # how much more strongly a negative prompt's words are avoided than an empty one's; see the model card
FORMAT = "imagend-sketch-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """A prompt that the network has read, for one aspect ratio."""

    words: Words
    reading: Reading


class SketchModel:
    """Loaded weights. All methods are pure functions of their arguments."""

    def __init__(self, network: Network, *, revision: str, history: dict[str, str]) -> None:
        self._network = network
        self.revision = revision  # first 12 hexadecimal digits of the weights' SHA-256
        self.history = history  # command, seed, data version and size of the training run

    @classmethod
    def load(cls, path: Path | None = None) -> SketchModel:
        """Read a weights file (default: the one in the package); OSError if it is not there, ValueError if foreign."""
        path = path or WEIGHTS
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with safe_open(path, framework="numpy") as file:
            history = dict(file.metadata() or {})
            if history.get("format") != FORMAT:
                raise ValueError(f"{path.name} is not a weights file of format {FORMAT}")
            weights = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        return cls(Network(weights, Shape(**json.loads(history["shape"]))), revision=digest[:12], history=history)

    def encode(self, prompt: str, aspect: float, *, negative: bool = False) -> Caption:
        """Read a prompt for a picture of width / height = `aspect`."""
        words = read(prompt, negative=negative)
        return Caption(words=words, reading=self._network.read(words.tokens, math.log(aspect)))

    def denoise(self, x: Floats, s: float, caption: Caption, negative: Caption | None, scale: float) -> Floats:
        """Guided estimate of the clean latent of one picture; x float32 [12, 40], s in [0, 1] the share of noise.

        Guidance (arXiv 2207.12598) acts on logits, negative + scale (positive - negative), as it must for choices
        among names: probabilities stay probabilities at every scale, and the evidence of the noisy latent counts once.
        Only plausible values are raised, see `Network.guided`.
        """
        wanted, seen = self._network.learned(x, s, caption.reading), self._network.evidence(x, s)
        if negative is None or scale == 1:
            return self._network.clean(tuple(a + b for a, b in zip(wanted, seen, strict=True)))
        against = self._network.learned(x, s, negative.reading)
        lowering = AVOIDANCE if len(negative.words.tokens) > 1 else 1.0
        return self._network.clean(self._network.guided(wanted, against, seen, scale, lowering))

    def clean(self, logits: tuple[Floats, ...]) -> Floats:
        """Expected clean latent of the logits of the three kinds of tokens."""
        return self._network.clean(logits)

    def decode(self, x: Floats) -> Scene:
        """The scene whose codes are nearest to a latent."""
        return scene_of(self._network.codes.nearest(x))

    def guard(self, scene: Scene, aspect: float, caption: Caption) -> Scene:
        """The scene with boxes inside the picture, mentioned things apart, words free (see `guard.tidy`)."""
        return tidy(scene, aspect, caption.words)
