"""The bundled model in the engine, without a server: where the time of one picture goes."""

from __future__ import annotations

import statistics
import time
from typing import Any

from bench.report import Table
from imagend.core.recipe import Recipe
from imagend.engine.backends import open_backend
from imagend.engine.engine import Engine
from imagend.engine.events import Finished
from imagend.engine.pixels import encode

PROMPT = "A cozy cabin in the snowy mountains at sunrise, soft warm light, ultra-detailed, cinematic atmosphere"
PLAIN = "two dogs and a red ball in a meadow"


def recipe(side: int, seed: int, *, prompt: str = PLAIN, steps: int = 20) -> Recipe:
    return Recipe(
        model="bench", backend="sketch", prompt=prompt, negative_prompt="", width=side, height=side,
        steps=steps, guidance_scale=2.0, scheduler="FlowMatchEuler", seed=seed,
    )  # fmt: skip


def where_the_time_goes(rounds: int = 5) -> Table:
    backend = open_backend("sketch")
    rows: list[dict[str, Any]] = []
    for label, prompt in (("illustration", PLAIN), ("cinematic", PROMPT)):
        for side in (512, 1024, 2048):
            parts = [_one(backend, recipe(side, seed, prompt=prompt)) for seed in range(rounds)]
            middle = {name: statistics.median(part[name] for part in parts) for name in parts[0]}
            rows.append({"style": label, "size": side, **middle})
    return Table(
        name="picture",
        title="One picture, 20 steps with guidance, in milliseconds (median)",
        about="One process, one thread, nothing else in flight. `per step` is one guided model evaluation.",
        rows=rows,
    )


def _one(backend: Any, order: Recipe) -> dict[str, float]:
    engine = Engine({"sketch": backend})
    engine.add("t", order)
    start = time.perf_counter()
    pixels, decode = None, 0.0
    while pixels is None:
        before = time.perf_counter()
        for event in engine.step():
            if isinstance(event, Finished):
                pixels, decode = event.pixels, time.perf_counter() - before
    drawn = time.perf_counter()
    encode(pixels, "jpeg", 95)
    end = time.perf_counter()
    steps = drawn - start - decode
    seconds = {
        "per step": steps / order.steps, "all steps": steps, "draw": decode,
        "jpeg": end - drawn, "total": end - start,
    }  # fmt: skip
    return {name: 1000 * value for name, value in seconds.items()}


def lanes(steps: int = 20) -> Table:
    """Pictures per second of one engine against how many are denoised together."""
    backend = open_backend("sketch")
    rows = []
    for count in (1, 2, 4, 8):
        engine = Engine({"sketch": backend})
        for seed in range(count):
            engine.add(str(seed), recipe(512, seed, steps=steps))
        start, ticks = time.perf_counter(), 0
        while engine.pictures_in_flight and ticks < steps:
            engine.step()
            ticks += 1
        seconds = time.perf_counter() - start
        rows.append({"in the batch": count, "ms per tick": 1000 * seconds / ticks,
                     "ms per picture and step": 1000 * seconds / ticks / count})  # fmt: skip
    return Table(
        name="lanes",
        title="Denoising together, one process",
        about="Guided evaluations of pictures in one batch. On a CPU nothing is gained per step; what batching gives "
        "here is that a short job never waits for a long one, and every picture keeps the bytes it has alone.",
        rows=rows,
    )
