"""The step cache beside step batching: whose blocks rest is decided for each row, and nobody's company matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from diffusers import FirstBlockCacheConfig
from torch import nn

from imagend.core.errors import BadSetting
from imagend.engine.backend import Guide, Prompt
from imagend.engine.backends.torch_diffusers import step_cache
from imagend.engine.backends.torch_diffusers.block_lists import BLOCK_LISTS
from imagend.engine.backends.torch_diffusers.load import open_folder, over_pipeline
from imagend.engine.engine import Engine
from imagend.engine.noise import first_noise
from tests.torch.families.models import make
from tests.torch.families.painting import NAME, farthest, paint, recipe
from tests.torch.families.references import picture
from tests.torch.families.resting import company, deeper, middling, plain, watched, worst
from tests.torch.lora.files import matrices, write_peft

ROUNDING = 1  # of 255
NEVER = 1e-9  # no row changes by so little
MODELS = ("flux1-dev", "flux2-klein-base", "qwen-image", "z-image", "sd35", "lumina2", "pixart-sigma", "sana-euler")
"""One for each network that has blocks."""
Loras = tuple[tuple[str, float], ...]
MIXING = ("flux2-klein-base", "z-image", "lumina2", "pixart-sigma")  # one for each way of padding


@pytest.fixture
def changes() -> Iterator[list[list[float]]]:
    """Of each batch, whatever model."""
    seen: list[list[float]] = []
    measure = step_cache._changes

    def told(*arguments: Any) -> list[float]:
        seen.append(measure(*arguments))
        return seen[-1]

    with patch.object(step_cache, "_changes", told):
        yield seen


@pytest.mark.parametrize("model", MODELS)
def test_each_row_rests_by_itself_and_the_picture_is_the_one_of_no_company(
    model: str, changes: list[list[float]]
) -> None:
    bare = plain(model)
    asked = company(bare)
    exact = paint(bare, asked)
    awake = watched(model, NEVER, changes)
    assert worst(paint(awake.backend, asked), exact) == 0
    assert (awake.cache.rested, awake.cache.full) == (0, sum(awake.batches))

    threshold = middling(changes)
    changes.clear()
    tiny = watched(model, threshold, changes)
    together = paint(tiny.backend, asked)
    assert any(min(batch) < threshold <= max(batch) for batch in changes)  # one rests beside one that does not
    assert tiny.cache.rested > 0
    assert sum(tiny.batches) == tiny.cache.full == awake.cache.full - tiny.cache.rested
    assert worst(together, exact) > 0

    alone = watched(model, threshold, changes)
    assert worst(together, [paint(alone.backend, [one])[0] for one in asked]) <= ROUNDING
    assert alone.cache.rested == tiny.cache.rested
    assert tiny.cache.remembered == alone.cache.remembered == 0


@pytest.mark.parametrize("model", MODELS)
def test_what_has_not_changed_is_the_same_answer_again(model: str, changes: list[list[float]]) -> None:
    """Two rows that rest wholly, around one that is new: all three as the network itself answers."""
    bare, tiny = plain(model), watched(model, 1e-3, changes)
    side = 4 * bare.stride
    kite, fog = bare.encode_many([Prompt("a red kite", side, side), Prompt("fog", side, side)])
    x = np.stack([first_noise(seed, bare.latent_shape(side, side)) for seed in range(3)])
    times = np.full(3, 0.5 * getattr(bare.spec.noise, "time_scale", 1000), np.float32)
    guides = [Guide(positive=kite, negative=fog if row else None, scale=1.0 + row) for row in range(3)]
    exact = bare.denoise(x, times, guides)
    tiny.backend.denoise(x[[0, 2]], times[[0, 2]], [guides[0], guides[2]])
    np.testing.assert_allclose(tiny.backend.denoise(x, times, guides), exact, atol=2e-4)
    assert (tiny.cache.full, tiny.cache.rested) == (3 + 2, 3)


@pytest.mark.parametrize(("model", "threshold"), [("flux1-dev", 0.35), ("qwen-image", 0.6)])
def test_alone_it_is_diffusers_own_first_block_cache(model: str, threshold: float, changes: list[list[float]]) -> None:
    pipeline, tiny = deeper(model), watched(model, threshold, changes)
    asked = recipe(tiny.backend, steps=8)
    pipeline.transformer.enable_cache(FirstBlockCacheConfig(threshold=threshold))
    theirs = picture(pipeline, asked, tiny.backend.latent_shape(asked.width, asked.height))
    assert farthest(paint(tiny.backend, [asked])[0], theirs) <= ROUNDING
    assert 0 < tiny.cache.rested < tiny.cache.full + tiny.cache.rested - 2


@pytest.mark.parametrize("model", MIXING)
def test_shapes_that_come_and_go_in_a_batch_change_nobodys_memory(model: str, changes: list[list[float]]) -> None:
    """Each is padded to the longest of those that are still there, which is another one at the end."""
    awake = watched(model, NEVER, changes)
    side = awake.backend.stride
    asked = [
        recipe(awake.backend, width=columns * side, height=rows * side, seed=rows, steps=steps, prompt="kite " * words)
        for columns, rows, steps, words in ((9, 11, 3, 30), (12, 8, 5, 9), (9, 10, 6, 1))
    ]
    paint(awake.backend, asked)
    threshold = middling(changes)
    together, alone = watched(model, threshold, changes), watched(model, threshold, changes)
    found = paint(together.backend, asked)
    assert worst(found, [paint(alone.backend, [one])[0] for one in asked]) <= ROUNDING
    assert together.cache.rested == alone.cache.rested > 0


def test_rows_that_go_on_keep_their_own_loras(tmp_path: Path) -> None:
    files = {"one": write_peft(tmp_path / "one.safetensors", matrices("flux1-dev", 4, seed=1))}
    tiny = over_pipeline(make("flux1-dev"), NAME, revision="", device="cpu", loras=files, step_cache=0.3)
    wishes: tuple[Loras, ...] = ((("one", 0.8),), (), (("one", -0.5),))
    asked = [replace(one, loras=loras) for one, loras in zip(company(tiny), wishes, strict=True)]
    counts = tiny._family._network.single_transformer_blocks[0]._cache  # type: ignore[attr-defined]
    together = paint(tiny, asked)
    rested = counts.rested
    assert 0 < rested < counts.full
    assert worst(together, [paint(tiny, [one])[0] for one in asked]) <= ROUNDING
    assert counts.rested == 2 * rested
    assert farthest(together[0], paint(tiny, [replace(asked[0], loras=())])[0]) > 8


def test_every_network_that_has_blocks_is_held_to_it() -> None:
    assert {type(deeper(model).transformer).__name__ for model in MODELS} == set(BLOCK_LISTS)


def test_a_batch_that_may_rest_whole_calls_no_block(changes: list[list[float]]) -> None:
    tiny = watched("flux2-klein-base", float("inf"), changes)
    paint(tiny.backend, company(tiny.backend))
    assert tiny.batches == [5]  # the first evaluation of each row: one picture has one side, two have both
    assert tiny.cache.rested == 2 + 2 * 3 + 2 * 5


def test_what_is_remembered_is_gone_with_the_picture(changes: list[list[float]]) -> None:
    tiny = watched("flux1-dev", 0.5, changes)
    engine = Engine({NAME: tiny.backend})
    engine.add("dropped", recipe(tiny.backend, steps=9, count=2))
    engine.add("kept", recipe(tiny.backend, seed=6))
    while not tiny.cache.remembered:
        engine.step()
    assert tiny.cache.remembered == 3
    engine.cancel("dropped")
    assert tiny.cache.remembered == 1
    while not engine.idle:
        engine.step()
    assert tiny.cache.remembered == 0


def test_no_more_is_remembered_than_was_planned(changes: list[list[float]]) -> None:
    tiny = watched("flux1-dev", 0.5, changes, max_lanes=1)
    engine = Engine({NAME: tiny.backend})
    for number in range(6):
        engine.add(str(number), recipe(tiny.backend, seed=number), share=str(number))
    most = 0
    while not engine.idle:
        engine.step()
        most = max(most, tiny.cache.remembered)
    assert most == step_cache.SIDES * step_cache.PICTURES_PER_LANE


def test_a_batch_that_fails_is_made_again_from_the_same_memory(changes: list[list[float]]) -> None:
    calm, torn = (watched("qwen-image", 0.5, changes) for _ in range(2))
    faults = iter([True])

    def fail(_: nn.Module, by_place: Any, named: Any) -> None:
        if len(torn.batches) > 2 and next(faults, False):
            raise RuntimeError("out of memory")

    network = torn.backend._family._network  # type: ignore[attr-defined]
    network.transformer_blocks[-1].blocks[-1].register_forward_pre_hook(fail, with_kwargs=True)
    asked = company(calm.backend)
    assert worst(paint(torn.backend, asked), paint(calm.backend, asked)) <= ROUNDING
    assert next(faults, None) is None


@pytest.mark.parametrize(
    ("model", "words"),
    [("sdxl", "step_cache must be 0 for UNet2DConditionModel; it works for"), ("lumina2", "has one block only")],
)
def test_networks_without_blocks_that_could_rest_are_refused(model: str, words: str, tmp_path: Path) -> None:
    make(model).save_pretrained(tmp_path, safe_serialization=True)
    with pytest.raises(BadSetting, match=words):
        open_folder(tmp_path, NAME, device="cpu", precision="float32", step_cache=0.1)


def test_a_folder_is_opened_with_it_or_as_it_is(tmp_path: Path) -> None:
    make("qwen-image").save_pretrained(tmp_path, safe_serialization=True)
    for threshold, wrappers in ((0.0, 0), (0.1, 2)):
        opened = open_folder(tmp_path, NAME, device="cpu", precision="float32", step_cache=threshold)
        modules = opened._family._network.modules()  # type: ignore[attr-defined]
        assert sum(type(module).__module__ == step_cache.__name__ for module in modules) == wrappers
        paint(opened, [recipe(opened)])
