"""What every family owes: a tiny model of each, random weights, through the whole engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imagend.core.errors import BadSetting
from imagend.engine.backend import PromptNotes
from imagend.engine.backends.torch_diffusers.load import open_folder, pipeline_class
from imagend.engine.backends.torch_diffusers.table import FAMILIES
from imagend.engine.engine import Engine
from imagend.engine.events import Progress
from tests.torch.families.models import MODELS, make
from tests.torch.families.painting import NAME, backend_of, farthest, open_tiny, paint, recipe
from tests.torch.families.references import picture

every_family = pytest.mark.parametrize("model", MODELS)
ROUNDING = 1  # of 255: sums in another order


def test_every_family_has_a_tiny_model() -> None:
    assert {type(make(model)).__name__ for model in MODELS} == set(FAMILIES)


@every_family
def test_a_prompt_and_a_seed_decide_the_picture(model: str) -> None:
    tiny = open_tiny(model)
    asked = recipe(tiny)
    first, again, other_seed, other_words = paint(
        tiny, [asked, asked, recipe(tiny, seed=6), recipe(tiny, prompt="blue sea")]
    )
    assert first.shape == (asked.height, asked.width, 3)
    assert first.std() > 1
    assert farthest(first, again) <= ROUNDING
    assert farthest(first, other_seed) > 8
    assert farthest(first, other_words) > ROUNDING


@every_family
def test_the_same_alone_and_in_a_mixed_batch(model: str) -> None:
    tiny = open_tiny(model)
    mixed = [
        recipe(tiny, seed=number, steps=steps, guidance_scale=scale, prompt=prompt)
        for number, (steps, scale, prompt) in enumerate([(2, 1.0, "a"), (3, 4.5, "red kite"), (5, 7.0, "fog and sea")])
    ]
    alone = [paint(tiny, [one])[0] for one in mixed]
    apart = [farthest(one, other) for one, other in zip(alone, paint(tiny, mixed), strict=True)]
    assert max(apart) <= ROUNDING


@every_family
def test_a_long_prompt_beside_a_short_one(model: str) -> None:
    tiny = open_tiny(model)
    mixed = [recipe(tiny, prompt="a very long tale of a kite " * 4), recipe(tiny, prompt="a", seed=9)]
    apart = [farthest(paint(tiny, [one])[0], other) for one, other in zip(mixed, paint(tiny, mixed), strict=True)]
    assert max(apart) <= ROUNDING


@every_family
@pytest.mark.parametrize(("steps", "wide"), [(1, 1), (4, 1), (5, 2)])
def test_our_loop_is_the_pipelines_own(model: str, steps: int, wide: int) -> None:
    pipeline = make(model)
    tiny = backend_of(pipeline)
    asked = recipe(tiny, steps=steps, width=4 * wide * tiny.stride)
    theirs = picture(pipeline, asked, tiny.latent_shape(asked.width, asked.height))
    assert farthest(paint(tiny, [asked])[0], theirs) <= ROUNDING


@every_family
def test_sizes_between_those_of_the_model_are_cut_out_of_the_next(model: str) -> None:
    tiny = open_tiny(model)
    whole = recipe(tiny)
    cut = recipe(tiny, width=whole.width - 3, height=whole.height - 1)
    pictures = paint(tiny, [whole, cut])
    assert pictures[1].shape == (cut.height, cut.width, 3)
    assert farthest(pictures[0][: cut.height, 1 : cut.width + 1], pictures[1]) <= ROUNDING


@every_family
def test_a_cancelled_picture_leaves_the_others_alone(model: str) -> None:
    tiny = open_tiny(model)
    asked = recipe(tiny)
    engine = Engine({NAME: tiny})
    engine.add("kept", asked)
    engine.add("dropped", recipe(tiny, seed=6))
    engine.step()
    assert engine.cancel("dropped")
    finished = [event for event in run(engine) if getattr(event, "pixels", None) is not None]
    assert [event.ticket for event in finished] == ["kept"]
    assert farthest(finished[0].pixels, paint(tiny, [asked])[0]) <= ROUNDING


@every_family
def test_previews_show_the_picture_as_it_forms(model: str) -> None:
    tiny = open_tiny(model)
    engine = Engine({NAME: tiny})
    engine.add("one", recipe(tiny), previews=2)
    previews = [event.preview for event in run(engine) if isinstance(event, Progress) and event.preview is not None]
    assert len(previews) == 2
    assert all(preview.shape[2] == 3 and max(preview.shape) <= 256 for preview in previews)


@every_family
def test_a_preview_is_small_whatever_the_size(model: str) -> None:
    tiny = open_tiny(model)
    words, latent = tiny.encode("kite", 1024, 512), np.zeros(tiny.latent_shape(1024, 512), np.float32)
    assert tiny.preview(latent, words, 1024, 512).shape == (128, 256, 3)


@every_family
def test_a_folder_of_safetensors_is_the_same_model(model: str, tmp_path: Path) -> None:
    pipeline = make(model)
    folder = tmp_path / "weights"
    pipeline.save_pretrained(folder, safe_serialization=True)
    loaded = open_folder(folder, NAME, device="cpu", precision="float32")
    asked = recipe(loaded)
    assert farthest(paint(loaded, [asked])[0], paint(backend_of(pipeline), [asked])[0]) <= 2 * ROUNDING
    assert loaded.spec.revision == "weights"
    assert loaded.encode("a", asked.width, asked.height).notes == PromptNotes()


def test_a_folder_without_a_pipeline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="does not name a diffusers pipeline"):
        pipeline_class(tmp_path)


def test_a_folder_with_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    (tmp_path / "pipeline.py").write_text("")
    with pytest.raises(BadSetting, match="code of their own"):
        pipeline_class(tmp_path)


def test_a_component_that_needs_one_more_package_is_refused(tmp_path: Path) -> None:
    make("flux2-dev").save_pretrained(tmp_path, safe_serialization=True)
    index = tmp_path / "model_index.json"
    index.write_text(index.read_text().replace("Qwen2Tokenizer", "PixtralProcessor"))  # of torchvision
    with pytest.raises(BadSetting, match="cannot be loaded"):
        open_folder(tmp_path, NAME, device="cpu")


def test_an_unknown_family_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    with pytest.raises(BadSetting, match=r"WanPipeline; imagend serves .*FluxPipeline"):
        open_folder(tmp_path, NAME, device="cpu")


def run(engine: Engine) -> list[object]:
    events: list[object] = []
    while not engine.idle:
        events += engine.step()
    return events
