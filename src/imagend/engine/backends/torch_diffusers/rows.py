"""Whose rows the network is evaluating: what modules ask that treat the pictures of a batch each in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a batch: one picture's evaluation with its prompt, or with its negative prompt."""

    memory: dict[str, Any] = field(default_factory=dict)  # of this side of this picture; see `Guide.memory`
    adapters: tuple[tuple[str, float], ...] = ()  # of this picture; see `Guide.adapters`


class Rows:
    """Shared by a model's backend, which says what goes through the network, and by modules inside the network."""

    def __init__(self) -> None:
        self.now: Sequence[Row] = ()  # in the order of the batch; empty between evaluations
        self.listeners: list[Callable[[Sequence[Row]], None]] = []  # hear of every change

    @contextmanager
    def evaluating(self, rows: Sequence[Row]) -> Iterator[None]:
        self._change(rows)
        try:
            yield
        finally:
            self._change(())

    @contextmanager
    def only(self, places: Sequence[int]) -> Iterator[None]:
        """While a part of the batch goes on without the rest."""
        whole = self.now
        self._change([whole[place] for place in places])
        try:
            yield
        finally:
            self._change(whole)

    def _change(self, rows: Sequence[Row]) -> None:
        self.now = rows
        for hear in self.listeners:
            hear(rows)
