"""Schedules that depend on the picture or the steps, against diffusers' own numbers."""

from __future__ import annotations

import numpy as np
import pytest
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

from imagend.engine.backends.torch_diffusers.flux2 import fitted_noise
from imagend.engine.schedule import flow_ladder


@pytest.mark.parametrize("tokens", [16, 1024, 4096, 4300, 4301, 8192])
@pytest.mark.parametrize("steps", [1, 4, 28, 50, 100])
def test_the_shift_of_flux2_is_the_published_fit(tokens: int, steps: int) -> None:
    theirs = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)
    theirs.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps).tolist(), mu=compute_empirical_mu(tokens, steps))
    np.testing.assert_allclose(flow_ladder(fitted_noise(tokens), steps).share, theirs.sigmas.numpy(), atol=1e-6)
