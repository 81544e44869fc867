"""Recipes in, pictures out, one denoising step at a time: add, cancel, step.

The engine owns no thread and no clock: whoever calls `step` decides when, and hears of everything in its answer. One
`step` is one batched evaluation or one decoding, so a cancellation or a newcomer waits for one of them at the most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from imagend.core.errors import BadParameter, ImagendError, UnknownModel
from imagend.core.recipe import Recipe
from imagend.engine.advance import advance, estimate, fed
from imagend.engine.backend import Backend, Floats, Pixels
from imagend.engine.batch import attempt, evaluate, pack, pick, unpack, urgency
from imagend.engine.events import Broken, Event, Finished, PreviewFailed, Progress
from imagend.engine.lane import Lane, Order
from imagend.engine.plan import plan
from imagend.engine.prompts import Prompts
from imagend.engine.table import Plan, T


class Engine:
    """Not for use from several threads at once."""

    def __init__(self, backends: Mapping[str, Backend[Any]]) -> None:
        self._backends = backends
        self._prompts = Prompts()
        self._plans: dict[tuple[str, str, int], Plan] = {}
        self._orders: dict[str, Order] = {}
        self._lanes: list[Lane] = []  # to be denoised
        self._denoised: list[Lane] = []  # to be decoded
        self._ticks = 0
        self._arrivals = 0
        self._decoded_last = False

    @property
    def idle(self) -> bool:
        """Nothing is left to do."""
        return not self._orders

    @property
    def pictures_in_flight(self) -> int:
        return len(self._lanes) + len(self._denoised)

    def add(self, ticket: str, recipe: Recipe, *, previews: int = 0) -> None:
        """Take an order; costs no model call. `previews`: see `watch`.

        Raises ValueError for a ticket that is in flight, UnknownModel, BadParameter.
        """
        if ticket in self._orders:
            raise ValueError(f"ticket {ticket!r} is in flight already")
        if recipe.backend not in self._backends:
            raise UnknownModel(recipe.backend)
        backend = self._backends[recipe.backend]
        for name in ("width", "height"):
            if getattr(recipe, name) % backend.spec.stride:
                raise BadParameter(name, f"{name} must be a multiple of {backend.spec.stride}")
        order = Order(
            ticket=ticket,
            recipe=recipe,
            backend=backend,
            plan=self._plan(backend, recipe),
        )
        order.watch(previews)
        group = (recipe.backend, backend.latent_shape(recipe.width, recipe.height))
        deadline = (self._ticks + len(order.plan.rows), self._arrivals)
        self._arrivals += 1
        self._lanes += [Lane(order=order, index=index, group=group, deadline=deadline) for index in range(recipe.count)]
        self._orders[ticket] = order

    def watch(self, ticket: str, previews: int) -> bool:
        """From now on draw as many previews of the first picture, spread evenly over its whole denoising; 0: none.

        Those that would have come earlier are not made up for. False if the order is not in flight (any more).
        """
        order = self._orders.get(ticket)
        if order is not None:
            order.watch(previews)
        return order is not None

    def cancel(self, ticket: str) -> bool:
        """Forget an order at once; no event of it will follow. False if it is not in flight (any more)."""
        order = self._orders.pop(ticket, None)
        self._lanes = [lane for lane in self._lanes if lane.order is not order]
        self._denoised = [lane for lane in self._denoised if lane.order is not order]
        return order is not None

    def step(self) -> list[Event]:
        """Make one batched evaluation or decode one picture; they take turns while there is work for both."""
        if self._denoised and not (self._lanes and self._decoded_last):
            self._decoded_last = True
            return self._decode(min(self._denoised, key=urgency))
        self._decoded_last = False
        return self._tick() if self._lanes else []

    def _plan(self, backend: Backend[Any], recipe: Recipe) -> Plan:
        key = (recipe.backend, recipe.scheduler, recipe.steps)
        if key not in self._plans:
            self._plans[key] = plan(recipe.scheduler, recipe.steps, backend.spec.noise, backend.spec.prediction)
        return self._plans[key]

    def _tick(self) -> list[Event]:
        events: list[Event] = []
        lanes = self._guided(pick(self._lanes), events)
        if not lanes:
            return events
        self._ticks += 1
        latents, rows = pack(lanes), np.stack([lane.row for lane in lanes])
        guides, times = [lane.order.guided for lane in lanes], rows[:, T].astype(np.float32)
        out, errors = evaluate(lanes[0].order.backend, fed(rows, latents), times, guides)
        unpack(advance(rows, latents, out, np.stack([lane.draw_noise() for lane in lanes])), lanes)
        for row, error in errors.items():
            self._break(lanes[row].order, error, events)
        self._denoised += [lane for lane in lanes if lane.is_denoised and self._has(lane.order)]
        self._lanes = [lane for lane in self._lanes if not lane.is_denoised]
        self._report(lanes, lambda: estimate(rows, latents, out), events)
        return events

    def _guided(self, lanes: list[Lane], events: list[Event]) -> list[Lane]:
        """The lanes whose prompts can be read; the first tick of an order reads them."""
        for order in _orders(lanes):
            guide = order.guide or attempt(partial(self._prompts.guide, order.backend, order.recipe))
            if isinstance(guide, ImagendError):
                self._break(order, guide, events)
            else:
                order.guide = guide
        return [lane for lane in lanes if lane.order.guide]

    def _report(self, lanes: list[Lane], clean: Callable[[], Floats], events: list[Event]) -> None:
        """One event per order that is still there; `clean` estimates the clean latents of all lanes."""
        previews: dict[str, tuple[Pixels, tuple[str, ...]]] = {}
        for row, lane in enumerate(lanes):
            lane.order.done += 1
            if lane.wants_preview and self._has(lane.order):
                preview = attempt(partial(lane.order.show, clean()[row]))
                if isinstance(preview, ImagendError):
                    events.append(PreviewFailed(ticket=lane.order.ticket, error=preview))
                else:
                    previews[lane.order.ticket] = preview
        for order in filter(self._has, _orders(lanes)):
            pixels, contents = previews.get(order.ticket, (None, ()))
            progress = Progress(
                ticket=order.ticket, done=order.done, total=order.total, preview=pixels, contents=contents
            )
            events.append(progress)

    def _decode(self, lane: Lane) -> list[Event]:
        events: list[Event] = []
        order = lane.order
        self._denoised.remove(lane)
        decoded = attempt(partial(order.decode, lane.latents.x[0]))
        if isinstance(decoded, ImagendError):
            self._break(order, decoded, events)
            return events
        pixels, contents = decoded
        order.left -= 1
        if not order.left:
            del self._orders[order.ticket]
        return [
            Finished(
                ticket=order.ticket,
                index=lane.index,
                left=order.left,
                pixels=pixels,
                seed=lane.seed,
                evaluations=lane.evaluations,
                contents=contents,
                notes=order.guided.positive.notes,
            )
        ]

    def _has(self, order: Order) -> bool:
        return self._orders.get(order.ticket) is order

    def _break(self, order: Order, error: ImagendError, events: list[Event]) -> None:
        """Forget an order that failed, and say so once."""
        if self._has(order):
            self.cancel(order.ticket)
            events.append(Broken(ticket=order.ticket, error=error))


def _orders(lanes: list[Lane]) -> list[Order]:
    """The orders that the lanes belong to, each once."""
    return list({id(lane.order): lane.order for lane in lanes}.values())
