"""What families owe whose guidance draws a picture away from a negative prompt."""

from __future__ import annotations

import pytest
import torch

from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.family import Guidance, OwnNegatives, classic
from imagend.engine.backends.torch_diffusers.lumina2 import Lumina2
from imagend.engine.backends.torch_diffusers.table import family_of
from tests.torch.families.models import MODELS, make
from tests.torch.families.painting import NAME, farthest, open_tiny, paint, recipe

every_family = pytest.mark.parametrize("model", MODELS)


@every_family
def test_a_negative_prompt_is_heard_by_classic_guidance_only(model: str) -> None:
    pipeline = make(model)
    guidance = family_of(type(pipeline).__name__)(pipeline).guidance
    tiny = open_tiny(model)
    fog, sun = paint(tiny, [recipe(tiny, negative_prompt="fog"), recipe(tiny, negative_prompt="bright sun")])
    assert (farthest(fog, sun) > 1) == (guidance is Guidance.CLASSIC)


@pytest.mark.parametrize("model", ["lumina2", "sana-dpm"])
def test_a_negative_prompt_is_worded_otherwise_in_the_same_shape(model: str) -> None:
    pipeline = make(model)
    family = family_of(type(pipeline).__name__)(pipeline)
    assert isinstance(family, OwnNegatives)
    with torch.inference_mode():
        positive, negative = family.embed(["red kite"])[0], family.embed_negative(["red kite"])[0]
    assert positive["words"].shape == negative["words"].shape
    assert positive["mask"].shape == negative["mask"].shape
    assert not torch.equal(positive["words"], negative["words"])


def test_lumina_keeps_the_length_of_the_answer_without_guidance() -> None:
    positive, negative = torch.randn(2, 3, 2, 4, 5, generator=torch.Generator().manual_seed(1))
    scales = torch.tensor([1.5, 4.0, 9.0])
    mixed = Lumina2(make("lumina2")).mix(positive, negative, scales, torch.zeros(3))
    torch.testing.assert_close(mixed.norm(dim=-1), positive.norm(dim=-1))
    cosine = torch.cosine_similarity(mixed, classic(positive, negative, scales), dim=-1)
    torch.testing.assert_close(cosine, torch.ones_like(cosine))


@pytest.mark.parametrize("model", ["flux1-dev", "flux1-schnell", "z-image"])
def test_a_distilled_model_honours_a_negative_prompt_by_a_second_evaluation_where_the_operator_wants_it(
    model: str,
) -> None:
    pipeline = make(model)
    family = family_of(type(pipeline).__name__)(pipeline)
    steered = TorchBackend(family, NAME, revision="random", device="cpu", negative_scale=3.0)
    fog, none, same = (
        recipe(steered, guidance_scale=1.0, negative_prompt=words) for words in ("fog", "", "a red kite")
    )
    mixed = paint(steered, [fog, none, same])
    assert farthest(mixed[0], mixed[1]) > 1
    assert farthest(mixed[1], mixed[2]) <= 1  # away from the prompt itself is nowhere
    assert farthest(mixed[0], paint(steered, [fog])[0]) <= 1
    assert not steered.uses_negative("", 1.0)
    assert not TorchBackend(family, NAME, revision="random", device="cpu").uses_negative("fog", 1.0)
