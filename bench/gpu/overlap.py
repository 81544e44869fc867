"""What it gains to read prompts and decode pictures beside the evaluations, where a GPU's stages share its units."""

from __future__ import annotations

import time
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

from bench.gpu import models, ours
from bench.gpu.run import Run
from bench.gpu.theirs import Asked
from imagend.engine.engine import Engine
from imagend.workers.aside import AsideThread

MODELS = ("sana-sprint", "z-image-turbo", "flux1-dev")
USERS = 4  # each asks for the next picture when the last one is there
SIDE, SMALL_SIDE = 1024, 64
PICTURES, SMALL_PICTURES = 24, 4  # of a round
ROUNDS = 2
WAYS = (ours.Variant(name="in turn"), ours.Variant(name="beside", switches={"overlap": True}))


def overlap(run: Run) -> None:
    for name in MODELS[:1] if run.small else MODELS:
        run.attempt(name, partial(_of_model, run, name), needs=60)


def _of_model(run: Run, name: str) -> None:
    model = models.read(name, small=run.small)
    pipeline = models.build(model, run.meter.device)
    turn, beside = (way.backend(pipeline, run.meter, max_lanes=USERS) for way in WAYS)
    side = SMALL_SIDE if run.small else SIDE
    asked = Asked(number=0, width=side, height=side, steps=model.steps, guidance=model.guidance)
    _rate(run, turn, replace(asked, number=100), 2 * USERS)  # finds its kernels
    rounds = [
        [_rate(run, backend, replace(asked, number=200 * (1 + number)), None) for backend in (turn, beside)]
        for number in range(1 if run.small else ROUNDS)
    ]
    rates = [median(column) for column in zip(*rounds, strict=True)]
    run.add({
        "model": name, "steps": model.steps, "users": USERS, "in turn, pictures/s": rates[0],
        "beside, pictures/s": rates[1], "gain": rates[1] / rates[0],
    })  # fmt: skip


def _rate(run: Run, backend: Any, asked: Asked, pictures: int | None) -> float:
    """Pictures a second."""
    wanted = pictures or (SMALL_PICTURES if run.small else PICTURES)
    is_beside = bool(backend.beside)
    with closing(AsideThread(time.perf_counter)) if is_beside else nullcontext() as thread:
        engine = Engine({ours.NAME: backend}, beside=thread)
        start = run.meter.now()
        _serve(engine, backend, asked, wanted)
        return wanted / (run.meter.now() - start)


def _serve(engine: Engine, backend: Any, asked: Asked, wanted: int) -> None:
    """Who has a picture asks for the next one, until as many as are wanted are asked for."""
    waiting = [ours.recipe(backend, replace(asked, number=asked.number + number)) for number in range(wanted)]
    for recipe in waiting[:USERS]:
        engine.add(str(recipe.seed), recipe)
    del waiting[:USERS]
    while not engine.idle:
        for _ in ours.checked(engine.step()):
            if waiting:
                recipe = waiting.pop(0)
                engine.add(str(recipe.seed), recipe)
