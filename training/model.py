"""The network in torch: what `imagend.sketch.net` computes in numpy, with gradients.

A text encoder reads the caption's tokens; a small transformer denoises the twelve scene tokens with self-attention,
cross-attention to the words and modulation by noise level and aspect ratio (adaLN-single: J. Chen et al.,
"PixArt-alpha", arXiv 2310.00426). It answers with one logit per value of every field. Since the noise is known to be
white, the evidence that a field's own noisy code gives for each value is exact and is added to the logits, so the
network learns only what the words and the other fields say.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from imagend.sketch.codes import GLOBAL_TOKENS, LOGITS, SCENE_TOKENS, TOKEN_DIMENSIONS, make_codes
from imagend.sketch.net import ASPECT_FEATURES, FREQUENCIES, LEAST_NOISE, Shape
from imagend.sketch.text import MAX_TOKENS
from imagend.sketch.words import VOCABULARY


class Attention(nn.Module):
    """Multi-head attention without dropout; `keys` may be the queries' own sequence."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, keys: Tensor, mask: Tensor | None = None) -> Tensor:
        """x [B, Q, d], keys [B, K, d], mask bool [B, 1, 1, K] (True: may be looked at)."""
        query = self._split(self.query(x))
        key, value = (self._split(part) for part in self.key_value(keys).chunk(2, dim=-1))
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:-1], self.heads, -1).transpose(1, 2)


class FeedForward(nn.Module):
    """Two layers with squared ReLU between them (D. So et al., "Primer", arXiv 2109.08668)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, 2 * width, bias=False)
        self.down = nn.Linear(2 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.relu(self.up(x)).square())  # type: ignore[no-any-return]


def normed(x: Tensor) -> Tensor:
    return F.rms_norm(x, (x.shape[-1],), eps=1e-6)


class TextBlock(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention = Attention(shape.width, shape.heads)
        self.feed = FeedForward(shape.width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        inner = normed(x)
        x = x + self.attention(inner, inner, mask)
        return x + self.feed(normed(x))  # type: ignore[no-any-return]


class SceneBlock(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.own = Attention(shape.width, shape.heads)
        self.cross = Attention(shape.width, shape.heads)
        self.feed = FeedForward(shape.width)
        self.modulation = nn.Parameter(torch.zeros(6, shape.width))

    def forward(self, x: Tensor, draws: int, words: Tensor, mask: Tensor, shared: Tensor) -> Tensor:
        """x [B * draws, T, d]; words [B, L, d]; shared [B * draws, 6, d]."""
        shift, scale, gate, shift2, scale2, gate2 = (shared + self.modulation)[:, :, None].unbind(1)
        inner = normed(x) * (1 + scale) + shift
        x = x + (1 + gate) * self.own(inner, inner)
        asked = normed(x).view(words.shape[0], -1, x.shape[-1])
        x = x + self.cross(asked, words, mask).view_as(x)
        return x + (1 + gate2) * self.feed(normed(x) * (1 + scale2) + shift2)  # type: ignore[no-any-return]


class SketchNet(nn.Module):
    """Logits of every field of a scene, given its noisy latent and a caption."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.embedding = nn.Embedding(VOCABULARY, width)
        self.text_position = nn.Parameter(0.1 * torch.randn(MAX_TOKENS, width))
        self.text_blocks = nn.ModuleList(TextBlock(shape) for _ in range(shape.text_blocks))
        self.inlet = nn.Linear(TOKEN_DIMENSIONS, width)
        self.slot = nn.Parameter(0.1 * torch.randn(SCENE_TOKENS, width))
        self.condition = nn.Linear(2 * FREQUENCIES + ASPECT_FEATURES, width)
        self.modulation = nn.Linear(width, 6 * width)
        self.last = nn.Linear(width, 2 * width)
        self.blocks = nn.ModuleList(SceneBlock(shape) for _ in range(shape.scene_blocks))
        self.heads = nn.ModuleList(nn.Linear(width, size) for size in LOGITS)
        codes = make_codes()
        for number, table in enumerate(codes.tables):
            self.register_buffer(f"codes{number}", torch.from_numpy(table))
        self._start()

    def _start(self) -> None:
        nn.init.normal_(self.embedding.weight, std=0.5)
        for layer in (self.modulation, self.last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        for head in self.heads:
            nn.init.zeros_(head.weight)  # type: ignore[arg-type]
        for name, weight in self.named_parameters():
            if name.endswith(("out.weight", "down.weight")):
                nn.init.zeros_(weight)

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Word vectors [B, L, d] and their mask [B, 1, 1, L] for token ids [B, L]."""
        mask = (tokens != 0)[:, None, None]
        x = self.embedding(tokens) + self.text_position[: tokens.shape[1]]
        for block in self.text_blocks:
            x = block(x, mask)
        return normed(x), mask

    def forward(self, x: Tensor, s: Tensor, aspect: Tensor, words: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        """Learned logits of the three kinds of tokens: [N, 34], [N, 23], [N, 10, 150].

        x [N, T, D] with N = B * draws; s [N]; aspect [N] is log(width / height).
        """
        condition = F.silu(self.condition(features(s, aspect)))
        shared = self.modulation(condition).unflatten(-1, (6, -1))
        h = self.inlet(x) + self.slot
        for block in self.blocks:
            h = block(h, x.shape[0] // words.shape[0], words, mask, shared)
        shift, scale = self.last(condition)[:, None].chunk(2, dim=-1)
        h = normed(h) * (1 + scale) + shift
        return self.heads[0](h[:, 0]), self.heads[1](h[:, 1]), self.heads[2](h[:, GLOBAL_TOKENS:])

    def evidence(self, x: Tensor, s: Tensor) -> tuple[Tensor, ...]:
        """log p(noisy code | value) up to a constant, shaped as the logits."""
        keep, noise = 1 - s, s.clamp(min=LEAST_NOISE)
        parts = (x[:, 0], x[:, 1], x[:, GLOBAL_TOKENS:])
        out = []
        for number, part in enumerate(parts):
            table = self.get_buffer(f"codes{number}")
            view = (-1, *([1] * (part.ndim - 1)))
            half = table.square().sum(-1) / 2
            out.append((keep.view(view) * (part @ table.T) - keep.view(view) ** 2 * half) / noise.view(view) ** 2)
        return tuple(out)


def features(s: Tensor, aspect: Tensor) -> Tensor:
    """Noise level and log aspect ratio as float32 [N, 2 * FREQUENCIES + ASPECT_FEATURES]."""
    angle = s[:, None] * math.pi * torch.arange(1, FREQUENCIES + 1, dtype=torch.float32) / 2
    a = aspect[:, None]
    shape = torch.cat([a, a.abs(), a.square(), torch.relu(a), torch.sin(3 * a), torch.cos(3 * a)], dim=-1)
    return torch.cat([torch.sin(angle), torch.cos(angle), shape], dim=-1)
