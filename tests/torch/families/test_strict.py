"""The strict switch: bytes that depend on the recipe only, and what is done for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from imagend.core.errors import BadSetting
from imagend.core.recipe import Recipe
from imagend.engine.backend import Guide, Pixels, Prompt
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.strict import OneByOne, check_exact
from imagend.engine.backends.torch_diffusers.table import family_of
from imagend.engine.engine import Engine
from imagend.engine.events import Finished
from tests.torch.families.models import make
from tests.torch.families.painting import NAME, farthest, paint, recipe

TINY = ("z-image", "sdxl")  # pads shapes and prompts; a U-Net that words its negatives apart


@pytest.fixture(scope="module", params=TINY)
def pair(request: pytest.FixtureRequest) -> tuple[TorchBackend, TorchBackend]:
    """The same weights, strict and not."""
    pipeline = make(request.param)
    family = family_of(type(pipeline).__name__)(pipeline)
    return OneByOne(family, NAME, revision="", device="cpu"), TorchBackend(family, NAME, revision="", device="cpu")


def traffic(backend: TorchBackend) -> list[Recipe]:
    side = backend.stride
    return [
        recipe(backend, seed=1, steps=3, prompt="a"),
        recipe(backend, seed=2, steps=5, guidance_scale=1.0, prompt="a very long tale of a kite " * 3),
        recipe(backend, seed=3, steps=2, guidance_scale=7.0, negative_prompt="", width=4 * side, height=5 * side),
        recipe(backend, seed=4, steps=3, prompt="blue sea", negative_prompt="a"),
    ]


def late(backend: TorchBackend, recipes: Sequence[Recipe]) -> list[Pixels]:
    """In the reverse order, each next one when the one before has been in work for two steps."""
    engine, found = Engine({NAME: backend}), {}
    waiting = dict(enumerate(recipes))
    while waiting or not engine.idle:
        if waiting:
            number, one = waiting.popitem()
            engine.add(str(number), one, previews=1)
        for event in [*engine.step(), *engine.step()]:
            if isinstance(event, Finished):
                found[int(event.ticket)] = event.pixels
    return [found[number] for number in range(len(recipes))]


def test_the_same_bytes_alone_together_and_in_another_order(pair: tuple[TorchBackend, TorchBackend]) -> None:
    strict, _ = pair
    asked = traffic(strict)
    alone = [paint(strict, [one])[0].tobytes() for one in asked]
    assert len(set(alone)) == len(asked)
    assert [pixels.tobytes() for pixels in paint(strict, asked)] == alone
    assert [pixels.tobytes() for pixels in late(strict, asked)] == alone


def test_the_same_bits_whoever_calls_with_many(pair: tuple[TorchBackend, TorchBackend]) -> None:
    strict, _ = pair
    shape = strict.latent_shape(4 * strict.stride, 4 * strict.stride)
    x = np.random.default_rng(3).standard_normal((5, *shape)).astype(np.float32)
    times, size = np.linspace(0.9, 0.2, 5).astype(np.float32), (4 * strict.stride,) * 2
    texts = ["a", "a red kite", "fog " * 9, "b", "a"]
    words = strict.encode_many([Prompt(text, *size) for text in texts])
    for text, word in zip(texts, words, strict=True):
        again = strict.encode(text, *size).embedding
        assert all(torch.equal(again[name], tensor) for name, tensor in word.embedding.items())
    guides = [Guide(positive=word, negative=words[3], scale=2.0) for word in words]
    together = strict.denoise(x, times, guides)
    for row in range(5):
        one = slice(row, row + 1)
        assert np.array_equal(strict.denoise(x[one], times[one], guides[one])[0], together[row])


def test_no_call_sees_two_pictures_or_two_prompts(pair: tuple[TorchBackend, TorchBackend]) -> None:
    strict, usual = pair
    with counted(usual) as calls:
        paint(usual, traffic(usual))
    assert max(calls["network"]) > 2
    assert max(calls["text"]) > 1
    with counted(strict) as calls:
        paint(strict, traffic(strict))
    assert set(calls["network"]) == {1, 2}  # without guidance and with
    assert set(calls["text"]) == set(calls["vae"]) == {1}


@contextmanager
def counted(backend: TorchBackend) -> Iterator[dict[str, Counter[int]]]:
    """How many rows the components are called with."""
    pipeline: Any = backend._family._pipeline  # type: ignore[attr-defined]
    network = getattr(pipeline, "transformer", None) or pipeline.unet
    parts = {"network": network, "text": pipeline.text_encoder, "vae": pipeline.vae.decoder}
    calls = {name: Counter[int]() for name in parts}

    def hook(name: str) -> Any:
        def count(_: Any, arguments: Sequence[Any], words: dict[str, Any]) -> None:
            calls[name][len(next(iter([*arguments, *words.values()])))] += 1

        return count

    hooks = [part.register_forward_pre_hook(hook(name), with_kwargs=True) for name, part in parts.items()]
    try:
        yield calls
    finally:
        for one in hooks:
            one.remove()


def test_the_usual_way_is_within_its_tolerance_of_the_strict_one(pair: tuple[TorchBackend, TorchBackend]) -> None:
    strict, usual = pair
    asked = traffic(strict)
    both = zip(paint(strict, asked), paint(usual, asked), strict=True)
    assert max(farthest(*pictures) for pictures in both) <= 1


def test_the_process_keeps_its_own_choices() -> None:
    def refuse(_: torch.Tensor) -> None:
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.backends.cudnn.deterministic
        assert not torch.backends.cudnn.benchmark
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        check_exact(torch.device("cpu"), refuse)
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.deterministic


def test_a_device_that_cannot_promise_it_is_refused() -> None:
    check_exact(torch.device("cpu"))
    with pytest.raises(BadSetting, match="strict must be false on meta"):
        check_exact(torch.device("meta"))

    def refuse(_: torch.Tensor) -> None:
        raise RuntimeError("set an environment variable: CUBLAS_WORKSPACE_CONFIG=:4096:8")

    with pytest.raises(BadSetting, match="strict on cpu needs CUBLAS_WORKSPACE_CONFIG=:4096:8 in the worker's"):
        check_exact(torch.device("cpu"), refuse)
