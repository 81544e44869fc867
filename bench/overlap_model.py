"""A text encoder, a network and a decoder with random weights, all small, each taking its part of a picture's time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance
from imagend.engine.schedule import FlowNoise, Prediction

WIDTH, WORDS = 128, 64
STRIDE = 16  # pixels along a side of a place


class SmallFamily:
    guidance = Guidance.NONE
    prediction = Prediction.FLOW_VELOCITY
    scheduler = "FlowMatchEuler"
    stride = STRIDE

    def __init__(self, pipeline: Any = None) -> None:
        torch.manual_seed(1)
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, batch_first=True)
        self._reader = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False).eval()
        self._inward = nn.Linear(4, WIDTH).eval()
        self._network = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False).eval()
        self._outward = nn.Linear(WIDTH, 4).eval()
        self._decoder = nn.Sequential(
            nn.Conv2d(4, 32, 3, padding=1), nn.Upsample(scale_factor=STRIDE), nn.SiLU(),
            nn.Conv2d(32, 32, 3, padding=1), nn.SiLU(), nn.Conv2d(32, 3, 3, padding=1), nn.Tanh(),
        ).eval()  # fmt: skip

    def noise_at(self, width: int, height: int) -> FlowNoise:
        return FlowNoise()

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        return 4, height // STRIDE, width // STRIDE

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        codes = [[ord(letter) % 61 for letter in prompt.ljust(WORDS)[:WORDS]] for prompt in prompts]
        words = torch.tensor(codes, dtype=torch.float32)[..., None].sin() * torch.arange(WIDTH).cos()
        return [{"words": row} for row in self._reader(words)]

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        picture = self._inward(x.flatten(2).transpose(1, 2)) + times[:, None, None]
        words = torch.stack([embedding["words"] for embedding in embeddings])
        out: Tensor = self._outward(self._network(torch.cat([picture, words], 1))[:, : picture.shape[1]])
        return out.transpose(1, 2).reshape(x.shape)

    def decode(self, x: Tensor) -> Tensor:
        pictures: Tensor = self._decoder(x)
        return pictures
