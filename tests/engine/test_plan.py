"""What holds for every table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.core.errors import BadParameter
from imagend.engine.plan import MAX_STEPS, SAMPLERS, lagrange_integrals, plan
from imagend.engine.schedule import (
    Betas,
    DiffusionNoise,
    FlowNoise,
    NoiseSchedule,
    Prediction,
    Spacing,
    TrigNoise,
    diffusion_ladder,
    diffusion_sigmas,
    flow_ladder,
    timesteps,
)
from imagend.engine.table import C_IN, COLUMNS, PUSH, PX, QX, SAVE, W0, W1, W2, W3, A, B, S, T

diffusion_noises = st.builds(
    DiffusionNoise,
    betas=st.sampled_from(Betas),
    spacing=st.sampled_from([None, *Spacing]),
    steps_offset=st.integers(0, 1),
    ends_clean=st.booleans(),
)
flow_noises = st.builds(FlowNoise, shift=st.floats(0.2, 12), time_scale=st.sampled_from([1.0, 1000.0]))
trig_noises = st.builds(TrigNoise, middle=st.floats(0.2, 1.4), time_scale=st.sampled_from([1.0, 1000.0]))
diffusion_predictions = st.sampled_from([prediction for prediction in Prediction if not prediction.is_flow])
flow_predictions = st.sampled_from([prediction for prediction in Prediction if prediction.is_flow])
models = st.one_of(
    st.tuples(diffusion_noises, diffusion_predictions),
    st.tuples(st.one_of(flow_noises, trig_noises), flow_predictions),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(SAMPLERS)), st.integers(1, MAX_STEPS), models)
def test_tables_are_finite_and_tame(sampler: str, steps: int, model: tuple[NoiseSchedule, Prediction]) -> None:
    with np.errstate(all="raise"):
        made = plan(sampler, steps, *model)
    rows = made.rows
    assert rows.shape == (steps + (sampler == "PNDM" and steps > 1), len(COLUMNS))
    assert rows.dtype == np.float64
    assert np.isfinite(rows).all()
    assert not rows.flags.writeable
    assert 0.99 < made.start_scale <= 1 or steps == 1
    assert (np.diff(rows[:, T]) <= 0).all()
    assert ((rows[:, C_IN] > 0.7) & (rows[:, C_IN] < 1.42)).all()
    assert np.isin(rows[:, [PUSH, SAVE]], (0, 1)).all()
    assert (rows[:, S] >= 0).all()


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(SAMPLERS)), st.integers(1, MAX_STEPS), models)
def test_a_network_that_knows_the_picture_is_believed(
    sampler: str, steps: int, model: tuple[NoiseSchedule, Prediction]
) -> None:
    """With the exact noise (1.0) of an exact latent, every row estimates the exact picture (0.5)."""
    noise, prediction = model
    for row in plan(sampler, steps, noise, prediction).rows:
        signal, level = _level(row, noise)
        x = signal * 0.5 + level * 1.0
        v = signal * 1.0 - level * 0.5
        answers = {Prediction.EPSILON: 1.0, Prediction.V_PREDICTION: v, Prediction.FLOW_VELOCITY: 0.5}
        assert row[PX] * x + row[QX] * answers.get(prediction, 0.5) == pytest.approx(0.5, abs=1e-9)


def _level(row: np.ndarray, noise: NoiseSchedule) -> tuple[float, float]:
    """Signal and noise at the time that a row tells the network."""
    if not isinstance(noise, DiffusionNoise):
        share = row[T] / noise.time_scale
        return (1 - share) / np.hypot(1 - share, share), share / np.hypot(1 - share, share)
    trained = diffusion_sigmas(noise)
    sigma = np.interp(row[T], np.arange(len(trained)), trained)
    return 1 / np.hypot(1, sigma), sigma / np.hypot(1, sigma)


def test_only_pndm_looks_at_the_anchor_and_only_ancestral_steps_add_noise() -> None:
    for sampler in SAMPLERS:
        rows = plan(sampler, 9, FlowNoise(), Prediction.FLOW_SAMPLE).rows
        assert rows[:, [B, SAVE]].any() == (sampler == "PNDM")
        assert rows[:, S].any() == (sampler == "EulerAncestralDiscrete")
        assert rows[-1, S] == 0


def test_a_consistency_model_starts_every_step_anew_from_fresh_noise() -> None:
    rows = plan("FlowMatchEuler", 2, TrigNoise(middle=1.3), Prediction.FLOW_VELOCITY).rows
    np.testing.assert_allclose(rows[:, A], 0)
    np.testing.assert_allclose(rows[:, W0], [np.cos(1.3), 1])
    np.testing.assert_allclose(rows[:, S], [np.sin(1.3), 0])
    np.testing.assert_allclose(rows[:, T], [1, np.tan(1.3) / (1 + np.tan(1.3))])


def test_on_a_flow_model_ddim_is_the_native_sampler() -> None:
    """Both are one Euler step on a straight line: another name, the same table."""
    ddim, native = (plan(name, 7, FlowNoise(), Prediction.FLOW_VELOCITY).rows for name in ("DDIM", "FlowMatchEuler"))
    np.testing.assert_array_equal(ddim, native)


def test_equal_steps_of_lms_are_adams_bashforth() -> None:
    """On the straight line the nodes are equal, so that the fourth order of LMS is that of PNDM."""
    lms, pndm = (plan(name, 20, FlowNoise(), Prediction.FLOW_SAMPLE).rows for name in ("LMSDiscrete", "PNDM"))
    columns = [A, W0, W1, W2, W3]
    np.testing.assert_allclose(lms[3:, columns], pndm[4:, columns], rtol=1e-11)


def test_lagrange_integrals_are_exact_for_cubics() -> None:
    nodes, end = [0.9, 1.4, 2.0, 3.5], 0.2
    values = [node**3 - 2 * node for node in nodes]
    exact = (end**4 - nodes[0] ** 4) / 4 - (end**2 - nodes[0] ** 2)
    found = sum(weight * value for weight, value in zip(lagrange_integrals(nodes, end), values, strict=True))
    assert found == pytest.approx(exact, rel=1e-13)


def test_unknown_samplers_and_steps_are_refused_by_name() -> None:
    with pytest.raises(BadParameter, match="DDIM, PNDM, LMSDiscrete"):
        plan("Heun", 10, FlowNoise(), Prediction.FLOW_SAMPLE)
    for steps in (0, MAX_STEPS + 1):
        with pytest.raises(BadParameter, match="between 1 and 100"):
            plan("DDIM", steps, FlowNoise(), Prediction.FLOW_SAMPLE)


def test_a_flow_schedule_wants_a_flow_prediction() -> None:
    with pytest.raises(ValueError, match="does not go with"):
        plan("DDIM", 10, FlowNoise(), Prediction.EPSILON)
    with pytest.raises(ValueError, match="does not go with"):
        plan("DDIM", 10, DiffusionNoise(), Prediction.FLOW_SAMPLE)


@pytest.mark.parametrize(
    ("spacing", "expected"),
    [
        (Spacing.LEADING, [901, 801, 701, 601, 501, 401, 301, 201, 101, 1]),
        (Spacing.TRAILING, [999, 899, 799, 699, 599, 499, 399, 299, 199, 99]),
        (Spacing.LINSPACE, [999, 888, 777, 666, 555, 444, 333, 222, 111, 0]),
    ],
)
def test_spacings(spacing: Spacing, expected: list[int]) -> None:
    """Table 2 of arXiv 2305.08891, with T = 1000 counted from 0 and Stable Diffusion's offset of 1."""
    assert timesteps(DiffusionNoise(), 10, spacing).tolist() == expected
    assert timesteps(DiffusionNoise(), 1, spacing).tolist() == [999]


def test_ladders_end_where_they_should() -> None:
    trained = diffusion_sigmas(DiffusionNoise())
    assert trained[-1] == pytest.approx(14.6146, abs=1e-4)  # the sigma_max that Stable Diffusion is known by
    times = np.array([999.0, 500.0])
    assert diffusion_ladder(DiffusionNoise(), times, ends_clean=True).sigma[-1] == 0
    assert diffusion_ladder(DiffusionNoise(), times, ends_clean=False).sigma[-1] == pytest.approx(trained[0])
    ladder = flow_ladder(FlowNoise(shift=3.0), 4)
    np.testing.assert_allclose(ladder.share, [1, 0.9, 0.75, 0.5, 0], atol=1e-15)
    np.testing.assert_allclose(ladder.signal**2 + ladder.noise**2, 1)
