"""The same model behind our engine, with the switches that it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from bench.gpu import words
from bench.gpu.meters import Meter, Taken
from bench.gpu.theirs import TOO_LONG, Asked, apart
from imagend.core.recipe import Recipe
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Finished

NAME = "bench"
COMPILED: Mapping[str, Any] = MappingProxyType({"compiler": "inductor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way of ours to make the picture: options of `over_pipeline`."""

    name: str
    switches: Mapping[str, Any] = field(default_factory=dict)

    def on(self, meter: Meter) -> dict[str, Any]:
        """The switches there. On a CPU, where it is only to be seen that it runs, the compiler is one that compiles
        nothing."""
        instead = {} if meter.on_gpu or "compiler" not in self.switches else {"compiler": "eager"}
        return {**self.switches, **instead}

    def networks(self, pipeline: Any) -> Any:
        """With switches a pipeline with networks of its own, for they change them; else the same."""
        return apart(pipeline) if self.switches else pipeline

    def backend(self, networks: Any, meter: Meter, **options: Any) -> Any:
        from imagend.engine.backends.torch_diffusers.load import over_pipeline

        return over_pipeline(networks, NAME, revision="random", device=meter.device, **self.on(meter), **options)

    def drawing(self, pipeline: Any, meter: Meter) -> tuple[Any, Callable[[Asked], Taken]]:
        """The networks, and what draws one picture after the other with them."""
        networks = self.networks(pipeline)
        return networks, partial(draw, self.backend(networks, meter, max_lanes=1), meter=meter)

    def open(self, pipeline: Any, meter: Meter, **options: Any) -> Any:
        return self.backend(self.networks(pipeline), meter, **options)

    def why_not(self, *, small: bool) -> str:
        """Why it is not measured; empty: it is."""
        return TOO_LONG if small and "compiler" in self.switches else ""


def recipe(backend: Any, asked: Asked, seed: int = 0) -> Recipe:
    return Recipe(
        model=NAME, backend=NAME, prompt=asked.prompt, negative_prompt=words.NEGATIVE, width=asked.width,
        height=asked.height, steps=asked.steps, guidance_scale=asked.guidance, scheduler=backend.spec.scheduler,
        seed=asked.number + seed,
    )  # fmt: skip


def draw(backend: Any, asked: Asked, meter: Meter) -> Taken:
    """Pictures through an engine that has nothing else to do and remembers no prompts, up to arrays of 8 bits."""
    engine = Engine({NAME: backend})
    for seed in range(asked.pictures):
        engine.add(str(seed), recipe(backend, asked, seed))
    spent: dict[str, float] = defaultdict(float)
    times: dict[str, int] = defaultdict(int)
    start = meter.now()
    while not engine.idle:
        before = meter.now()
        checked(engine.step())
        if engine.last_step:
            work = engine.last_step[1]
            spent[work] += meter.now() - before
            times[work] += 1
    return Taken(
        reading=spent["encode"], steps=spent["denoise"], drawing=spent["decode"], total=meter.now() - start,
        evaluations=times["denoise"],
    )  # fmt: skip


def checked(events: Sequence[Any]) -> list[Finished]:
    """The finished ones; what broke is raised."""
    for event in events:
        if isinstance(event, Broken):
            raise event.error from event.error.__cause__
    return [event for event in events if isinstance(event, Finished)]
