"""One picture at a time: steps and whole pictures, ours with each of its switches beside plain diffusers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bench.gpu import models, ours, theirs
from bench.gpu.meters import Taken, middle
from bench.gpu.ours import COMPILED
from bench.gpu.run import Row, Run
from bench.gpu.theirs import Asked

ROUNDS = 3
SIDE, SMALL_SIDE = 1024, 64
PLAIN = "diffusers"
FP8: Mapping[str, Any] = {"quantization": "fp8"}
CACHED: Mapping[str, Any] = {"step_cache": 0.12}

Way = ours.Variant | theirs.Compiled
WAYS: Sequence[Way] = (
    theirs.Compiled(),
    ours.Variant(name="ours"),
    ours.Variant(name="ours, compiled", switches=COMPILED),
    ours.Variant(name="ours, FP8", switches=FP8),
    ours.Variant(name="ours, FP8, compiled", switches={**FP8, **COMPILED}),
    ours.Variant(name="ours, step cache 0.12", switches=CACHED),
    ours.Variant(name="ours, FP8, compiled, step cache 0.12", switches={**FP8, **COMPILED, **CACHED}),
)
IN_BFLOAT16 = WAYS[:3]


def flux(run: Run) -> None:
    versus(run, "flux1-dev", WAYS)


def z_image_turbo(run: Run) -> None:
    versus(run, "z-image-turbo", WAYS[:5])


def sana_sprint(run: Run) -> None:
    versus(run, "sana-sprint", IN_BFLOAT16[1:], steps=(1, 2))  # diffusers has no list of its blocks


def sdxl(run: Run) -> None:
    versus(run, "sdxl", IN_BFLOAT16)


def qwen_image(run: Run) -> None:
    versus(run, "qwen-image", (*IN_BFLOAT16, WAYS[4]), rounds=1)  # a picture takes a quarter of a minute


def versus(run: Run, name: str, ways: Sequence[Way], steps: Sequence[int] = (), rounds: int = ROUNDS) -> None:
    """Rows for each number of steps: diffusers, then ours in every way whose switches there are."""
    model = models.read(name, small=run.small)
    pipeline = models.build(model, run.meter.device)
    side = SMALL_SIDE if run.small else SIDE
    for count in steps or (2 if run.small else model.steps,):
        asked = Asked(number=1, width=side, height=side, steps=count, guidance=model.guidance)
        label = f", {count} step{'s' if count > 1 else ''}" if steps else ""
        Duel(run, pipeline, asked, label).fight(ways, 1 if run.small else rounds)


class Duel:
    """Ours against diffusers, for one kind of picture."""

    def __init__(self, run: Run, pipeline: Any, asked: Asked, label: str) -> None:
        self._run = run
        self._pipeline = pipeline
        self._asked = asked
        self._label = label
        self._theirs: list[Taken] = []
        self._operations = 0.0
        run.attempt("counting operations", self._count)
        self._place = len(run.rows)
        run.add(self._row(PLAIN, self._measured(self._draw_theirs, 1), 1.0))

    def fight(self, ways: Sequence[Way], rounds: int) -> None:
        for way in ways:
            if why := way.why_not(small=self._run.small):
                self._run.note(f"{way.name}: {why}")
                continue
            self._run.attempt(
                way.name + self._label, partial(self._against, way, rounds), needs=90 if way.switches else 0
            )

    def _count(self) -> None:
        short = replace(self._asked, steps=min(2, self._asked.steps))
        self._operations = theirs.operations(self._pipeline, short, self._run.meter)

    def _against(self, way: Way, rounds: int) -> None:
        """Rounds in turns, so that whatever else changes on the machine meets both."""
        networks, draw = way.drawing(self._pipeline, self._run.meter)
        for _ in range(2):  # compiles, and finds its kernels
            draw(replace(self._asked, number=0, steps=min(2, self._asked.steps)))
        pairs = [(self._draw_theirs(self._next()), draw(self._next())) for _ in range(rounds)]
        there, here = (middle([pair[side] for pair in pairs]) for side in (0, 1))
        working = self._measured(draw, 1)[1]
        first = self._run.rows[self._place]
        again = middle(self._theirs[1:])  # without the first, which had memory to ask for
        self._run.rows[self._place] = self._row(PLAIN, (again, first["GiB for it"]), 1.0)
        row = self._row(way.name, (here, working), there.total / here.total)
        self._run.add(row | {"at rest": rested(networks)})

    def _measured(self, draw: Callable[[Asked], Taken], times: int) -> tuple[Taken, float]:
        """What it takes, and the most memory that it has beside what was there."""
        meter = self._run.meter
        meter.forget_peak()
        held = meter.held_gib()
        taken = middle([draw(self._next()) for _ in range(times)])
        return taken, meter.peak_gib() - held

    def _draw_theirs(self, asked: Asked) -> Taken:
        self._theirs.append(theirs.draw(self._pipeline, asked, self._run.meter))
        return self._theirs[-1]

    def _next(self) -> Asked:
        """A prompt that nobody has read yet."""
        self._asked = replace(self._asked, number=self._asked.number + 1)
        return self._asked

    def _row(self, who: str, measured: tuple[Taken, float], faster: float) -> Row:
        taken, working = measured
        return {
            "who": who + self._label, "steps": self._asked.steps, "ms per step": taken.step_ms,
            "TFLOP/s": self._operations / taken.step_ms * 1000 / 1e12, "s per picture": taken.total,
            "of it prompt ms": 1000 * taken.reading, "decoding ms": 1000 * taken.drawing,
            "times as fast": faster, "GiB for it": working, "at rest": 0.0,
        }  # fmt: skip


def rested(pipeline: Any) -> float:
    """Share of the evaluations that a step cache ended early."""
    from imagend.engine.backends.torch_diffusers.step_cache import cache_in

    cache = cache_in(theirs.network(pipeline))
    return 0.0 if cache is None else cache.rested / max(1, cache.full + cache.rested)
