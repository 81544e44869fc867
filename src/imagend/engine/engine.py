"""Recipes in, pictures out, one denoising step at a time: add, cancel, step.

The engine owns no thread and no clock: whoever calls `step` decides when, and hears of everything in its answer. One
`step` is one reading of prompts, one batched evaluation or one decoding, so a cancellation waits for one of them at the
most; or it brings in a model that was out of memory.
Orders of several shares (tenants) get equal parts of the compute time; who has a clock tells what a step took.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from math import prod
from typing import Any

from imagend.core.errors import BadParameter, ImagendError, UnknownModel
from imagend.core.recipe import Recipe
from imagend.engine.backend import Backend, MixingShapes, Resident, SizedNoise
from imagend.engine.batch import attempt, pick, urgency
from imagend.engine.decoding import Decoded, company, decode
from imagend.engine.evaluation import Bundle, bundles, evaluate
from imagend.engine.events import Broken, Event, Finished, PreviewFailed, Progress
from imagend.engine.kinds import Kind, Work, kind_of
from imagend.engine.lane import Lane, Order
from imagend.engine.plan import plan
from imagend.engine.prompts import Prompts, prompts_of
from imagend.engine.residency import Changes
from imagend.engine.schedule import NoiseSchedule, Prediction
from imagend.engine.shares import Estimates, Shares
from imagend.engine.table import Plan

UNTOLD_SECONDS = 1.0  # what a step counts when nobody says what it took


class Engine:
    """Not for use from several threads at once."""

    def __init__(self, backends: Mapping[str, Backend[Any]], prompts: Prompts | None = None) -> None:
        """prompts: the memory of encoded prompts, where it shall not be of the usual size."""
        self._backends = backends
        self._prompts = Prompts() if prompts is None else prompts
        self._plans: dict[tuple[str, int, NoiseSchedule, Prediction], Plan] = {}
        self._orders: dict[str, Order] = {}
        self._lanes: list[Lane] = []  # to be denoised
        self._denoised: list[Lane] = []  # to be decoded
        self._ticks = 0
        self._arrivals = 0
        self._shares = Shares()
        self._estimates = Estimates(UNTOLD_SECONDS)
        self._changes = Changes(backends, self._estimates)
        self._drew: set[str] = set()  # shares whose last turn was a decoding
        self._just_read = False  # since the last evaluation
        self._served: tuple[Kind, list[tuple[Order, int]]] | None = None  # the last step, whose it was, by what weights

    @property
    def idle(self) -> bool:
        """Nothing is left to do."""
        return not self._orders

    @property
    def pictures_in_flight(self) -> int:
        return len(self._lanes) + len(self._denoised)

    def add(self, ticket: str, recipe: Recipe, *, previews: int = 0, share: str = "", weight: float = 1.0) -> None:
        """Take an order; costs no model call. `previews`: see `watch`. `share`: whose compute time it is; a share of
        weight 2 gets twice as much as one of weight 1 while both have something to do.

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
        for name, _ in recipe.loras:
            if name not in backend.spec.adapters:
                offered = ", ".join(backend.spec.adapters) or "none"
                raise BadParameter("loras", f"loras: {name} is not on this worker; there are {offered}")
        order = Order(
            ticket=ticket,
            recipe=recipe,
            backend=backend,
            plan=self._plan(backend, recipe),
            share=share,
        )
        order.watch(previews)
        shape = backend.latent_shape(recipe.width, recipe.height)
        group = (recipe.backend, backend.batch_key(shape) if isinstance(backend, MixingShapes) else shape)
        together = max(1, -(-(len(self._lanes) + recipe.count) // backend.spec.lanes_per_tick))
        deadline = (self._ticks + len(order.plan.rows) * together, self._arrivals)
        self._arrivals += 1
        self._lanes += [
            Lane(order=order, index=index, group=group, shape=shape, deadline=deadline) for index in range(recipe.count)
        ]
        self._orders[ticket] = order
        self._shares.enter(share, weight)

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
        if order is not None:
            self._shares.leave(order.share)
        self._lanes = [lane for lane in self._lanes if lane.order is not order]
        self._denoised = [lane for lane in self._denoised if lane.order is not order]
        return order is not None

    def step(self) -> list[Event]:
        """Read prompts, make one batched evaluation or decode what is ready, for the share whose turn it is; within a
        share they take turns while there is work for each."""
        self.charge(UNTOLD_SECONDS)
        first = self._next()
        if first is None:
            return []
        if self._changes.is_out(first):
            return self._bring_in(first)
        if first.is_denoised:
            return self._decode(company(first, self._denoised, self._shares.turn))
        lanes = pick(first, self._ready(self._changes.those_in(self._lanes)), self._shares.turn)
        unread = [lane for lane in lanes if lane.order.is_unread]
        if unread:
            return self._read(unread)
        self._drew.discard(first.order.share)
        self._serve(first, lanes)
        return self._tick(lanes)

    @property
    def last_step(self) -> tuple[str, Work, int] | None:
        """(backend, what was done, pictures in it; or orders, when it read) of a step that was not charged yet."""
        if self._served is None:
            return None
        kind, parts = self._served
        return kind.backend, kind.work, len(parts)

    def charge(self, seconds: float) -> dict[str, float]:
        """Say what the last step took. Returns how it is divided among the tickets that had rows in it; a step that
        nobody speaks of counts as one second. To bring a model in is paid by the shares that wait for it, but stands in
        no ticket's bill: what a picture takes does not depend on who was in memory before it."""
        if self._served is None:
            return {}
        (kind, parts), self._served = self._served, None
        self._changes.spend(seconds)
        bill: dict[str, float] = defaultdict(float)
        one = seconds / sum(weight for _, weight in parts)
        for order, weight in parts:
            self._shares.charge(order.share, one * weight)
            bill[order.ticket] += one * weight
        if kind.work == "load":
            self._changes.came(kind.backend, seconds)
            return {}
        self._estimates.learn(kind, one * parts[0][1])
        return dict(bill)

    def _serve(self, first: Lane, lanes: list[Lane]) -> None:
        """Note whose time it will be: a picture of twice as many places pays twice, whoever shares the batch."""
        largest = max(prod(lane.shape) for lane in lanes)
        alike = all(prod(lane.shape) == largest for lane in lanes)
        self._served = kind_of(first), [(lane.order, 1 if alike else prod(lane.shape)) for lane in lanes]

    def _next(self) -> Lane | None:
        """Who leads the next step: the first in order, or the first whose model is in while that one's shall wait."""
        self._changes.look([*self._lanes, *self._denoised])
        first = self._first(self._lanes, self._denoised)
        if first is not None and self._changes.is_early(first):
            inside = self._changes.those_in
            return self._first(inside(self._lanes), inside(self._denoised)) or first
        return first

    def _first(self, lanes: list[Lane], denoised: list[Lane]) -> Lane | None:
        def turn(lane: Lane) -> tuple[float, int]:
            return self._shares.turn(lane.order.share, self._estimates.of(kind_of(lane)))

        return min(self._pieces(lanes, denoised), key=turn, default=None)

    def _ready(self, lanes: list[Lane]) -> list[Lane]:
        """What may be denoised next. After a reading that is whoever is read, so that newcomers never stop the rest."""
        read = [lane for lane in lanes if not lane.order.is_unread] if self._just_read else []
        return read or lanes

    def _pieces(self, lanes: list[Lane], denoised: list[Lane]) -> list[Lane]:
        """Of every share the lane that it would have served next."""
        ready, ripe = _most_urgent(self._ready(lanes)), _most_urgent(denoised)
        drawn = {share: lane for share, lane in ripe.items() if share not in ready or share not in self._drew}
        return list({**ready, **drawn}.values())

    def _plan(self, backend: Backend[Any], recipe: Recipe) -> Plan:
        noise = backend.spec.noise
        if isinstance(backend, SizedNoise):
            noise = backend.noise_at(recipe.width, recipe.height)
        key = (recipe.scheduler, recipe.steps, noise, backend.spec.prediction)
        if key not in self._plans:
            self._plans[key] = plan(*key)
        return self._plans[key]

    def _bring_in(self, first: Lane) -> list[Event]:
        """Its model, for all who wait for it."""
        events: list[Event] = []
        backend = first.order.backend
        assert isinstance(backend, Resident)
        waiting = _orders([lane for lane in [*self._lanes, *self._denoised] if lane.order.backend is backend])
        self._served = Kind("load", first.order.recipe.backend), [(order, 1) for order in waiting]
        failure = attempt(backend.bring_in)
        if isinstance(failure, ImagendError):
            for order in waiting:
                self._break(order, failure, events)
        return events

    def _tick(self, lanes: list[Lane]) -> list[Event]:
        events: list[Event] = []
        self._just_read = False
        self._guide([order for order in _orders(lanes) if order.guide is None], events)
        lanes = [lane for lane in lanes if lane.order.guide]
        if not lanes:
            return events
        self._ticks += 1
        asked = bundles(lanes)
        failures = evaluate(asked)
        for bundle in asked:
            bundle.advance()
        for lane, error in failures:
            self._break(lane.order, error, events)
        self._denoised += [lane for lane in lanes if lane.is_denoised and self._has(lane.order)]
        self._lanes = [lane for lane in self._lanes if not lane.is_denoised]
        self._report(asked, events)
        return events

    def _read(self, wanted: list[Lane]) -> list[Event]:
        """Read the prompts of these lanes, and in the same call those of others who wait for the same backend."""
        events: list[Event] = []
        backend = wanted[0].order.backend
        waiting = [lane for lane in self._lanes if lane.order.is_unread and lane.order.backend is backend]
        waiting.sort(key=lambda lane: (lane not in wanted, self._shares.turn(lane.order.share), lane.deadline))
        orders: list[Order] = []
        prompts = 0
        for order in _orders(waiting):
            prompts += prompts_of(backend, order.recipe)
            if not orders or prompts <= backend.spec.max_prompts:
                orders.append(order)
        self._just_read = True
        self._served = Kind("encode", backend.spec.name), [(order, 1) for order in orders]
        self._guide(orders, events)
        return events

    def _guide(self, orders: list[Order], events: list[Event]) -> None:
        """Encode the prompts of orders of one backend; who cannot be read breaks."""
        if not orders:
            return
        guides = self._prompts.guides(orders[0].backend, [order.recipe for order in orders])
        for order, guide in zip(orders, guides, strict=True):
            if isinstance(guide, ImagendError):
                self._break(order, guide, events)
            else:
                order.guide = guide

    def _report(self, asked: list[Bundle], events: list[Event]) -> None:
        """One event per order that is still there."""
        previews: dict[str, Decoded] = {}
        rows = [(bundle, row, lane) for bundle in asked for row, lane in enumerate(bundle.lanes)]
        for bundle, row, lane in rows:
            lane.order.done += 1
            if lane.wants_preview and self._has(lane.order):
                preview = attempt(partial(lane.order.show, bundle.clean(row)))
                if isinstance(preview, ImagendError):
                    events.append(PreviewFailed(ticket=lane.order.ticket, error=preview))
                else:
                    previews[lane.order.ticket] = preview
        for order in filter(self._has, _orders([lane for _, _, lane in rows])):
            pixels, contents = previews.get(order.ticket, (None, ()))
            progress = Progress(
                ticket=order.ticket, done=order.done, total=order.total, preview=pixels, contents=contents
            )
            events.append(progress)

    def _decode(self, lanes: list[Lane]) -> list[Event]:
        events: list[Event] = []
        self._serve(lanes[0], lanes)
        self._drew.update(lane.order.share for lane in lanes)
        self._denoised = [lane for lane in self._denoised if lane not in lanes]
        for lane, decoded in zip(lanes, decode(lanes), strict=True):
            if isinstance(decoded, ImagendError):
                self._break(lane.order, decoded, events)
            elif self._has(lane.order):
                events.append(self._finish(lane, decoded))
        return events

    def _finish(self, lane: Lane, decoded: Decoded) -> Finished:
        order = lane.order
        order.left -= 1
        if not order.left:
            del self._orders[order.ticket]
            self._shares.leave(order.share)
        pixels, contents = decoded
        return Finished(
            ticket=order.ticket,
            index=lane.index,
            left=order.left,
            pixels=pixels,
            seed=lane.seed,
            evaluations=lane.evaluations,
            contents=contents,
            notes=order.guided.positive.notes,
            not_applied=order.not_applied,
        )

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


def _most_urgent(lanes: list[Lane]) -> dict[str, Lane]:
    """The most urgent lane of every share."""
    found: dict[str, Lane] = {}
    for lane in lanes:
        other = found.get(lane.order.share)
        if other is None or urgency(lane) < urgency(other):
            found[lane.order.share] = lane
    return found
