"""What it gains to denoise several pictures in one call: much at few places, little at many."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from bench.gpu import models, ours, theirs
from bench.gpu.meters import Taken, middle
from bench.gpu.ours import COMPILED
from bench.gpu.run import Run
from bench.gpu.theirs import Asked

MODELS = ("flux1-dev", "z-image-turbo")
SIDES, SMALL_SIDES = (512, 1024), (32,)
BATCHES, SMALL_BATCHES = (1, 2, 4, 8), (1, 2)
STEPS, SMALL_STEPS = 4, 1  # of which a step's time is the mean
ROUNDS = 2
WAYS = (ours.Variant(name="ours"), ours.Variant(name="ours, compiled", switches=COMPILED))


def batch_gain(run: Run) -> None:
    for name in MODELS:
        run.attempt(name, partial(_of_model, run, name), needs=60)


def _of_model(run: Run, name: str) -> None:
    model = models.read(name, small=run.small)
    pipeline = models.build(model, run.meter.device)
    for way in WAYS:
        if why := way.why_not(small=run.small):
            run.note(f"{way.name}: {why}")
            continue
        backend = way.open(pipeline, run.meter, max_lanes=max(BATCHES))
        for side in SMALL_SIDES if run.small else SIDES:
            asked = Asked(
                number=1, width=side, height=side, steps=SMALL_STEPS if run.small else STEPS, guidance=model.guidance
            )
            what = f"{name}, {side}, {way.name}"
            run.attempt(what, partial(_of_size, run, (model, way, pipeline, backend), asked), needs=60)


def _of_size(run: Run, who: tuple[models.Model, ours.Variant, Any, Any], asked: Asked) -> None:
    model, way, pipeline, backend = who
    alone: list[float] = []
    for pictures in SMALL_BATCHES if run.small else BATCHES:
        several = replace(asked, pictures=pictures)
        there, here = [], []
        for turn in range(1 if run.small else 1 + ROUNDS):
            pair = theirs.draw(pipeline, several, run.meter), ours.draw(backend, several, run.meter)
            if turn or run.small:  # the first finds its kernels
                there.append(pair[0])
                here.append(pair[1])
        rates = [_rate(middle(taken), pictures, model.steps) for taken in (here, there)]
        alone = alone or rates
        run.add({
            "model": model.name, "who": way.name, "side": asked.width, "batch": pictures,
            "ms per step": middle(here).step_ms, "images/s": rates[0], "gain": rates[0] / alone[0],
            "diffusers, ms per step": middle(there).step_ms, "diffusers, images/s": rates[1],
            "diffusers, gain": rates[1] / alone[1],
        })  # fmt: skip


def _rate(taken: Taken, pictures: int, steps: int) -> float:
    """Pictures a second at the model's own number of steps, the reading of prompts left away."""
    return pictures / (steps * taken.step_ms / 1000 + taken.drawing)
