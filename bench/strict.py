"""What bit-exact pictures cost: a small network of FLUX.1's kind, random weights, one picture at a time and batched."""

from __future__ import annotations

import statistics
import time
from typing import Any

from bench.report import Table
from bench.small_flux import is_missing, small_flux
from imagend.core.recipe import Recipe
from imagend.engine.engine import Engine

NAME = "bench"
SIDE, STEPS, ROUNDS = 128, 4, 9  # pixels, evaluations, runs of which the median counts


def strict_cost() -> Table | None:
    """Both ways by turns, so that a noisy neighbour meets both. None where torch is not installed."""
    if is_missing("strict-cost"):
        return None
    usual, strict = _backends()
    rows = []
    for count in (1, 4, 8):
        seconds: list[tuple[float, float]] = []
        for turn in range(ROUNDS + 1):
            taken = _seconds(usual, count), _seconds(strict, count)
            seconds += [taken] if turn else []  # the first is the warm-up
        default, exact = (count / statistics.median(column) for column in zip(*seconds, strict=True))
        longer = statistics.median(exactly / usually for usually, exactly in seconds)  # of runs side by side
        rows.append({"pictures at once": count, "default, images/s": default, "strict, images/s": exact,
                     "strict takes, times": longer})  # fmt: skip
    return Table(
        name="strict-cost",
        title="Bit-exact pictures: what `strict` costs on a CPU",
        about=f"A network of FLUX.1's kind with random weights (2 + 4 blocks of width 256), {SIDE} x {SIDE} pixels, "
        f"{STEPS} steps, float32; evaluation and decoding, without reading prompts. Lost is what batches gain: on a "
        "GPU more than here for small pictures, and little for large ones. Nothing ran on a GPU.",
        rows=rows,
    )


def _backends() -> tuple[Any, Any]:
    """The same weights, default and strict."""
    from imagend.engine.backends.torch_diffusers.backend import TorchBackend
    from imagend.engine.backends.torch_diffusers.strict import OneByOne

    family, common = small_flux(), {"revision": "random", "device": "cpu", "max_lanes": 8}
    return TorchBackend(family, NAME, **common), OneByOne(family, NAME, **common)


def _seconds(backend: Any, count: int) -> float:
    engine = Engine({NAME: backend})
    for seed in range(count):
        engine.add(str(seed), _recipe(seed))
    start = time.perf_counter()
    while not engine.idle:
        engine.step()
    return time.perf_counter() - start


def _recipe(seed: int) -> Recipe:
    return Recipe(
        model=NAME, backend=NAME, prompt=str(seed), negative_prompt="", width=SIDE, height=SIDE, steps=STEPS,
        guidance_scale=1.0, scheduler="FlowMatchEuler", seed=seed,
    )  # fmt: skip
