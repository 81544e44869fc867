"""Every table against a plain loop of the same algorithm, for every kind of network that it may meet."""

from __future__ import annotations

import numpy as np
import pytest

from imagend.engine.advance import Latents, advance, fed
from imagend.engine.plan import MAX_STEPS, SAMPLERS, plan
from imagend.engine.schedule import DiffusionNoise, FlowNoise, NoiseSchedule, Prediction
from imagend.engine.table import Plan, T
from tests.engine import reference
from tests.engine.reference import Array

TOLERANCE = 1e-12  # relative to the largest number; 1.2e-13 is measured
SHAPE = (3, 4)
FLOWS = (Prediction.FLOW_SAMPLE, Prediction.FLOW_VELOCITY)
DIFFUSIONS = (Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE)
SOME_STEPS = (1, 2, 3, 4, 5, 6, 9, 20, 33, 50, 64, 99, 100)


def noises() -> Array:
    return np.random.default_rng(5).standard_normal((MAX_STEPS + 2, *SHAPE))


def denoise(x: Array, level: float) -> Array:
    """A bent function of the latent and the level, so that every evaluation matters."""
    return 0.7 * np.cos(np.arange(12.0)).reshape(SHAPE) + (0.2 + 0.3 * level) * np.sin(1.5 * x + level)


def network(prediction: Prediction, fed_latents: Array, time: float) -> Array:
    """The denoiser behind a network's own scale, clock and kind of answer."""
    if prediction.is_flow:
        signal, noise = 1 - time, time
    else:
        sigma = np.interp(time, np.arange(1000), reference.trained_sigmas())
        signal, noise = 1 / np.sqrt(1 + sigma**2), sigma / np.sqrt(1 + sigma**2)
    length = np.hypot(signal, noise)
    clean = denoise(fed_latents / length, noise / length)
    pure = (fed_latents - signal * clean) / noise
    match prediction:
        case Prediction.EPSILON:
            return pure
        case Prediction.V_PREDICTION:
            return signal * pure - noise * clean
        case Prediction.FLOW_VELOCITY:
            return pure - clean
        case _:
            return clean


def run(made: Plan, prediction: Prediction) -> Array:
    z = noises()
    x = made.start_scale * z[:1]
    latents = Latents(x=x, anchor=np.zeros_like(x), history=np.zeros((1, 3, *SHAPE)))
    for index in range(len(made.rows)):
        row = made.rows[index : index + 1]
        out = network(prediction, fed(row, latents)[0], float(row[0, T]))[None]
        latents = advance(row, latents, out, z[index + 1 : index + 2])
    return latents.x[0]


def expected(sampler: str, steps: int, is_flow: bool) -> Array:
    z = noises()
    straight, capped = [*reference.even(1.0, steps), 0.0], [*reference.even(0.999, steps), 0.0]
    match sampler, is_flow:
        case "DDIM", False:
            return reference.ddim(denoise, z[0], steps)
        case "PNDM", False:
            return reference.pndm(denoise, z[0], steps)
        case "LMSDiscrete", False:
            return reference.lms(denoise, z[0], steps)
        case "DPMSolverMultistep", False:
            levels = reference.dpm_levels(steps)
            return reference.dpm_2m(denoise, z[0] * np.hypot(*levels[0]), levels)
        case "EulerAncestralDiscrete", False:
            return reference.euler_ancestral(denoise, reference.float_sigmas(steps), iter(z))
        case "PNDM", True:
            return reference.flow_pndm(denoise, z[0], straight)
        case "LMSDiscrete", True:
            return reference.flow_lms(denoise, z[0], straight)
        case "DPMSolverMultistep", True:
            levels = [(1 - s, s) for s in capped]
            return reference.dpm_2m(denoise, z[0] * np.hypot(*levels[0]), levels)
        case "EulerAncestralDiscrete", True:
            return reference.euler_ancestral(denoise, [s / (1 - s) for s in capped], iter(z))
        case _:
            return reference.flow_euler(denoise, z[0], straight)


def assert_close(sampler: str, steps: int, noise: NoiseSchedule, prediction: Prediction) -> None:
    wanted = expected(sampler, steps, prediction.is_flow)
    found = run(plan(sampler, steps, noise, prediction), prediction)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=TOLERANCE * np.abs(wanted).max(), err_msg=f"{steps} steps")


@pytest.mark.parametrize("sampler", [name for name in SAMPLERS if name != "FlowMatchEuler"])
@pytest.mark.parametrize("prediction", DIFFUSIONS)
def test_diffusion_models(sampler: str, prediction: Prediction) -> None:
    steps = range(1, MAX_STEPS + 1) if prediction is Prediction.EPSILON else SOME_STEPS
    for count in steps:
        assert_close(sampler, count, DiffusionNoise(), prediction)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("prediction", FLOWS)
def test_flow_models(sampler: str, prediction: Prediction) -> None:
    steps = range(1, MAX_STEPS + 1) if prediction is Prediction.FLOW_SAMPLE else SOME_STEPS
    for count in steps:
        assert_close(sampler, count, FlowNoise(), prediction)


@pytest.mark.parametrize("prediction", DIFFUSIONS)
def test_straight_line_of_a_diffusion_model(prediction: Prediction) -> None:
    """Euler on the straight line visits evenly spaced timesteps and equals DDIM down to the clean latent."""
    sigmas = np.interp(np.linspace(999, 0, 7), np.arange(1000), reference.trained_sigmas())
    shares = [*(sigma / (1 + sigma) for sigma in sigmas), 0.0]
    start = noises()[0] * shares[0]
    wanted = reference.flow_euler(denoise, start, shares)
    found = run(plan("FlowMatchEuler", 7, DiffusionNoise(), prediction), prediction)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=TOLERANCE)
