"""Scenes as latents: every field survives the way there and back, also under noise."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from imagend.sketch.codes import (
    LAYOUT,
    LOGITS,
    SCENE_TOKENS,
    TOKEN_DIMENSIONS,
    Codebook,
    indices_of,
    make_codes,
    scene_of,
)
from imagend.sketch.scene import Scene, Thing
from training.captions import random_pair


@pytest.fixture(scope="module")
def codes() -> Codebook:
    return make_codes()


def test_random_scenes_survive_noise(codes: Codebook) -> None:
    rng, noise = Random(1), np.random.default_rng(1)
    for _ in range(20):
        scene = random_pair(rng).scene
        latent = codes.encode(indices_of(scene))
        assert latent.shape == (SCENE_TOKENS, TOKEN_DIMENSIONS)
        shaken = latent + 0.03 * noise.standard_normal(latent.shape).astype(np.float32)
        assert scene_of(codes.nearest(shaken)) == scene


def test_an_empty_scene_has_no_things(codes: Codebook) -> None:
    scene = Scene()
    assert scene_of(codes.nearest(codes.encode(indices_of(scene)))) == scene


def test_codes_have_unit_variance_and_fill_the_token() -> None:
    for kind, table in enumerate(make_codes().tables):
        assert table.shape == (LOGITS[kind], TOKEN_DIMENSIONS)
        for field in LAYOUT[kind]:
            block = table[field.logit : field.logit + field.values, field.start : field.start + field.dimensions]
            assert np.square(block).mean() == pytest.approx(1.0, abs=1e-5), field.name
            assert np.abs(block.mean(axis=0)).max() < 0.2, field.name


def test_neighbouring_positions_have_neighbouring_codes(codes: Codebook) -> None:
    def latent(x: int) -> np.ndarray:  # type: ignore[type-arg]
        return codes.encode(indices_of(Scene(things=(Thing(kind="dog", x=x),))))

    assert np.square(latent(5) - latent(6)).sum() < np.square(latent(5) - latent(9)).sum()
