"""Our tables against the installed diffusers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.published import CASES, Case, assert_equal_ends, assert_equal_walks, noises
from tests.torch import published_runs

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in the schedulers
RUN_STEPS = (*range(2, 21), 25, 30, 37, 50, 64, 75, 99, 100)  # whole runs of torch are slow; walks cover every count
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_case
def test_timesteps_and_sigmas(case: Case) -> None:
    """At every step count of the public range."""
    for steps in case.steps:
        theirs = published_runs.scheduler(case, steps)
        assert_equal_walks(case, steps, theirs.timesteps.numpy().astype(float), published_runs.sigmas(theirs))


@every_case
def test_last_latents(case: Case) -> None:
    for steps in sorted({*RUN_STEPS} & {*case.steps}):
        assert_equal_ends(case, steps, published_runs.final(case, steps))


def test_one_step_of_theirs_starts_at_the_clean_end() -> None:
    """Why the cases begin with two steps: theirs returns the noise it is given. Ours starts at the top."""
    ddim = CASES[0]
    assert published_runs.scheduler(ddim, 1).timesteps.tolist() == [1]
    assert np.isclose(published_runs.final(ddim, 1), noises(1)[0], atol=0.1).all()
