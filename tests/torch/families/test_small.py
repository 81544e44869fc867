"""What SANA and its Sprint read from the folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, SCMScheduler

from imagend.core.errors import BadSetting
from imagend.engine.backends.torch_diffusers.sana import instruction
from imagend.engine.schedule import FlowNoise, TrigNoise
from tests.torch.families.models import make
from tests.torch.families.painting import backend_of


def test_the_sampler_and_the_schedule_are_the_folders() -> None:
    dpm, sprint = backend_of(make("sana-dpm")), backend_of(make("sana-sprint"))
    assert (dpm.spec.scheduler, dpm.spec.noise) == ("DPMSolverMultistep", FlowNoise(shift=3.0, time_scale=1000.0))
    assert (sprint.spec.scheduler, sprint.spec.noise) == ("FlowMatchEuler", TrigNoise())
    assert backend_of(make("sana-euler")).spec.scheduler == "FlowMatchEuler"


@pytest.mark.parametrize(
    ("model", "scheduler", "complaint"),
    [
        ("sana-dpm", SCMScheduler, "is SCMScheduler; SANA's must be"),
        ("sana-dpm", DPMSolverMultistepScheduler, "of order 2 with use_flow_sigmas"),
        ("sana-sprint", FlowMatchEulerDiscreteScheduler, "SANA-Sprint's must be SCMScheduler"),
    ],
)
def test_schedulers_that_we_do_not_follow_are_refused(model: str, scheduler: Callable[[], Any], complaint: str) -> None:
    pipeline = make(model)
    pipeline.scheduler = scheduler()
    with pytest.raises(BadSetting, match=complaint):
        backend_of(pipeline)


@pytest.mark.parametrize("model", ["sana-dpm", "sana-sprint"])
def test_the_published_instruction_stands_before_prompts(model: str) -> None:
    lines = instruction(make(model))
    assert len(lines) > 5
    assert lines[-1].startswith("User Prompt")
