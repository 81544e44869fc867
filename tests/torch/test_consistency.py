"""Our consistency sampling against the installed diffusers' SCMScheduler, run as SanaSprintPipeline runs it."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
import torch
from diffusers import SCMScheduler

from imagend.engine.advance import Latents, advance, fed
from imagend.engine.plan import plan
from imagend.engine.schedule import Prediction, TrigNoise
from imagend.engine.table import T
from tests.engine.published import Array, network, noises

NOISE = "diffusers.schedulers.scheduling_scm.randn_tensor"
TOLERANCE = 2e-5  # theirs are float32, and their first angle is 1.5708, not pi / 2


def ours(steps: int) -> Array:
    rows, z = plan("FlowMatchEuler", steps, TrigNoise(), Prediction.FLOW_VELOCITY).rows, noises(steps)
    x = z[:1]
    latents = Latents(x=x, anchor=np.zeros_like(x), history=np.zeros((1, 3, *x.shape[1:])))
    for index in range(steps):
        row = rows[index : index + 1]
        out = network(fed(row, latents), 400 * float(row[0, T]))
        latents = advance(row, latents, out, z[[index + 1]])
    last: Array = latents.x[0]
    return last


def theirs(steps: int) -> Array:
    """The network answers n - x0 of the straight line; the scheduler wants cos(t) n - sin(t) x0 of the circle."""
    scheduler, z = SCMScheduler(), iter(torch.from_numpy(noises(steps)))
    scheduler.set_timesteps(steps, intermediate_timesteps=1.3 if steps == 2 else None)
    deviation = scheduler.config.sigma_data
    x, clean = next(z) * deviation, torch.empty(0)
    with patch(NOISE, lambda *_, **__: next(z)):
        for angle in scheduler.timesteps[:-1].double():
            signal, noise = torch.cos(angle), torch.sin(angle)
            straight, share = x / deviation / (signal + noise), noise / (signal + noise)
            out = torch.from_numpy(network(straight.numpy(), 400 * float(share)))
            pure, picture = straight + (1 - share) * out, straight - share * out
            x, clean = scheduler.step(deviation * (signal * pure - noise * picture), angle, x, return_dict=False)
    return np.asarray(clean / deviation)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 8, 20])
def test_consistency_sampling_is_the_published_schedulers(steps: int) -> None:
    np.testing.assert_allclose(ours(steps), theirs(steps), rtol=0, atol=TOLERANCE * max(1, np.abs(theirs(steps)).max()))
