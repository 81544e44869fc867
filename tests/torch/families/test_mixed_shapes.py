"""Families whose network takes pictures of several shapes: one call for all, each picture as alone."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

from imagend.engine.backends.torch_diffusers.family import MixedShapes
from imagend.engine.backends.torch_diffusers.own_places import attend_by_row
from imagend.engine.backends.torch_diffusers.parts import padded_alike
from imagend.engine.backends.torch_diffusers.table import FAMILIES, family_of
from tests.torch.families.models import make
from tests.torch.families.painting import farthest, open_tiny, paint, recipe

MIXING = ("flux1-dev", "flux2-klein-base", "qwen-image", "z-image", "sd35", "lumina2", "pixart-sigma")
OWN_ATTENTION = ("flux1-dev", "flux2-klein-base", "qwen-image", "sd35")
CARDS = files("imagend.cards")
ROUNDING = 1  # of 255
PADDED = ((12, 8), (9, 11), (8, 12), (9, 10))  # columns and rows of patches: 96, 99, 96 and 90
EQUAL = ((12, 8), (8, 12), (16, 6))


class Counted:
    """A backend whose calls are counted: (pictures, shapes) of each."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.calls: list[tuple[int, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def denoise(self, latents: Any, *rest: Any) -> Any:
        self.calls.append((len(latents), 1))
        return self._backend.denoise(latents, *rest)

    def denoise_mixed(self, latents: Sequence[Any], *rest: Any) -> Any:
        self.calls.append((len(latents), len({latent.shape for latent in latents})))
        return self._backend.denoise_mixed(latents, *rest)


class Masks(TorchFunctionMode):
    """What attention is called with."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is scaled_dot_product_attention:
            self.seen.append((kwargs or {}).get("attn_mask"))
        return func(*args, **(kwargs or {}))


def test_these_are_the_families_that_mix() -> None:
    mixing = {pipeline for pipeline in FAMILIES if issubclass(family_of(pipeline), MixedShapes)}
    assert mixing - {"Flux2Pipeline", "Flux2KleinPipeline"} == {
        "FluxPipeline", "QwenImagePipeline", "ZImagePipeline", "StableDiffusion3Pipeline", "Lumina2Pipeline",
        "PixArtSigmaPipeline",
    }  # fmt: skip


@pytest.mark.parametrize("model", MIXING)
def test_shapes_share_a_batch_and_every_picture_is_the_same_as_alone(model: str) -> None:
    """With guidance and without, and prompts of different lengths."""
    tiny = open_tiny(model)
    side = tiny.stride
    orders = zip(PADDED, (1.0, 4.0, 2.5, 3.0), ("a", "red kite", "fog and sea and a kite", "blue"), strict=True)
    mixed = [
        recipe(tiny, width=columns * side, height=rows * side, seed=number, steps=2, guidance_scale=scale, prompt=words)
        for number, ((columns, rows), scale, words) in enumerate(orders)
    ]
    counted = Counted(tiny)
    together = paint(counted, mixed)  # type: ignore[arg-type]
    assert counted.calls == [(4, 4)] * 2
    apart = [farthest(paint(tiny, [one])[0], other) for one, other in zip(mixed, together, strict=True)]
    assert max(apart) <= ROUNDING


@pytest.mark.parametrize("model", MIXING)
@pytest.mark.parametrize("shapes", [PADDED, EQUAL], ids=["padded", "equal"])
def test_each_row_is_answered_as_alone_and_masked_only_behind_padding(
    model: str, shapes: tuple[tuple[int, int], ...]
) -> None:
    tiny = open_tiny(model)
    family, count = tiny._family, len(shapes)
    latents = [latent_of(tiny, columns, rows) for columns, rows in shapes]
    embeddings = [tiny.encode("a red kite", 64, 64).embedding] * count
    times, scales = torch.linspace(0.2, 0.9, count), torch.ones(count)
    attention = Masks()
    with torch.inference_mode():
        with attention:
            together = family.denoise_mixed(latents, times, embeddings, scales)
        for row, answer in enumerate(together):
            one = slice(row, row + 1)
            alone = family.denoise(latents[row][None], times[one], embeddings[one], scales[one])[0]
            torch.testing.assert_close(answer, alone, rtol=1e-4, atol=1e-5 * float(alone.abs().max()))
    if model in OWN_ATTENTION:
        assert {mask is None for mask in attention.seen} == {shapes is EQUAL}


@pytest.mark.parametrize("model", OWN_ATTENTION)
def test_equal_shapes_are_what_they_are_without_us_to_the_last_bit(model: str) -> None:
    network = make(model).transformer
    plain = {name: type(found) for name, found in network.attn_processors.items()}
    attend_by_row(network)
    assert not {type(found) for found in network.attn_processors.values()} & set(plain.values())
    tiny = open_tiny(model)
    latents = torch.stack([latent_of(tiny, 4, 6), latent_of(tiny, 4, 6)])
    embeddings = [tiny.encode(words, 64, 64).embedding for words in ("a", "a red kite")]

    def answer() -> torch.Tensor:
        with torch.inference_mode():
            return tiny._family.denoise(latents, torch.tensor([0.3, 0.9]), embeddings, torch.ones(2))

    ours = answer()
    for name, found in tiny._family._network.attn_processors.items():
        tiny._family._network.get_submodule(name.removesuffix(".processor")).set_processor(plain[name]())
        assert type(found) is not plain[name]
    assert torch.equal(ours, answer())


def test_compiled_blocks_hear_of_masks_too() -> None:
    """Also when they were compiled for pictures of one shape before, which have none: Lumina's come by hooks."""
    tiny = open_tiny("lumina2")
    latents = [latent_of(tiny, columns, rows) for columns, rows in PADDED]
    embeddings = [tiny.encode("a red kite", 64, 64).embedding] * len(PADDED)
    given = torch.linspace(0.2, 0.9, len(PADDED)), embeddings, torch.ones(len(PADDED))
    with torch.inference_mode():
        plain = tiny._family.denoise_mixed(latents, *given)
        for module in tiny._family._network.modules():
            if type(module).__name__.endswith("TransformerBlock"):
                module.compile(backend="eager", dynamic=True, fullgraph=True)
        tiny._family.denoise(torch.stack(latents[:1] * len(PADDED)), *given)
        compiled = tiny._family.denoise_mixed(latents, *given)
    torch.compiler.reset()
    for one, other in zip(plain, compiled, strict=True):
        torch.testing.assert_close(one, other)


def latent_of(tiny: Any, columns: int, rows: int) -> torch.Tensor:
    shape = tiny.latent_shape(columns * tiny.stride, rows * tiny.stride)
    return torch.randn(shape, generator=torch.Generator().manual_seed(columns))


@pytest.mark.parametrize("side", [64, 96, 128, 192, 256])
def test_all_ratios_of_one_size_share_batches_and_other_sizes_do_not(side: int) -> None:
    """side: places of a square latent."""
    sizes = tomllib.loads((CARDS / "shared.toml").read_text("utf-8"))["sizes"]["1K"].values()
    assert len({padded_alike((16, height * side // 1024, width * side // 1024)) for width, height in sizes}) == 1
    assert padded_alike((16, side, side)) != padded_alike((16, side + side // 8, side))


def test_no_picture_is_padded_by_more_than_an_eighth() -> None:
    places: dict[int, list[int]] = {}
    for side in range(4, 400):
        places.setdefault(padded_alike((4, side, 7)), []).append(7 * side)
    assert max(max(found) / min(found) for found in places.values()) <= 1.125
