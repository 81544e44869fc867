"""What bit-exact pictures cost: `strict` beside the usual way, over the same weights, in turns."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bench.gpu import models, ours
from bench.gpu.meters import middle
from bench.gpu.run import Run
from bench.gpu.theirs import Asked

MODEL = "z-image-turbo"
SIZES, SMALL_SIZES = ((512, 1), (512, 4), (512, 8), (1024, 1), (1024, 4)), ((64, 1), (64, 4))
"""Side in pixels, pictures in flight."""

ROUNDS = 3


def strict(run: Run) -> None:
    model = models.read(MODEL, small=run.small)
    pipeline = models.build(model, run.meter.device)
    usual = ours.Variant(name="ours").open(pipeline, run.meter, max_lanes=8)
    exact = ours.Variant(name="strict", switches={"strict": True}).open(pipeline, run.meter, max_lanes=8)
    for side, pictures in SMALL_SIZES if run.small else SIZES:
        asked = Asked(
            number=1, width=side, height=side, steps=2 if run.small else model.steps, guidance=model.guidance,
            pictures=pictures,
        )  # fmt: skip
        run.attempt(f"{side}, {pictures}", partial(_both, run, (usual, exact), asked), needs=30)


def _both(run: Run, backends: tuple[object, object], asked: Asked) -> None:
    rounds = [
        [ours.draw(backend, replace(asked, number=number), run.meter) for backend in backends]
        for number in range(1 + (1 if run.small else ROUNDS))
    ]
    default, exact = (middle([each[side] for each in rounds[1:]]) for side in (0, 1))  # the first finds its kernels
    run.add({
        "side": asked.width, "pictures in flight": asked.pictures,
        "default, pictures/s": asked.pictures / default.total,
        "strict, pictures/s": asked.pictures / exact.total, "strict takes, times": exact.total / default.total,
    })  # fmt: skip
