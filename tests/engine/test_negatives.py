"""A negative prompt is read where it has an effect, and where it has none the finished picture says so."""

from __future__ import annotations

import pytest

from imagend.engine.events import Finished
from tests.engine.toy import ToyBackend, finished, recipe, run_to_end, toy_engine


class DistilledBackend(ToyBackend):
    """Is drawn away from a negative prompt only when the prompt names rain; by any scale."""

    def uses_negative(self, negative_prompt: str, scale: float) -> bool:
        return "rain" in negative_prompt


def drawn(backend: ToyBackend, negative: str, scale: float) -> Finished:
    engine = toy_engine(backend)
    engine.add("a", recipe(negative_prompt=negative, guidance_scale=scale))
    return finished(run_to_end(engine))["a", 0]


@pytest.mark.parametrize(
    ("negative", "scale", "lost"), [("rain", 2.0, False), ("rain", 1.0, True), ("", 1.0, False), ("", 2.0, False)]
)
def test_guidance_honours_it_and_scale_one_does_not(negative: str, scale: float, lost: bool) -> None:
    assert drawn(ToyBackend(), negative, scale).not_applied == (("negative_prompt",) if lost else ())


@pytest.mark.parametrize(
    ("negative", "scale", "lost"), [("rain", 1.0, False), ("rain", 2.0, False), ("fog", 7.5, True), ("", 7.5, False)]
)
def test_a_backend_that_knows_better_decides(negative: str, scale: float, lost: bool) -> None:
    backend = DistilledBackend()
    assert drawn(backend, negative, scale).not_applied == (("negative_prompt",) if lost else ())
    assert backend.encoded == ["a red house", *(["rain"] if negative == "rain" else [])]
