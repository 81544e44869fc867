"""Our tables against recorded runs of diffusers (see tests/torch/record.py), without torch."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.published import CASES, RECORDED, RECORDED_STEPS, Case, assert_equal_ends, assert_equal_walks, made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded_runs(case: Case) -> None:
    with np.load(RECORDED) as recorded:
        counts, times, sigmas, finals = (
            recorded[f"{case.name}/{key}"] for key in ("steps", "times", "sigmas", "finals")
        )
    assert counts.tolist() == [steps for steps in RECORDED_STEPS if steps in case.steps]
    cuts = np.cumsum([len(made(case, int(steps)).rows) for steps in counts])[:-1]
    for steps, time, sigma, final in zip(counts, np.split(times, cuts), np.split(sigmas, cuts), finals, strict=True):
        assert_equal_walks(case, int(steps), time, sigma)
        assert_equal_ends(case, int(steps), final)
