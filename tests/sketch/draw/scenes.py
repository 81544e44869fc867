"""Scenes for the drawing tests."""

from __future__ import annotations

from random import Random

from imagend.sketch.scene import Scene, Thing, default_globals
from imagend.sketch.vocabulary import (
    COLORS,
    DETAILS,
    GLOBALS,
    KIND_NAMES,
    POSES,
    SIZES,
    TEXTS,
    VARIANTS,
    X_BINS,
    Y_BINS,
)


def scene(*things: Thing, **world: str) -> Scene:
    return Scene(world=default_globals() | world, things=things)


def any_scene(random: Random) -> Scene:
    """Every field at random, sensible or not: what a noisy latent decodes to."""
    world = {name: random.choice(values) for name, values in GLOBALS.items()}
    return Scene(world=world, things=tuple(any_thing(random) for _ in range(random.randrange(8))))


def any_thing(random: Random) -> Thing:
    return Thing(
        kind=random.choice(KIND_NAMES),
        color=random.choice(COLORS),
        pose=random.choice(POSES),
        detail=random.choice(DETAILS),
        text=random.choice(TEXTS),
        x=random.randrange(X_BINS),
        y=random.randrange(Y_BINS),
        size=random.randrange(len(SIZES)),
        flip=random.random() < 0.5,
        variant=random.randrange(VARIANTS),
    )
