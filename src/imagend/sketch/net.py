"""The network of `sketch` in numpy: the same arithmetic as the torch module that was trained, without torch.

Every picture's matrix products have shapes that do not depend on the batch (a caption and its counterpart are computed
one after the other), so a picture's bytes cannot depend on what it is computed with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imagend.sketch.codes import GLOBAL_TOKENS, LAYOUT, LOGITS, SCENE_TOKENS, TOKEN_DIMENSIONS, Codebook, Floats

FREQUENCIES = 16  # of the noise level
ASPECT_FEATURES = 6  # of log(width / height)
LEAST_NOISE = 0.03  # below this the evidence of a noisy code is not sharpened further
PLAUSIBLE = 0.3  # share of a field's best probability below which guidance does not raise a value
_PLAUSIBLE_LOGIT = np.float32(math.log(PLAUSIBLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Size of the network."""

    width: int = 256
    heads: int = 8
    text_blocks: int = 3
    scene_blocks: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A caption after the text encoder: keys and values of every scene block, [heads, words, width / heads] each."""

    keys: tuple[Floats, ...]
    values: tuple[Floats, ...]
    aspect: Floats  # float32 [ASPECT_FEATURES]


class Network:
    """Weights by their torch names, float32; calls are pure and safe to make from several threads."""

    def __init__(self, weights: Mapping[str, Floats], shape: Shape) -> None:
        self.shape = shape
        turned = {}
        for name, value in weights.items():
            matrix = name.endswith(".weight") and value.ndim == 2 and name != "embedding.weight"
            turned[name] = np.ascontiguousarray(value.T if matrix else value, dtype=np.float32)
        self._weights = turned
        self.codes = Codebook(tables=(turned["codes0"], turned["codes1"], turned["codes2"]))
        self._half = tuple(np.square(table).sum(axis=1) / np.float32(2) for table in self.codes.tables)
        self._starts = tuple([field.logit for field in fields] for fields in LAYOUT)
        self._owner = tuple(_owners(kind) for kind in range(len(LAYOUT)))

    def read(self, tokens: tuple[int, ...], log_aspect: float) -> Reading:
        """Encode a caption's token ids for a picture with log(width / height) = `log_aspect`."""
        weights = self._weights
        x = weights["embedding.weight"][list(tokens)] + weights["text_position"][: len(tokens)]
        for block in range(self.shape.text_blocks):
            name = f"text_blocks.{block}"
            inner = _normed(x)
            x = x + self._attend(f"{name}.attention", inner, *self._keys(f"{name}.attention", inner))
            x = x + self._feed(f"{name}.feed", _normed(x))
        words = _normed(x)
        pairs = [self._keys(f"blocks.{block}.cross", words) for block in range(self.shape.scene_blocks)]
        return Reading(
            keys=tuple(key for key, _ in pairs), values=tuple(value for _, value in pairs),
            aspect=_aspect_features(log_aspect),
        )  # fmt: skip

    def clean(self, logits: tuple[Floats, ...]) -> Floats:
        """Expected clean latent float32 [SCENE_TOKENS, TOKEN_DIMENSIONS] of the logits of all fields."""
        clean = np.empty((SCENE_TOKENS, TOKEN_DIMENSIONS), dtype=np.float32)
        for kind, rows in enumerate(_ROWS):
            clean[rows] = self._softmax(kind, logits[kind]) @ self.codes.tables[kind]
        return clean

    def learned(self, x: Floats, s: float, reading: Reading) -> tuple[Floats, ...]:
        """What caption and other fields say: log-probabilities of the values, [1, 34], [1, 23], [10, 150].

        x = (1 - s) clean + s noise, float32 [SCENE_TOKENS, TOKEN_DIMENSIONS]; s in [0, 1] is the share of noise.
        """
        assert x.shape == (SCENE_TOKENS, TOKEN_DIMENSIONS), x.shape
        weights, width = self._weights, self.shape.width
        condition = _silu(np.concatenate([_noise_features(s), reading.aspect])[None] @ weights["condition.weight"]
                          + weights["condition.bias"])  # fmt: skip
        shared = (condition @ weights["modulation.weight"] + weights["modulation.bias"]).reshape(6, width)
        h = x @ weights["inlet.weight"] + weights["inlet.bias"] + weights["slot"]
        for block in range(self.shape.scene_blocks):
            h = self._scene_block(f"blocks.{block}", h, shared, reading.keys[block], reading.values[block])
        shift, scale = (condition @ weights["last.weight"] + weights["last.bias"]).reshape(2, width)
        h = _normed(h) * (1 + scale) + shift
        return tuple(
            self._normalized(kind, h[rows] @ weights[f"heads.{kind}.weight"] + weights[f"heads.{kind}.bias"])
            for kind, rows in enumerate(_ROWS)
        )

    def evidence(self, x: Floats, s: float) -> tuple[Floats, ...]:
        """log p(noisy code | value) up to a constant, shaped as `learned`."""
        return tuple(self._evidence(kind, x[rows], s) for kind, rows in enumerate(_ROWS))

    def guided(
        self, wanted: tuple[Floats, ...], against: tuple[Floats, ...], seen: tuple[Floats, ...], scale: float,
        lowering: float = 1.0,
    ) -> tuple[Floats, ...]:  # fmt: skip
        """Logits of classifier-free guidance, against + scale (wanted - against) + seen, for scale >= 1.

        `wanted` and `against` come from `learned`, `seen` from `evidence`. `lowering` multiplies the guidance of the
        values that `against` makes more probable. A value that the caption itself finds improbable (below PLAUSIBLE
        times the best of its field) is not raised: dividing two small probabilities would multiply things that nobody
        asked for. The constraint of contrastive decoding (X. L. Li et al., arXiv 2210.15097).
        """
        out = []
        for kind, (high, low, fit) in enumerate(zip(wanted, against, seen, strict=True)):
            present = high + fit
            best = np.maximum.reduceat(present, self._starts[kind], axis=1)[:, self._owner[kind]]
            push = np.float32(scale - 1) * (high - low)
            raised = np.where(present >= best + _PLAUSIBLE_LOGIT, np.maximum(push, 0), 0)
            out.append(present + raised + np.float32(lowering) * np.minimum(push, 0))
        return tuple(out)

    def _normalized(self, kind: int, logits: Floats) -> Floats:
        owner, starts = self._owner[kind], self._starts[kind]
        shifted = logits - np.maximum.reduceat(logits, starts, axis=1)[:, owner]
        return np.asarray(shifted - np.log(np.add.reduceat(np.exp(shifted), starts, axis=1))[:, owner])

    def _scene_block(self, name: str, h: Floats, shared: Floats, key: Floats, value: Floats) -> Floats:
        shift, scale, gate, shift2, scale2, gate2 = shared + self._weights[f"{name}.modulation"]
        inner = _normed(h) * (1 + scale) + shift
        h = h + (1 + gate) * self._attend(f"{name}.own", inner, *self._keys(f"{name}.own", inner))
        h = h + self._attend(f"{name}.cross", _normed(h), key, value)
        return np.asarray(h + (1 + gate2) * self._feed(f"{name}.feed", _normed(h) * (1 + scale2) + shift2))

    def _evidence(self, kind: int, x: Floats, s: float) -> Floats:
        keep, noise = np.float32(1 - s), np.float32(max(s, LEAST_NOISE))
        fit = keep * (x @ self.codes.tables[kind].T) - keep * keep * self._half[kind]
        return np.asarray(fit / (noise * noise))

    def _softmax(self, kind: int, logits: Floats) -> Floats:
        """Softmax within every field."""
        owner, starts = self._owner[kind], self._starts[kind]
        powers = np.exp(logits - np.maximum.reduceat(logits, starts, axis=1)[:, owner])
        return np.asarray(powers / np.add.reduceat(powers, starts, axis=1)[:, owner], dtype=np.float32)

    def _keys(self, name: str, x: Floats) -> tuple[Floats, Floats]:
        both = x @ self._weights[f"{name}.key_value.weight"]
        return self._split(both[:, : self.shape.width]), self._split(both[:, self.shape.width :])

    def _split(self, x: Floats) -> Floats:
        return x.reshape(len(x), self.shape.heads, -1).transpose(1, 0, 2)

    def _attend(self, name: str, x: Floats, key: Floats, value: Floats) -> Floats:
        query = self._split(x @ self._weights[f"{name}.query.weight"])
        scores = query @ key.transpose(0, 2, 1) * np.float32(1 / math.sqrt(query.shape[-1]))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        merged = mixed.transpose(1, 0, 2).reshape(len(x), self.shape.width)
        return np.asarray(merged @ self._weights[f"{name}.out.weight"])

    def _feed(self, name: str, x: Floats) -> Floats:
        inner = np.maximum(x @ self._weights[f"{name}.up.weight"], np.float32(0))
        return np.asarray(np.square(inner) @ self._weights[f"{name}.down.weight"])


_ROWS = (slice(0, 1), slice(1, 2), slice(GLOBAL_TOKENS, SCENE_TOKENS))


def _owners(kind: int) -> npt.NDArray[np.int64]:
    """For every logit, the number of its field."""
    owners = np.repeat(np.arange(len(LAYOUT[kind])), [field.values for field in LAYOUT[kind]])
    assert len(owners) == LOGITS[kind]
    return owners


def _normed(x: Floats) -> Floats:
    return np.asarray(x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(1e-6)))


def _silu(x: Floats) -> Floats:
    return np.asarray(x / (1 + np.exp(-x)), dtype=np.float32)


def _noise_features(s: float) -> Floats:
    angle = s * math.pi / 2 * np.arange(1, FREQUENCIES + 1)
    return np.concatenate([np.sin(angle), np.cos(angle)]).astype(np.float32)


def _aspect_features(a: float) -> Floats:
    values = [a, abs(a), a * a, max(a, 0.0), math.sin(3 * a), math.cos(3 * a)]
    return np.array(values, dtype=np.float32)
