"""The committed weights follow prompts that nobody trained them on, and their pictures do not depend on the batch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from imagend.engine.backend import Guide
from imagend.engine.backends.sketch import SketchBackend, SketchConditioning
from imagend.sketch.codes import Floats
from imagend.sketch.model import LATENT_SHAPE, SketchModel
from imagend.sketch.scene import Scene
from training.evaluate import Settings, sample

SEEDS = 3


@pytest.fixture(scope="module")
def model() -> SketchModel:
    return SketchModel.load()


@pytest.fixture(scope="module")
def backend() -> SketchBackend:
    return SketchBackend()


def scenes(model: SketchModel, prompt: str, aspect: float = 1.0, guidance: float = 2.0) -> list[Scene]:
    caption, empty = model.encode(prompt, aspect), model.encode("", aspect)
    drawn = [sample(model, caption, empty, seed, Settings(guidance=guidance)) for seed in range(SEEDS)]
    return [model.guard(scene, aspect, caption) for scene in drawn]


@pytest.mark.parametrize(
    ("prompt", "kind", "color", "world"),
    [
        (
            "A golden retriever puppy playing in a sunlit meadow full of wildflowers, vibrant colors, shallow depth of "
            "field, photorealistic, ultra-detailed",
            "dog", "gold", {"place": "meadow", "style": "cinematic"},
        ),
        (
            "A hyperrealistic portrait of a young woman with freckles in warm golden hour sunlight, cinematic shallow "
            "depth of field, ultra-detailed skin texture, professional photography, 8K",
            "woman", None, {"time": "sunset", "camera": "close", "style": "cinematic"},
        ),
        (
            "White fluffy bear toy is sleeping in a children's room, on the floor of a baby bedroom with toy boxes and "
            "toys around, in the style of photorealistic 3D rendering",
            "teddy", "white", {"place": "room", "style": "cinematic"},
        ),
        (
            "A cozy cabin in the snowy mountains at sunrise, soft warm light, ultra-detailed, cinematic atmosphere",
            "cabin", None, {"place": "mountains", "time": "sunrise", "weather": "snowy"},
        ),
        ("a red bicycle on the beach at night, watercolor", "bicycle", "red",
         {"place": "beach", "time": "night", "style": "watercolor"}),
        ("a purple elephant in space", "elephant", "purple", {"place": "space"}),
    ],
)  # fmt: skip
def test_prompts_are_followed(
    model: SketchModel, prompt: str, kind: str, color: str | None, world: dict[str, str]
) -> None:
    for scene in scenes(model, prompt):
        assert any(thing.kind == kind and color in (None, thing.color) for thing in scene.things), scene
        assert {name: scene[name] for name in world} == world


def test_counts_and_words(model: SketchModel) -> None:
    for scene in scenes(model, 'three red apples and a sign that says "FRESH" on a farm', 4 / 3):
        counts = Counter((thing.kind, thing.color) for thing in scene.things)
        assert counts["apple", "red"] == 3
        assert [thing.kind for thing in scene.things if thing.text == "quote1"] == ["sign"]


@pytest.mark.parametrize("guidance", [1.0, 7.5, 20.0])
def test_every_public_guidance_scale_gives_the_subject(model: SketchModel, guidance: float) -> None:
    found = [any(t.kind == "fox" for t in scene.things) for scene in scenes(model, "a fox in a forest", 1.0, guidance)]
    assert all(found)


def test_history_says_how_the_weights_were_made(model: SketchModel) -> None:
    assert model.history["command"].startswith("python -m training.train")
    assert int(model.history["captions"]) > 10_000
    assert len(model.revision) == 12


def guides(backend: SketchBackend) -> list[Guide[SketchConditioning]]:
    prompts = ("a dog", "two cats next to a car at night", "", "a castle on the left, no trees")
    empty = backend.encode("trees, clouds", 512, 512)
    scales = (1.0, 2.0, 7.5, 20.0)
    return [
        Guide(
            positive=backend.encode(prompt, 640, 512 + 64 * row),
            negative=None if scale == 1 else empty,
            scale=scale,
        )
        for row, (prompt, scale) in enumerate(zip(prompts, scales, strict=True))
    ]


def test_a_picture_is_the_same_alone_and_in_a_batch(backend: SketchBackend) -> None:
    rng = np.random.default_rng(0)
    latents: Floats = rng.standard_normal((4, *LATENT_SHAPE)).astype(np.float32)
    times = np.array([1.0, 0.7, 0.4, 0.02], dtype=np.float32)
    wanted = guides(backend)
    together = backend.denoise(latents, times, wanted)
    assert np.isfinite(together).all()
    for row in range(4):
        alone = backend.denoise(latents[row : row + 1], times[row : row + 1], wanted[row : row + 1])
        np.testing.assert_array_equal(alone[0], together[row])


def test_the_prompt_is_reported_and_drawn(backend: SketchBackend) -> None:
    conditioning = backend.encode('a xylophone and a sign that says "HI"', 96, 64)
    assert conditioning.notes.unknown == ("xylophone",)
    assert conditioning.notes.quoted == ("HI",)
    latent = np.zeros(LATENT_SHAPE, dtype=np.float32)
    assert backend.decode(latent, conditioning, 96, 64).shape == (64, 96, 3)
    assert backend.preview(latent, conditioning, 1024, 512).shape == (128, 256, 3)
