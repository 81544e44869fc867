"""Plain diffusers: the pipeline's own call, with the time of its stages."""

from __future__ import annotations

import copy
import gc
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from bench.gpu import words
from bench.gpu.meters import Meter, Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Pictures of one prompt. number: of the prompt and of the seed."""

    number: int
    width: int
    height: int
    steps: int
    guidance: float
    pictures: int = 1

    @property
    def prompt(self) -> str:
        return words.prompt(self.number)


TOO_LONG = "not in small runs, compiling takes too long"
Arguments = Callable[[Asked], dict[str, Any]]

ARGUMENTS: Mapping[str, Arguments] = MappingProxyType(
    {
        "FluxPipeline": lambda asked: {"guidance_scale": asked.guidance, "max_sequence_length": 512},
        "ZImagePipeline": lambda asked: {"guidance_scale": asked.guidance - 1},
        "SanaSprintPipeline": lambda asked: {
            "guidance_scale": asked.guidance,
            "use_resolution_binning": False,
            "intermediate_timesteps": 1.3 if asked.steps == 2 else None,
        },
        "StableDiffusionXLPipeline": lambda asked: {
            "guidance_scale": asked.guidance, "negative_prompt": words.NEGATIVE,
        },
        "QwenImagePipeline": lambda asked: {"true_cfg_scale": asked.guidance, "negative_prompt": words.NEGATIVE},
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """diffusers as its own page on speed has it: the denoiser's repeated blocks compiled, for the shape at hand."""

    name: str = "diffusers, compiled blocks"
    switches: tuple[str, ...] = ("compiler",)

    def why_not(self, *, small: bool) -> str:
        """Why it is not measured; empty: it is."""
        return TOO_LONG if small else ""

    def drawing(self, pipeline: Any, meter: Meter) -> tuple[Any, Callable[[Asked], Taken]]:
        """The networks, and what draws one picture after the other with them."""
        networks = apart(pipeline)
        network(networks).compile_repeated_blocks(backend="inductor" if meter.on_gpu else "eager", fullgraph=True)
        return networks, partial(draw, networks, meter=meter)


def draw(pipeline: Any, asked: Asked, meter: Meter) -> Taken:
    """Pictures by the pipeline's own call, up to 8-bit images. The device is waited for at the first evaluation, at the
    end of the last step and at the end."""
    import torch

    marks: dict[str, float] = {}

    def at_first(*_: Any) -> None:
        if "first" not in marks:
            marks["first"] = meter.now()

    def at_step(_pipeline: Any, step: int, _time: Any, _tensors: Any) -> dict[str, Any]:
        if step == asked.steps - 1:
            marks["last"] = meter.now()
        return {}

    start = meter.now()
    hook = network(pipeline).register_forward_pre_hook(at_first)
    try:
        pipeline(
            prompt=asked.prompt, width=asked.width, height=asked.height, num_inference_steps=asked.steps,
            num_images_per_prompt=asked.pictures, output_type="pil", callback_on_step_end=at_step,
            generator=torch.Generator(meter.device).manual_seed(asked.number),
            **ARGUMENTS[type(pipeline).__name__](asked),
        )  # fmt: skip
    finally:
        hook.remove()
    end = meter.now()
    return Taken(
        reading=marks["first"] - start, steps=marks["last"] - marks["first"], drawing=end - marks["last"],
        total=end - start, evaluations=asked.steps,
    )  # fmt: skip


def operations(pipeline: Any, asked: Asked, meter: Meter) -> float:
    """Floating-point operations of one step, counted while a picture is made: twice the multiplications of matrices,
    convolutions and attention."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    calls: list[tuple[Any, Any]] = []
    hook = network(pipeline).register_forward_pre_hook(
        lambda _module, args, named: calls.append((args, named)), with_kwargs=True
    )
    try:
        draw(pipeline, asked, meter)
    finally:
        hook.remove()
    args, named = calls[0]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(pipeline)(*args, **named)
    return float(counter.get_total_flops()) * len(calls) / asked.steps


def apart(pipeline: Any) -> Any:
    """The same pipeline with a denoiser and a decoder of its own, equal to the other's. What was compiled before is
    forgotten, for it would hold the networks of an earlier one in memory."""
    import torch

    torch.compiler.reset()
    gc.collect()
    parts = dict(pipeline.components)
    denoiser = "unet" if "unet" in parts else "transformer"
    made = type(pipeline)(
        **parts | {denoiser: copy.deepcopy(network(pipeline)), "vae": copy.deepcopy(pipeline.vae)}, **_options(pipeline)
    )
    made.set_progress_bar_config(disable=True)
    return made


def _options(pipeline: Any) -> dict[str, Any]:
    """What the pipeline's maker takes besides components."""
    known = inspect.signature(type(pipeline).__init__).parameters
    return {"add_watermarker": False} if "add_watermarker" in known else {}


def network(pipeline: Any) -> Any:
    """What is evaluated at every step."""
    return getattr(pipeline, "transformer", None) or pipeline.unet
