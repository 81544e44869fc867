"""What it brings to read prompts and decode beside the evaluations: the same orders with and without, in turns."""

from __future__ import annotations

import importlib.util
import random
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from bench.report import Table, percentile
from bench.timed import STEP_SECONDS, TimedBackend
from imagend.core.recipe import Recipe
from imagend.engine.backend import Backend, Floats, Pixels, PlainConditioning, Prompt, Stage
from imagend.engine.engine import Engine
from imagend.engine.events import Finished
from imagend.workers.aside import AsideThread

READ_SECONDS = 0.015  # a call of the text encoder, whatever is in it
DRAW_SECONDS = 0.04  # a call of the decoder
ROUNDS = 3  # of each way, one after the other
PICTURES = 40  # of a round


class Stages(TimedBackend):
    """Three stages that use no core, as on a device whose stages do not hinder each other at all."""

    spec = replace(TimedBackend.spec, decode_pixels=2 * 512 * 512)
    beside: frozenset[Stage] = frozenset({"encode", "decode"})

    def aside(self) -> AbstractContextManager[None]:
        return nullcontext()

    def encode_many(self, prompts: Sequence[Prompt]) -> list[PlainConditioning]:
        time.sleep(READ_SECONDS)
        return [super(Stages, self).encode(prompt.text, prompt.width, prompt.height) for prompt in prompts]

    def encode(self, prompt: str, width: int, height: int) -> PlainConditioning:
        return self.encode_many([Prompt(prompt, width, height)])[0]

    def decode_many(
        self, latents: Floats, conditionings: Sequence[PlainConditioning], width: int, height: int
    ) -> list[Pixels]:
        time.sleep(DRAW_SECONDS)
        return [super(Stages, self).decode(*one, width, height) for one in zip(latents, conditionings, strict=True)]

    def decode(self, latents: Floats, conditioning: PlainConditioning, width: int, height: int) -> Pixels:
        return self.decode_many(latents[None], [conditioning], width, height)[0]


@dataclass
class Run:
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)  # of each picture, from its order to its end


def overlap() -> Table:
    backends: dict[str, Backend[Any]] = {"sleeps": Stages()}
    if importlib.util.find_spec("torch") is not None:
        backends["computes, a core for each thread"] = small_model()
    rows = []
    for label, backend in backends.items():
        for users in (2, 8):
            rows.append({"model": label, "users": users, **_compared(backend, users)})
    return Table(
        name="overlap",
        title="Prompts read and pictures decoded beside the evaluations",
        about="So many users, each of whom orders a picture of 4 to 12 steps when the last one is there. In turn "
        f"and beside take turns in one run, {ROUNDS} rounds of {PICTURES} pictures each. The first model sleeps: "
        f"{1000 * STEP_SECONDS:.0f} ms for a step of up to 8 pictures, {1000 * READ_SECONDS:.0f} to read, "
        f"{1000 * DRAW_SECONDS:.0f} to decode two, and its stages do not hinder each other. The second one computes, "
        "each thread on one core. Neither is a GPU, where all stages share the same units; nothing ran on one.",
        rows=rows,
    )


def _compared(backend: Backend[Any], users: int) -> dict[str, Any]:
    ways = {"in turn": Run(), "beside": Run()}
    _round(backend, users, Run(), beside=False, pictures=users)  # warm
    for number in range(ROUNDS):
        for way, run in ways.items():
            _round(backend, users, run, beside=way == "beside", seed=number)
    rate = {way: ROUNDS * PICTURES / run.seconds for way, run in ways.items()}
    late = {way: percentile(run.waits, 0.95) for way, run in ways.items()}
    return {
        "pictures/s in turn": rate["in turn"], "pictures/s beside": rate["beside"],
        "ratio": rate["beside"] / rate["in turn"],
        "p95 s in turn": late["in turn"], "p95 s beside": late["beside"],
        "p95 ratio": late["beside"] / late["in turn"],
    }  # fmt: skip


def _round(
    backend: Backend[Any], users: int, run: Run, *, beside: bool, seed: int = 0, pictures: int = PICTURES
) -> None:
    rng, began = random.Random(seed), time.perf_counter()
    aside = AsideThread(time.perf_counter) if beside else None
    engine = Engine({backend.spec.name: backend}, beside=aside)
    ordered: dict[str, float] = {}

    def order() -> None:
        ticket = str(len(ordered))
        if len(ordered) < pictures:
            ordered[ticket] = time.perf_counter()
            engine.add(
                ticket, _recipe(backend.spec.name, f"prompt {ticket} of {seed}", rng.randint(4, 12)), share=ticket
            )

    for _ in range(users):
        order()
    while not engine.idle:
        before = time.perf_counter()
        events = engine.step()
        engine.charge(time.perf_counter() - before)
        for event in events:
            if isinstance(event, Finished):
                run.waits.append(time.perf_counter() - ordered[event.ticket])
                order()
    run.seconds += time.perf_counter() - began
    if aside is not None:
        aside.close()


def _recipe(backend: str, prompt: str, steps: int) -> Recipe:
    return Recipe(
        model="bench", backend=backend, prompt=prompt, negative_prompt="", width=256, height=256, steps=steps,
        guidance_scale=1.0, scheduler="FlowMatchEuler", seed=1,
    )  # fmt: skip


def small_model() -> Backend[Any]:
    """Computes as a model on a GPU does, in the same three stages, on one core for each thread."""
    import torch

    from bench.overlap_model import SmallFamily
    from imagend.engine.backends.torch_diffusers.backend import TorchBackend

    torch.set_num_threads(1)
    return TorchBackend(
        SmallFamily(), "small", revision="random", device="cpu", decode_pixels=2 * 256 * 256, overlap=True
    )
