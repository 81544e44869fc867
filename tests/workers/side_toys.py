"""A toy whose prompts and pictures take their time beside its evaluations: `tests.workers.side_toys:beside`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from imagend.engine.backend import Floats, Pixels, Prompt, Stage
from tests.workers.toy import ToyBackend, Words, write_tick

DRAW_SECONDS = 0.5  # long enough to be cancelled, or stopped, in the middle


class SideToy(ToyBackend):
    beside: frozenset[Stage] = frozenset({"encode", "decode"})

    def aside(self) -> AbstractContextManager[None]:
        return nullcontext()

    def encode_many(self, prompts: Sequence[Prompt]) -> list[Words]:
        return [self.encode(prompt.text, prompt.width, prompt.height) for prompt in prompts]

    def decode(self, latents: Floats, conditioning: Words, width: int, height: int) -> Pixels:
        write_tick(conditioning.text)
        time.sleep(DRAW_SECONDS)
        return super().decode(latents, conditioning, width, height)


def beside() -> SideToy:
    return SideToy(0.05)
