"""SANA (arXiv 2410.10629): linear attention in the latents of a deep autoencoder, 32 pixels to a place.

The published weights walk by DPM-Solver on the flow's schedule, some by Euler's method; the folder says which. Both are
compared with diffusers' own and agree to rounding. Under DPM-Solver the network is told whole timesteps of 1000, as
theirs tells it; and theirs starts a little too loud for its first level, by 0.03 % with the usual shift of 3: ours not.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from imagend.core.errors import BadSetting
from imagend.engine.backends.torch_diffusers.family import Embedding, Guidance, sliced, stacked
from imagend.engine.backends.torch_diffusers.parts import OverVae, flow_noise
from imagend.engine.schedule import FlowNoise, NoiseSchedule, Prediction, TrigNoise

WHOLE = 1e-3  # of a timestep: what float32 may lose


class Sana(OverVae):
    """Prompts stand behind the published instruction, negative prompts do not: so was the model trained."""

    guidance = Guidance.CLASSIC
    prediction = Prediction.FLOW_VELOCITY
    _one_side: Mapping[str, Any] = MappingProxyType({"do_classifier_free_guidance": False})

    def __init__(self, pipeline: Any) -> None:
        """Raises BadSetting for a scheduler that our tables do not follow."""
        super().__init__(pipeline, pipeline.transformer, pipeline.transformer.config.patch_size)
        self.scheduler = self._sampler(pipeline.scheduler)

    def noise_at(self, width: int, height: int) -> NoiseSchedule:
        scheduler = self._pipeline.scheduler
        told = scheduler.config.num_train_timesteps * self._network.config.timestep_scale
        if self.scheduler == "DPMSolverMultistep":
            return FlowNoise(shift=scheduler.config.flow_shift, time_scale=told)
        return replace(flow_noise(scheduler.config, 0, time_scale=told), last=float(scheduler.sigma_min))

    def embed(self, prompts: Sequence[str]) -> list[Embedding]:
        return self._read(prompts, instruction(self._pipeline))

    def embed_negative(self, prompts: Sequence[str]) -> list[Embedding]:
        return self._read(prompts, None)

    def _read(self, prompts: Sequence[str], before: list[str] | None) -> list[Embedding]:
        words, mask, *_ = self._pipeline.encode_prompt(
            list(prompts), device=self._network.device, complex_human_instruction=before, **self._one_side
        )
        return sliced(words=words, mask=mask)

    def denoise(self, x: Tensor, times: Tensor, embeddings: Sequence[Embedding], scales: Tensor) -> Tensor:
        out: Tensor = self._network(
            x.to(self._network.dtype),
            encoder_hidden_states=stacked(embeddings, "words").to(self._network.dtype),
            encoder_attention_mask=stacked(embeddings, "mask"),
            timestep=self._told(times),
            return_dict=False,
            **self._conditions(scales),
        )[0]
        return out[:, : x.shape[1]].float()  # some answer a variance behind the velocity

    def _told(self, times: Tensor) -> Tensor:
        """Whole timesteps under DPM-Solver, as it has them in the published loop; an exact one stays what it is."""
        if self.scheduler != "DPMSolverMultistep":
            return times
        scale = self._network.config.timestep_scale
        return torch.floor(times / scale + WHOLE) * scale

    def _conditions(self, scales: Tensor) -> Mapping[str, Tensor]:
        """What the network is told besides the words."""
        return {}

    @staticmethod
    def _sampler(scheduler: Any) -> str:
        name, config = type(scheduler).__name__, scheduler.config
        if name == "FlowMatchEulerDiscreteScheduler":
            return "FlowMatchEuler"
        if name == "DPMSolverMultistepScheduler" and config.use_flow_sigmas and config.solver_order == 2:
            return "DPMSolverMultistep"
        raise BadSetting(
            f"the weights' scheduler is {name}; SANA's must be FlowMatchEulerDiscreteScheduler, or "
            "DPMSolverMultistepScheduler of order 2 with use_flow_sigmas"
        )


class SanaSprint(Sana):
    """SANA-Sprint (arXiv 2503.09641): distilled to consistency, for 1 to 4 steps, and told its guidance scale.

    What the published loop computes around the network is a flow model on other levels: it feeds the straight line,
    tells its share of noise, and turns a velocity of the line into one of the circle. So the network is asked like
    SANA's, and only the schedule differs; `FlowMatchEuler` on it is consistency sampling (`plan.consistency`). Agrees
    with diffusers' own loop to rounding, given the same noise at every step.
    """

    guidance = Guidance.EMBEDDED
    _one_side = MappingProxyType({})  # its prompts have no other

    def noise_at(self, width: int, height: int) -> TrigNoise:
        return TrigNoise()

    def _conditions(self, scales: Tensor) -> Mapping[str, Tensor]:
        config = self._network.config
        return {"guidance": scales.to(self._network.dtype) * config.guidance_embeds_scale}

    @staticmethod
    def _sampler(scheduler: Any) -> str:
        name = type(scheduler).__name__
        if name != "SCMScheduler":
            raise BadSetting(f"the weights' scheduler is {name}; SANA-Sprint's must be SCMScheduler")
        return "FlowMatchEuler"


def instruction(pipeline: Any) -> list[str]:
    """What the pipeline puts before every prompt unless it is told otherwise."""
    found: list[str] = inspect.signature(pipeline.__call__).parameters["complex_human_instruction"].default
    return found
