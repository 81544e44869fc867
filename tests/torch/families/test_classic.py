"""The classic samplers on Stable Diffusion: our loop, whatever sampler is asked for, is the pipeline's own loop with
diffusers' scheduler of that name. What is left out and why stands in decision 0002."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import diffusers
import pytest
import torch
from torch import Tensor

from imagend.core.errors import BadSetting
from imagend.core.recipe import Recipe
from imagend.engine.backends.torch_diffusers.diffusion_schedule import diffusion_noise
from imagend.engine.backends.torch_diffusers.load import open_folder
from imagend.engine.noise import step_noise
from imagend.engine.schedule import Betas, DiffusionNoise, Prediction, Spacing
from tests.engine.published import STABLE_DIFFUSION_OWN
from tests.torch.families.classic import TRAINED, euler, pndm, zero_terminal_euler
from tests.torch.families.models import make
from tests.torch.families.painting import NAME, backend_of, farthest, paint, recipe
from tests.torch.families.references import picture
from tests.torch.published_runs import ANCESTRAL_NOISE

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in the schedulers
STEPS = 8  # divides 1000: theirs step elsewhere under trailing spacing if it does not
ROUNDING = 1  # of 255
EVERYWHERE = ("DDIM", "LMSDiscrete", "DPMSolverMultistep", "EulerAncestralDiscrete", "FlowMatchEuler")
PAIRS = [
    *((model, sampler) for model in ("sd15", "sd21-v", "sdxl", "sdxl-v") for sampler in EVERYWHERE),
    *((model, "PNDM") for model in ("sd15", "sdxl")),  # theirs mixes raw v-predictions of different times
    *(("sdxl-v-zero", sampler) for sampler in EVERYWHERE if sampler != "LMSDiscrete"),  # theirs knows no such betas
]


@pytest.mark.parametrize(("model", "sampler"), PAIRS)
def test_every_sampler_is_the_scheduler_of_its_name(model: str, sampler: str) -> None:
    pipeline = make(model)
    tiny = backend_of(pipeline)
    asked = recipe(tiny, scheduler=sampler, steps=STEPS, width=64)
    pipeline.scheduler = of_class(sampler, pipeline.scheduler.config)
    shape = tiny.latent_shape(asked.width, asked.height)
    with our_ancestral_noise(asked, shape):
        theirs = picture(pipeline, asked, shape)
    assert farthest(paint(tiny, [asked])[0], theirs) <= ROUNDING


def test_all_samplers_share_a_batch() -> None:
    tiny = backend_of(make("sd15"))
    mixed = [recipe(tiny, scheduler=sampler, steps=4 + row) for row, sampler in enumerate((*EVERYWHERE, "PNDM"))]
    alone = [paint(tiny, [one])[0] for one in mixed]
    assert max(farthest(one, other) for one, other in zip(alone, paint(tiny, mixed), strict=True)) <= ROUNDING


def test_the_schedule_is_read_from_the_scheduler() -> None:
    assert diffusion_noise(pndm()) == DiffusionNoise()
    assert diffusion_noise(euler()) == DiffusionNoise(spacing=Spacing.LEADING)
    assert diffusion_noise(zero_terminal_euler()) == DiffusionNoise(spacing=Spacing.TRAILING, zero_terminal=True)
    linear = diffusers.LMSDiscreteScheduler(beta_schedule="linear", beta_start=0.0001, beta_end=0.02)
    assert diffusion_noise(linear) == DiffusionNoise(
        betas=Betas.LINEAR, beta_start=0.0001, beta_end=0.02, steps_offset=0
    )
    clean = diffusers.DDIMScheduler(**TRAINED, clip_sample=False, timestep_spacing="linspace")
    assert diffusion_noise(clean) == DiffusionNoise(spacing=Spacing.LINSPACE, ends_clean=True)


def test_the_native_sampler_is_the_schedulers() -> None:
    natives = {model: backend_of(make(model)).spec for model in ("sd15", "sd21-v", "sdxl", "sd35")}
    assert [spec.scheduler for spec in natives.values()] == ["PNDM", "DDIM", "FlowMatchEuler", "FlowMatchEuler"]
    assert natives["sd21-v"].prediction is Prediction.V_PREDICTION
    assert natives["sd15"].prediction is Prediction.EPSILON


@pytest.mark.parametrize(
    ("scheduler", "complaint"),
    [
        (lambda: diffusers.HeunDiscreteScheduler(), "HeunDiscreteScheduler; for this family it must be one of DDIM"),
        (lambda: euler(use_karras_sigmas=True), "use_karras_sigmas = True; imagend follows False only"),
        (lambda: euler(prediction_type="flow"), "prediction_type = 'flow'; imagend follows epsilon, sample, v_pred"),
        (lambda: diffusers.DDIMScheduler(beta_schedule="squaredcos_cap_v2", clip_sample=False), "beta_schedule = 'squ"),
        (lambda: diffusers.DDIMScheduler(**TRAINED), "clip_sample = True"),
        (lambda: euler(rescale_betas_zero_snr=True), "pure noise, where prediction_type epsilon says nothing"),
    ],
)  # fmt: skip
def test_schedules_that_we_do_not_follow_are_refused(scheduler: Any, complaint: str) -> None:
    pipeline = make("sdxl")
    pipeline.scheduler = scheduler()
    with pytest.raises(BadSetting, match=complaint):
        backend_of(pipeline)


def test_sdxl_without_a_negative_prompt_is_drawn_away_from_zeros() -> None:
    pipeline = make("sdxl")
    tiny = backend_of(pipeline)
    asked = recipe(tiny, negative_prompt="")
    shape = tiny.latent_shape(asked.width, asked.height)
    told = pipeline.__class__.__call__
    with patch.object(type(pipeline), "__call__", lambda *one, **more: told(*one, **more | {"negative_prompt": None})):
        theirs = picture(pipeline, asked, shape)
    assert farthest(paint(tiny, [asked])[0], theirs) <= ROUNDING


def test_sd35_without_t5() -> None:
    pipeline = make("sd35")
    pipeline.register_modules(text_encoder_3=None, tokenizer_3=None)
    tiny = backend_of(pipeline)
    asked = recipe(tiny)
    theirs = picture(pipeline, asked, tiny.latent_shape(asked.width, asked.height))
    assert farthest(paint(tiny, [asked])[0], theirs) <= ROUNDING


def test_the_autoencoder_of_sdxl_is_kept_from_overflowing() -> None:
    pipeline = make("sdxl").to(torch.float16)
    assert pipeline.vae.config.force_upcast
    backend_of(pipeline)
    assert (pipeline.vae.dtype, pipeline.unet.dtype) == (torch.float32, torch.float16)


def test_the_safety_checker_of_a_folder_is_not_loaded(tmp_path: Path) -> None:
    """Nor asked for: here it is named and not there."""
    pipeline = make("sd15")
    pipeline.save_pretrained(tmp_path, safe_serialization=True)
    index = tmp_path / "model_index.json"
    named = {"safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "requires_safety_checker": True}
    index.write_text(json.dumps(json.loads(index.read_text()) | named))
    loaded = open_folder(tmp_path, NAME, device="cpu", precision="float32")
    asked = recipe(loaded)
    assert farthest(paint(loaded, [asked])[0], paint(backend_of(pipeline), [asked])[0]) <= ROUNDING


def of_class(sampler: str, config: Any) -> Any:
    """As diffusers changes a pipeline's scheduler; what the class would assume is as in Stable Diffusion's files."""
    name = {"FlowMatchEuler": "EulerDiscrete"}.get(sampler, sampler)
    return getattr(diffusers, f"{name}Scheduler").from_config(config, **STABLE_DIFFUSION_OWN.get(sampler, {}))


@contextmanager
def our_ancestral_noise(asked: Recipe, shape: tuple[int, ...]) -> Iterator[None]:
    """Theirs draws from a generator of torch; here it gets what ours draws after each evaluation."""
    drawn = iter(range(asked.steps))

    def draw(*_: Any, **__: Any) -> Tensor:
        return torch.from_numpy(step_noise(asked.seed, next(drawn), shape))[None]

    with patch(ANCESTRAL_NOISE, draw):
        yield
