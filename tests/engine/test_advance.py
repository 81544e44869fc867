"""The one update, on numbers that can be checked by hand, and its independence of company."""

from __future__ import annotations

import numpy as np

from imagend.engine.advance import Latents, advance, estimate, fed
from imagend.engine.table import C_IN, COLUMNS, PUSH, PX, QX, SAVE, W0, W1, W2, W3, A, B, P, Q, S


def row(**columns: float) -> np.ndarray:
    made = np.zeros((1, len(COLUMNS)))
    for name, value in columns.items():
        made[0, COLUMNS.index(name)] = value
    return made


def latents(x: float = 10.0, anchor: float = 100.0, history: tuple[float, ...] = (1.0, 2.0, 3.0)) -> Latents:
    return Latents(x=np.array([[x]]), anchor=np.array([[anchor]]), history=np.array(history).reshape(1, 3, 1))


OUT, NOISE = np.array([[5.0]]), np.array([[7.0]])


def test_columns_stand_where_their_names_say() -> None:
    names = ["t", "c_in", "p", "q", "a", "b", "w0", "w1", "w2", "w3", "s", "push", "save", "px", "qx"]
    assert list(COLUMNS) == names
    assert list(range(1, 15)) == [C_IN, P, Q, A, B, W0, W1, W2, W3, S, PUSH, SAVE, PX, QX]


def test_every_term_of_the_formula() -> None:
    state = latents()
    for columns, expected in [
        ({"a": 2}, 20),
        ({"b": 2}, 200),
        ({"p": 1, "q": 2, "w0": 3}, 60),
        ({"w1": 2}, 2),
        ({"w2": 2}, 4),
        ({"w3": 2}, 6),
        ({"s": 2}, 14),
        ({"a": 1, "b": 1, "q": 1, "w0": 1, "w1": 1, "s": 1}, 10 + 100 + 5 + 1 + 7),
    ]:
        assert advance(row(**columns), state, OUT, NOISE).x.item() == expected, columns


def test_push_moves_the_history_and_save_keeps_x() -> None:
    moved = advance(row(q=1, push=1, save=1), latents(), OUT, NOISE)
    assert moved.history.ravel().tolist() == [5, 1, 2]
    assert moved.anchor.item() == 10
    still = advance(row(q=1), latents(), OUT, NOISE)
    assert still.history.ravel().tolist() == [1, 2, 3]
    assert still.anchor.item() == 100


def test_what_is_fed_and_what_is_estimated() -> None:
    assert fed(row(c_in=0.5), latents()).item() == 5
    assert estimate(row(px=2, qx=3), latents(), OUT).item() == 35


def test_each_picture_is_the_same_alone() -> None:
    random = np.random.default_rng(1)
    shape = (13, 7)
    rows = random.standard_normal((11, len(COLUMNS)))
    rows[:, [PUSH, SAVE]] = random.integers(0, 2, (11, 2))
    state = Latents(
        x=random.standard_normal((11, *shape), np.float32),
        anchor=random.standard_normal((11, *shape), np.float32),
        history=random.standard_normal((11, 3, *shape), np.float32),
    )
    out, noise = random.standard_normal((2, 11, *shape), np.float32)
    together = advance(rows, state, out, noise)
    assert together.x.dtype == together.history.dtype == np.float32
    for index in range(11):
        one = slice(index, index + 1)
        mine = Latents(x=state.x[one], anchor=state.anchor[one], history=state.history[one])
        alone = advance(rows[one], mine, out[one], noise[one])
        np.testing.assert_array_equal(alone.x, together.x[one])
        np.testing.assert_array_equal(alone.anchor, together.anchor[one])
        np.testing.assert_array_equal(alone.history, together.history[one])


def test_nothing_given_is_written_into() -> None:
    state = latents()
    advance(row(a=1, q=1, w0=1, push=1, save=1), state, OUT, NOISE)
    assert (state.x.item(), state.anchor.item(), state.history.ravel().tolist()) == (10, 100, [1, 2, 3])
