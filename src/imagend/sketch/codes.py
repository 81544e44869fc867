"""A scene as numbers and back: every discrete field is a fixed code, so that a picture's latent is float32 [12, 40].

Names (kinds, colours, places …) are spherical codes: unit vectors pushed apart from each other, scaled to unit
variance in every dimension. Ordered bins (x, y, size) are cosine curves, so that near bins have near codes and a noisy
latent shows a rough position first. The nearest code decodes. Nothing is continuous: a mean of two answers
("left or right of it") is then no answer at all, but a choice that stays open until the noise is low.

Idea: S. Dieleman et al., "Continuous diffusion for categorical data", arXiv 2211.15089; here with fixed codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imagend.sketch.scene import Scene, Thing
from imagend.sketch.vocabulary import (
    COLORS,
    DETAILS,
    GLOBALS,
    KIND_NAMES,
    MAX_THINGS,
    POSES,
    TEXTS,
    THING_FIELDS,
)  # fmt: skip

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

TOKEN_DIMENSIONS = 40
GLOBAL_TOKENS = 2
SCENE_TOKENS = GLOBAL_TOKENS + MAX_THINGS

_WORLD_DIMENSIONS = {"place": 12, "time": 6, "weather": 6, "style": 6, "mood": 6, "camera": 4}
_BACKDROP_DIMENSIONS = {
    "trees": 6, "flowers": 6, "clouds": 6, "sun": 4, "hills": 3, "rocks": 3, "birds": 3, "window": 3, "rug": 3,
    "shelf": 3,
}  # fmt: skip
_THING_DIMENSIONS = {
    "kind": 12, "color": 6, "pose": 3, "detail": 3, "text": 2, "x": 4, "y": 3, "size": 3, "flip": 1, "variant": 3,
}  # fmt: skip
_ORDERED = frozenset({"x", "y", "size"})
_NAMES: dict[str, tuple[str, ...]] = {
    "kind": KIND_NAMES, "color": COLORS, "pose": POSES, "detail": DETAILS, "text": TEXTS,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a token: where its code lies in the token and where its logits lie in the head's output."""

    name: str
    values: int
    start: int  # first dimension in the token
    dimensions: int
    logit: int  # first logit among those of the token's kind


def _fields(dimensions: dict[str, int], counts: dict[str, int]) -> tuple[Field, ...]:
    fields, start, logit = [], 0, 0
    for name, size in dimensions.items():
        fields.append(Field(name=name, values=counts[name], start=start, dimensions=size, logit=logit))
        start, logit = start + size, logit + counts[name]
    assert start == TOKEN_DIMENSIONS, start
    return tuple(fields)


_COUNTS = {name: len(values) for name, values in GLOBALS.items()} | THING_FIELDS
#: Fields of the three kinds of tokens, in the order of the sequence: world, backdrop, thing (MAX_THINGS times).
LAYOUT: tuple[tuple[Field, ...], ...] = (
    _fields(_WORLD_DIMENSIONS, _COUNTS), _fields(_BACKDROP_DIMENSIONS, _COUNTS), _fields(_THING_DIMENSIONS, _COUNTS),
)  # fmt: skip
LOGITS: tuple[int, ...] = tuple(fields[-1].logit + fields[-1].values for fields in LAYOUT)


def make_codebook(token_kind: int) -> Floats:
    """Codes of all fields of one kind of token, block-diagonal: float32 [LOGITS[token_kind], TOKEN_DIMENSIONS].

    Deterministic, but made once: the weights file carries the result, so that every machine decodes alike.
    """
    book = np.zeros((LOGITS[token_kind], TOKEN_DIMENSIONS), dtype=np.float32)
    for number, field in enumerate(LAYOUT[token_kind]):
        codes = (
            _ordered_codes(field.values, field.dimensions)
            if field.name in _ORDERED
            else _spherical_codes(field.values, field.dimensions, seed=100 * token_kind + number)
        )
        book[field.logit : field.logit + field.values, field.start : field.start + field.dimensions] = codes
    return book


def _ordered_codes(values: int, dimensions: int) -> npt.NDArray[np.float64]:
    """Rows of the discrete cosine basis: zero mean and unit variance over the bins."""
    angle = np.pi * (np.arange(values)[:, None] + 0.5) / values
    return np.asarray(np.sqrt(2) * np.cos(angle * np.arange(1, dimensions + 1)))


def _spherical_codes(values: int, dimensions: int, *, seed: int) -> npt.NDArray[np.float64]:
    """Unit vectors that repel each other (energy sum 1/d^2, gradient steps), times sqrt(dimensions)."""
    if values == 2:
        return np.outer([-1.0, 1.0], np.ones(dimensions))
    codes = np.random.default_rng(seed).standard_normal((values, dimensions))
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    for step in range(600):
        gap = codes[:, None] - codes[None]
        distance = np.square(gap).sum(-1) + np.eye(values)
        force = (gap / distance[..., None] ** 2).sum(1)
        force -= (force * codes).sum(1, keepdims=True) * codes
        reach = np.linalg.norm(force, axis=1, keepdims=True).max() + 1e-12
        codes += 0.1 * (1 - step / 600) * force / reach
        codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    return np.asarray(codes * np.sqrt(dimensions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Codebook:
    """The three block-diagonal tables, as loaded from the weights."""

    tables: tuple[Floats, Floats, Floats]

    def encode(self, indices: Integers) -> Floats:
        """Latent float32 [SCENE_TOKENS, TOKEN_DIMENSIONS] of `indices_of(scene)`."""
        latent = np.empty((SCENE_TOKENS, TOKEN_DIMENSIONS), dtype=np.float32)
        for token in range(SCENE_TOKENS):
            kind = min(token, GLOBAL_TOKENS)
            rows = [f.logit + indices[token, i] for i, f in enumerate(LAYOUT[kind])]
            latent[token] = self.tables[kind][rows].sum(axis=0)
        return latent

    def nearest(self, latent: Floats) -> Integers:
        """Index of the nearest code of every field: int64 [SCENE_TOKENS, 10], unused columns 0."""
        indices = np.zeros((SCENE_TOKENS, len(_THING_DIMENSIONS)), dtype=np.int64)
        for token in range(SCENE_TOKENS):
            kind = min(token, GLOBAL_TOKENS)
            for i, f in enumerate(LAYOUT[kind]):
                codes = self.tables[kind][f.logit : f.logit + f.values, f.start : f.start + f.dimensions]
                part = latent[token, f.start : f.start + f.dimensions]
                indices[token, i] = int(np.argmin(np.square(codes - part).sum(axis=1)))
        return indices


def make_codes() -> Codebook:
    return Codebook(tables=(make_codebook(0), make_codebook(1), make_codebook(2)))


def indices_of(scene: Scene) -> Integers:
    """A scene's fields as value indices: int64 [SCENE_TOKENS, 10]; an empty slot is all zeros."""
    indices = np.zeros((SCENE_TOKENS, len(_THING_DIMENSIONS)), dtype=np.int64)
    for token in range(GLOBAL_TOKENS):
        for i, f in enumerate(LAYOUT[token]):
            indices[token, i] = GLOBALS[f.name].index(scene[f.name])
    for slot, thing in enumerate(scene.things[:MAX_THINGS]):
        indices[GLOBAL_TOKENS + slot] = [_index(thing, f.name) for f in LAYOUT[GLOBAL_TOKENS]]
    return indices


def _index(thing: Thing, name: str) -> int:
    value = getattr(thing, name)
    return _NAMES[name].index(value) if name in _NAMES else int(value)


def scene_of(indices: Integers) -> Scene:
    """The scene behind value indices; empty slots are left out, the order of the others is kept."""
    world = {
        f.name: GLOBALS[f.name][indices[token, i]]
        for token in range(GLOBAL_TOKENS)
        for i, f in enumerate(LAYOUT[token])
    }
    things = [_thing(row) for row in indices[GLOBAL_TOKENS:] if row[0] != 0]
    return Scene(world=world, things=tuple(things))


def _thing(row: Integers) -> Thing:
    value = {f.name: int(row[i]) for i, f in enumerate(LAYOUT[GLOBAL_TOKENS])}
    return Thing(
        kind=KIND_NAMES[value["kind"]], color=COLORS[value["color"]], pose=POSES[value["pose"]],
        detail=DETAILS[value["detail"]], text=TEXTS[value["text"]], x=value["x"], y=value["y"], size=value["size"],
        flip=bool(value["flip"]), variant=value["variant"],
    )  # fmt: skip
