"""What is compared with published schedulers: the cases, a small network, and a run of our tables. No torch in here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imagend.engine.advance import Latents, advance, fed
from imagend.engine.plan import MAX_STEPS, plan
from imagend.engine.schedule import DiffusionNoise, FlowNoise, NoiseSchedule, Prediction, Spacing
from imagend.engine.table import QX, Plan, T

Array = NDArray[np.float64]

RECORDED = Path(__file__).parents[1] / "data" / "published_schedulers.npz"
RECORDED_STEPS = (2, 3, 4, 5, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100)
SHAPE = (2, 3)

ALL = tuple(range(2, MAX_STEPS + 1))  # with one step, diffusers' spacings start at the clean end
ROUND = tuple(steps for steps in ALL if steps != 61)  # there, theirs visits 62 timesteps under trailing spacing
DIVISORS = tuple(steps for steps in ALL if 1000 % steps == 0)
STABLE_DIFFUSION = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
STABLE_DIFFUSION_OWN: dict[str, dict[str, Any]] = {
    "DDIM": {"set_alpha_to_one": False, "clip_sample": False},
    "PNDM": {"set_alpha_to_one": False, "skip_prk_steps": True},
}
ZERO_TERMINAL = "rescale_betas_zero_snr"
DPM_FLOW = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One scheduler of diffusers under one configuration, and the same in our words."""

    sampler: str
    noise: NoiseSchedule = field(default_factory=DiffusionNoise)
    prediction: Prediction = Prediction.EPSILON
    options: dict[str, Any] = field(default_factory=dict)  # of the scheduler's class, besides the betas
    steps: tuple[int, ...] = ALL
    tolerance: float = 1e-5  # of the last latent, relative to its largest number or 1; 4e-6 is measured

    @property
    def cuts_times(self) -> bool:
        """This one cuts off the fraction of the time that a flow model is told, of 1000; we do not."""
        return "use_flow_sigmas" in self.options

    def told(self, time: float) -> float:
        """What the network hears of the time; nothing where the two sides tell it differently."""
        return 0.0 if self.cuts_times else time

    @property
    def name(self) -> str:
        spacing = self.options.get("timestep_spacing", f"shift={getattr(self.noise, 'shift', '')}")
        return f"{self.sampler}-{self.prediction.value}-{spacing}{'-zero' if self.options.get(ZERO_TERMINAL) else ''}"


def spaced(sampler: str, spacing: Spacing, prediction: Prediction = Prediction.EPSILON, **more: Any) -> Case:
    options = {
        **STABLE_DIFFUSION,
        "timestep_spacing": spacing.value,
        "steps_offset": 1,
        "prediction_type": prediction.value,
        **STABLE_DIFFUSION_OWN.get(sampler, {}),
    }
    return Case(sampler=sampler, noise=DiffusionNoise(spacing=spacing), prediction=prediction, options=options, **more)


def zero_terminal(sampler: str, steps: tuple[int, ...], tolerance: float = 1e-5) -> Case:
    """From pure noise, under the spacing that gets there.

    The signal of ours is 2^-12 there, as in most of theirs; in their DDIM it is 0, and their Euler ancestral subtracts
    numbers of 4096 in float32.
    """
    case = spaced(sampler, Spacing.TRAILING, Prediction.V_PREDICTION, steps=steps)
    noise = DiffusionNoise(spacing=Spacing.TRAILING, zero_terminal=True)
    return replace(case, noise=noise, options=case.options | {ZERO_TERMINAL: True}, tolerance=tolerance)


def flow(sampler: str, shift: float, options: dict[str, Any]) -> Case:
    noise = FlowNoise(shift=shift, time_scale=1000)
    return Case(sampler=sampler, noise=noise, prediction=Prediction.FLOW_VELOCITY, options=options)


CASES = (
    spaced("DDIM", Spacing.LEADING),
    spaced("DDIM", Spacing.LEADING, Prediction.V_PREDICTION),
    spaced("DDIM", Spacing.LEADING, Prediction.SAMPLE),
    spaced("DDIM", Spacing.TRAILING, steps=DIVISORS),
    spaced("PNDM", Spacing.LEADING),
    spaced("PNDM", Spacing.TRAILING, steps=DIVISORS),
    spaced("LMSDiscrete", Spacing.LINSPACE),
    spaced("LMSDiscrete", Spacing.LINSPACE, Prediction.V_PREDICTION),
    spaced("LMSDiscrete", Spacing.LINSPACE, Prediction.SAMPLE),
    spaced("LMSDiscrete", Spacing.LEADING),
    spaced("LMSDiscrete", Spacing.TRAILING, steps=ROUND),
    spaced("DPMSolverMultistep", Spacing.LINSPACE),
    spaced("DPMSolverMultistep", Spacing.LINSPACE, Prediction.V_PREDICTION),
    spaced("DPMSolverMultistep", Spacing.LINSPACE, Prediction.SAMPLE),
    spaced("DPMSolverMultistep", Spacing.LEADING),
    spaced("DPMSolverMultistep", Spacing.TRAILING, steps=ROUND),
    spaced("EulerAncestralDiscrete", Spacing.LINSPACE),
    spaced("EulerAncestralDiscrete", Spacing.LINSPACE, Prediction.V_PREDICTION),
    spaced("EulerAncestralDiscrete", Spacing.LEADING),
    spaced("EulerAncestralDiscrete", Spacing.TRAILING, steps=ROUND),
    spaced("FlowMatchEuler", Spacing.LINSPACE),
    spaced("FlowMatchEuler", Spacing.LEADING),
    spaced("FlowMatchEuler", Spacing.LEADING, Prediction.V_PREDICTION),
    spaced("FlowMatchEuler", Spacing.TRAILING, steps=ROUND),
    zero_terminal("DDIM", DIVISORS, tolerance=3e-4),
    zero_terminal("DPMSolverMultistep", ROUND),
    zero_terminal("EulerAncestralDiscrete", ROUND, tolerance=3e-4),
    zero_terminal("FlowMatchEuler", ROUND),
    flow("FlowMatchEuler", 1.0, {"shift": 1.0}),
    flow("FlowMatchEuler", 3.0, {"shift": 3.0}),
    flow("DPMSolverMultistep", 1.0, DPM_FLOW | {"flow_shift": 1.0}),
    flow("DPMSolverMultistep", 3.0, DPM_FLOW | {"flow_shift": 3.0}),
)


TIME_TOLERANCE = 2e-4  # absolute, of 1000; theirs are float32
SIGMA_TOLERANCE = 2e-5  # relative; theirs are running products in float32


def assert_equal_walks(case: Case, steps: int, times: Array, their_sigmas: Array) -> None:
    """Timesteps and levels of our table are theirs."""
    table = made(case, steps)
    allowed = 1 + TIME_TOLERANCE if case.cuts_times else TIME_TOLERANCE
    np.testing.assert_allclose(table.rows[:, T], times, rtol=0, atol=allowed, err_msg=f"{steps} steps")
    if case.prediction in (Prediction.EPSILON, Prediction.FLOW_VELOCITY):
        np.testing.assert_allclose(sigmas(table), their_sigmas, rtol=SIGMA_TOLERANCE, err_msg=f"{steps} steps")


def assert_equal_ends(case: Case, steps: int, theirs: Array) -> None:
    """The same network and noise lead to the same last latent."""
    allowed = case.tolerance * max(1.0, np.abs(theirs).max())
    np.testing.assert_allclose(final(case, steps), theirs, rtol=0, atol=allowed, err_msg=f"{steps} steps")


def network(fed_latents: Array, time: float) -> Array:
    """Stands for any network: bent in the latent, and different at every time."""
    return 0.6 * fed_latents + 0.3 * np.sin(2 * fed_latents + time / 400)


def noises(steps: int) -> Array:
    """What the run starts from and what ancestral steps add, [steps + 1, *SHAPE]."""
    return np.random.default_rng(steps).standard_normal((steps + 1, *SHAPE))


def made(case: Case, steps: int) -> Plan:
    return plan(case.sampler, steps, case.noise, case.prediction)


def sigmas(table: Plan) -> Array:
    """Sigma at every evaluation for networks that predict the noise; the share s for those that predict a velocity."""
    return -table.rows[:, QX]


def final(case: Case, steps: int) -> Array:
    """The last latent of our run in float64, [*SHAPE]."""
    table, z = made(case, steps), noises(steps)
    x = table.start_scale * z[:1]
    latents = Latents(x=x, anchor=np.zeros_like(x), history=np.zeros((1, 3, *SHAPE)))
    for index in range(len(table.rows)):
        row = table.rows[index : index + 1]
        out = network(fed(row, latents), case.told(float(row[0, T])))
        latents = advance(row, latents, out, z[[min(index + 1, len(z) - 1)]])
    last: Array = latents.x[0]
    return last
