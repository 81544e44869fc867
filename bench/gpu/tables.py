"""Which tables there are: what each says, and the function that makes it. Needs no torch."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bench.gpu.run import Run

_ONE = (
    "One picture at a time, {what}, random weights, rounds in turns ({rounds}), every prompt new. A picture is "
    "from its prompt to 8-bit pixels: reading the prompt by the full-size text encoders, all steps, decoding. `ms per "
    "step` has what is computed between evaluations in it; `GiB for it`: most that tensors took beside the weights."
)
_MIXED = (
    "vLLM-Omni's Dataset C (512² 15 %, 20 steps; 768² 25 %, 20; 1024² 45 %, 25; 1536² 15 %, 35) on Z-Image's shape, "
    "Poisson arrivals of one seed on a real clock at {load} of what one request after the other could do{more}; each "
    "request with a prompt of its own, from arrival to 8-bit pixels. Serial: one at a time. Static batches: the oldest "
    "and up to 3 of its size and steps, to the end. Steps, equal shapes: our engine, up to 4 in a step, of equal shape "
    "only. Ours: of all shapes that the model lets share. `within`: share that took no longer than 3 times what it "
    "takes alone."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    title: str
    about: str
    function: str  # module:name in this package

    def make(self, run: Run) -> None:
        module, _, name = self.function.partition(":")
        function: Callable[[Run], None] = getattr(importlib.import_module(f"bench.gpu.{module}"), name)
        function(run)


TABLES: Mapping[str, Kind] = MappingProxyType(
    {
        "flux": Kind(
            title="FLUX.1-dev's shape, 1024², 28 steps",
            about=_ONE.format(what="guidance told as a number", rounds="medians of 3")
            + " Targets: 129 ms per step in bfloat16, 2.5 s per picture with FP8. `at rest`: share of the evaluations "
            "that a step cache ended behind the first block; with trained weights it is another one.",
            function="pictures:flux",
        ),
        "z-image-turbo": Kind(
            title="Z-Image-Turbo's shape, 1024², 9 evaluations",
            about=_ONE.format(what="unguided", rounds="medians of 3") + " Target: 0.9 s per picture.",
            function="pictures:z_image_turbo",
        ),
        "sana-sprint": Kind(
            title="SANA-Sprint's shape (1.6 B), 1024², 1 and 2 steps",
            about=_ONE.format(what="guidance told as a number", rounds="medians of 3"),
            function="pictures:sana_sprint",
        ),
        "sdxl": Kind(
            title="SDXL's shape, 1024², 30 guided steps",
            about=_ONE.format(what="with a negative prompt", rounds="medians of 3"),
            function="pictures:sdxl",
        ),
        "qwen-image": Kind(
            title="Qwen-Image's shape, 1024², 50 guided steps",
            about=_ONE.format(what="with a negative prompt", rounds="one"),
            function="pictures:qwen_image",
        ),
        "batch-gain": Kind(
            title="Pictures a second against the size of the batch",
            about="Times of a step (means of 4) and of decoding at each size of the batch, rounds in turns; pictures a "
            "second are reckoned from them at the model's own number of steps (28 and 9), the reading of prompts left "
            "away. `gain`: over a batch of one of the same kind. Target: 2.5 at 512² with 4 to 8; at 1024² the GPU is "
            "busy with one picture, and little can be gained.",
            function="batches:batch_gain",
        ),
        "mixed": Kind(
            title="A mixed load under four schedulers",
            about=_MIXED.format(load="80 %", more=""),
            function="mixed:mixed",
        ),
        "mixed-overload": Kind(
            title="A mixed load of more than one after the other could do",
            about=_MIXED.format(load="130 %", more=""),
            function="mixed:mixed_overload",
        ),
        "mixed-ratios": Kind(
            title="A mixed load in five ratios of width to height",
            about=_MIXED.format(load="80 %", more=", in equal parts 1:1, 4:3, 3:4, 16:9 and 9:16 of the same area"),
            function="mixed:mixed_ratios",
        ),
        "memory": Kind(
            title="Memory taken and memory planned",
            about="bfloat16, FLUX.1 with FP8 too; 4 pictures of 1536 x 1024 in one batch (guided where the model is), "
            "2 steps and decoding: what torch's tensors took at the most, and what the plan said before loading. "
            "Runtime: what else was taken of the device, by CUDA's context and libraries.",
            function="memory:memory",
        ),
        "cold-start": Kind(
            title="From files to the first picture",
            about="A new process each time; the weights as safetensors on a local disk, once dropped from the "
            "machine's file cache and once kept there; the model's own number of steps at 1024².",
            function="cold:cold_start",
        ),
        "overlap": Kind(
            title="Prompts read and pictures decoded beside the evaluations",
            about="Four users at 1024², each of whom asks for the next picture, with a new prompt, when the last one "
            "is there; the same weights both ways, in turns (medians of 2 rounds of 24 pictures).",
            function="overlap:overlap",
        ),
        "strict": Kind(
            title="Bit-exact pictures: what `strict` costs",
            about="Z-Image-Turbo's shape, 9 evaluations, the same weights both ways, in turns; prompts and decoding "
            "are in it.",
            function="exact:strict",
        ),
    }
)  # fmt: skip
