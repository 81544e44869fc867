"""Which pictures make the next step together, and how they are packed into arrays.

Every lane has a deadline, counted in ticks: the tick of its arrival + the ticks it would need if all that are there
went on together. The share whose turn it is (see `shares`) gives its most urgent lane, which names the group of the
tick; then the batch is filled from all shares in turn, each with its most urgent lanes of the group. So a short job
passes long ones that arrived not much earlier (they rest: their state is only arrays), equal jobs go in order of
arrival, and nothing starves, because whatever arrives after a lane's deadline stands behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from imagend.core.errors import BackendFailure, ImagendError
from imagend.engine.advance import Latents
from imagend.engine.backend import Backend, Floats, Guide
from imagend.engine.lane import Lane


def urgency(lane: Lane) -> tuple[int, int]:
    return lane.deadline


def pick(first: Lane, lanes: Iterable[Lane], turn: Callable[[str], Any] = str) -> list[Lane]:
    """The lanes of the next tick: `first` and its mates, at most the backend's lanes_per_tick."""
    mates = [lane for lane in lanes if lane.group == first.group]
    return in_turn(first, mates, turn)[: first.order.backend.spec.lanes_per_tick]


def in_turn(first: Lane, lanes: Iterable[Lane], turn: Callable[[str], Any]) -> list[Lane]:
    """Who gets a place in a batch, `first` before all. Shares follow each other by `turn`, and each has a second lane
    in the batch only when every other one has its first."""
    mates = sorted(lanes, key=urgency)
    rank: Counter[str] = Counter()
    places = []
    for lane in mates:
        share = lane.order.share
        places.append((lane is not first, rank[share], turn(share), lane.deadline))
        rank[share] += 1
    order = sorted(range(len(mates)), key=places.__getitem__)
    return [mates[place] for place in order]


def pack(lanes: Sequence[Lane]) -> Latents:
    """The states of N lanes as one."""
    states = [lane.latents for lane in lanes]
    return Latents(
        x=np.concatenate([state.x for state in states]),
        anchor=np.concatenate([state.anchor for state in states]),
        history=np.concatenate([state.history for state in states]),
    )


def unpack(latents: Latents, lanes: Sequence[Lane]) -> None:
    """Hand every lane its new state, one evaluation later."""
    for row, lane in enumerate(lanes):
        one = slice(row, row + 1)
        lane.latents = Latents(x=latents.x[one], anchor=latents.anchor[one], history=latents.history[one])
        lane.evaluations += 1


def evaluate(
    backend: Backend[Any], x: Floats, times: Floats, guides: Sequence[Guide[Any]]
) -> tuple[Floats, dict[int, ImagendError]]:
    """Ask the network for N pictures: the answers [N, *shape], and what went wrong by row; such rows are zeros.

    If the whole batch fails, the pictures are asked for one by one, so that only the guilty one is broken.
    """
    out = attempt(lambda: _answer(backend, x, times, guides))
    if not isinstance(out, ImagendError):
        return out, {}
    if len(guides) == 1:
        return np.zeros_like(x), {0: out}
    alone = [evaluate(backend, x[[row]], times[[row]], [guide]) for row, guide in enumerate(guides)]
    return np.concatenate([one for one, _ in alone]), {
        row: errors[0] for row, (_, errors) in enumerate(alone) if errors
    }


def _answer(backend: Backend[Any], x: Floats, times: Floats, guides: Sequence[Guide[Any]]) -> Floats:
    out = backend.denoise(x, times, guides)
    if out.shape != x.shape or not np.isfinite(out).all():
        raise ValueError(f"{backend.spec.name} answered to shape {x.shape} with {out.shape}, or with NaN or infinity")
    return out


R = TypeVar("R")


def attempt(call: Callable[[], R]) -> R | ImagendError:
    """Call a model; whatever it raises comes back in the engine's words, with the original as the cause."""
    try:
        return call()
    except ImagendError as error:
        return error
    except Exception as error:
        failure = BackendFailure()
        failure.__cause__ = error
        return failure
