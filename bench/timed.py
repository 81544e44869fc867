"""A model whose steps last a fixed time and use no core, as on an accelerator: what is measured is all around it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from imagend.engine.backend import Floats, Guide, PlainConditioning
from imagend.engine.backends.noop import NoopBackend

NAME = "bench.timed:fixed"
STEP_SECONDS = 0.02


class TimedBackend(NoopBackend):
    """Eight lanes to a step, whose time does not depend on how many of them are used."""

    spec = replace(NoopBackend.spec, name=NAME, max_lanes=8)

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[PlainConditioning]]) -> Floats:
        time.sleep(STEP_SECONDS)
        return super().denoise(latents, times, guides)


def fixed() -> TimedBackend:
    """For `--set backend=bench.timed:fixed`, started where `bench` can be imported."""
    return TimedBackend()
