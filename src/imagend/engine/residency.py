"""When a model that is out of its device's memory comes in, and others go out for it.

To bring one in takes as long as many steps, so models must not change places with every order. Work goes on with those
that are in. One that is out comes in when they have nothing to do, or when three things hold: it is its turn by the
order of shares and lanes, as if all were in; it has waited PATIENCE times as long as it takes to bring in; and so has
the last one that came been kept. So two models that both have work change places for one part in PATIENCE + 1 of the
time at the most, what is rare is not forgotten, and over the long run shares get what they would get anyhow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from imagend.engine.backend import Backend, Resident
from imagend.engine.kinds import Kind
from imagend.engine.lane import Lane
from imagend.engine.shares import Estimates

PATIENCE = 4.0  # times what it takes to bring a model in


class Changes:
    """Models that may be out, and how long those have waited that are. Time is compute time, as the engine is told."""

    def __init__(self, backends: Mapping[str, Backend[Any]], estimates: Estimates, patience: float = PATIENCE) -> None:
        self._models = {name: backend for name, backend in backends.items() if isinstance(backend, Resident)}
        self._estimates = estimates
        self._patience = patience
        self._now = 0.0  # compute seconds so far
        self._kept_until = 0.0
        self._since: dict[str, float] = {}  # since when somebody waits for a model that is out

    def is_out(self, lane: Lane) -> bool:
        model = self._models.get(lane.order.recipe.backend)
        return model is not None and not model.is_resident

    def those_in(self, lanes: list[Lane]) -> list[Lane]:
        return [lane for lane in lanes if not self.is_out(lane)] if self._models else lanes

    def look(self, lanes: Iterable[Lane]) -> None:
        """See who waits; before each question."""
        if self._models:
            waiting = {lane.order.recipe.backend for lane in lanes if self.is_out(lane)}
            self._since = {name: self._since.get(name, self._now) for name in waiting}

    def is_early(self, lane: Lane) -> bool:
        """Whether its model is out, and shall be for a while yet if others have work."""
        if not self.is_out(lane):
            return False
        name = lane.order.recipe.backend
        return self._now < max(self._kept_until, self._since[name] + self._enough(name))

    def is_due(self, lane: Lane) -> bool:
        """Whether its model is out, and shall come in whoever else has work."""
        return self.is_out(lane) and not self.is_early(lane)

    def spend(self, seconds: float) -> None:
        """So much was computed."""
        self._now += seconds

    def came(self, name: str, seconds: float) -> None:
        """This model was brought in, which took so long."""
        self._estimates.learn(Kind("load", name), seconds)
        self._kept_until = self._now + self._enough(name)

    def _enough(self, name: str) -> float:
        return self._patience * self._estimates.of(Kind("load", name))
