"""Recipes in, pictures out, one denoising step at a time: add, cancel, step.

The engine owns no thread and no clock: whoever calls `step` decides when, and hears of everything in its answer. One
`step` is one reading of prompts, one batched evaluation or one decoding, so a cancellation waits for one of them at the
most; or it brings in a model that was out of memory. Given somebody who works beside it (`beside`), backends that can
read prompts and decode there while the next evaluation is made; then a step is an evaluation, or hears what has ended.
Orders of several shares (tenants) get equal parts of the compute time; who has a clock tells what a step took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from imagend.core.errors import BadParameter, ImagendError, UnknownModel
from imagend.core.recipe import Recipe
from imagend.engine.backend import Backend, MixingShapes, Resident, SizedNoise
from imagend.engine.batch import attempt, orders_of
from imagend.engine.beside import Beside
from imagend.engine.decoding import Decoded, company, decode
from imagend.engine.evaluation import Bundle, bundles, evaluate
from imagend.engine.events import Broken, Event, Finished, PreviewFailed, Progress
from imagend.engine.kinds import Kind, Work, kind_of
from imagend.engine.lane import Lane, Order
from imagend.engine.plan import plan
from imagend.engine.prompts import Prompts, Reading, gathered
from imagend.engine.residency import Changes
from imagend.engine.schedule import NoiseSchedule, Prediction
from imagend.engine.sides import Drawn, Read, Shown, Sides
from imagend.engine.table import Plan
from imagend.engine.timesheet import UNTOLD_SECONDS, DoneBeside, Timesheet, parts_of
from imagend.engine.turns import Turns


class Engine:
    """Not for use from several threads at once."""

    def __init__(
        self, backends: Mapping[str, Backend[Any]], prompts: Prompts | None = None, beside: Beside | None = None
    ) -> None:
        """prompts: the memory of encoded prompts, where it shall not be of the usual size. beside: who does what
        backends can do beside an evaluation; without one everything takes turns."""
        self._backends = backends
        self._prompts = Prompts() if prompts is None else prompts
        self._plans: dict[tuple[str, int, NoiseSchedule, Prediction], Plan] = {}
        self._orders: dict[str, Order] = {}
        self._lanes: list[Lane] = []  # to be denoised
        self._denoised: list[Lane] = []  # to be decoded
        self._ticks = 0
        self._arrivals = 0
        self._sheet = Timesheet()
        self._shares = self._sheet.shares
        self._sides = Sides(beside=beside, prompts=self._prompts, sheet=self._sheet)
        self._changes = Changes(backends, self._sheet.estimates)
        self._turns = Turns(self._sheet, self._changes, self._sides)

    @property
    def idle(self) -> bool:
        """Nothing is left to do, and nothing is under way beside the steps."""
        return not self._orders and not self._sides

    @property
    def pictures_in_flight(self) -> int:
        return len(self._lanes) + len(self._denoised) + sum(map(self._has, self._sides.decoding()))

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
            self._sides.forget(order)
        self._lanes = [lane for lane in self._lanes if lane.order is not order]
        self._denoised = [lane for lane in self._denoised if lane.order is not order]
        return order is not None

    def step(self) -> list[Event]:
        """Read prompts, make one batched evaluation or decode what is ready, for the share whose turn it is; within a
        share they take turns while there is work for each. What has ended beside the steps is told before anything
        else is begun; when nothing else is left, it is waited for."""
        self.charge(UNTOLD_SECONDS)
        self._changes.spend(self._sheet.begin())
        events = self._hear()
        first = self._turns.next(self._lanes, self._denoised)
        if first is None or not self._changes.is_due(first):
            self._launch()
            first = self._turns.next(self._lanes, self._denoised)  # prompts that were known are read by now
        if events:
            return events
        if first is not None and not self._changes.is_out(first):
            return self._work(first)
        if self._sides:  # nothing of one model may be under way when another comes in
            self._sides.wait()
            return self._hear()
        return [] if first is None else self._bring_in(first)

    def _work(self, first: Lane) -> list[Event]:
        if first.is_denoised:
            return self._decode(company(first, self._denoised, self._shares.turn))
        lanes = self._turns.company(first, self._lanes)
        unread = [lane for lane in lanes if lane.order.is_unread]
        if unread:
            return self._read(unread)
        self._turns.drew.discard(first.order.share)
        self._sheet.note(kind_of(first), parts_of(lanes))
        return self._tick(lanes)

    @property
    def last_step(self) -> tuple[str, Work, int] | None:
        """(backend, what was done, pictures in it; or orders, when it read) of a step that was not charged yet."""
        return self._sheet.last_step

    @property
    def done_beside(self) -> Sequence[DoneBeside]:
        """What the last step heard to have ended beside the steps."""
        return self._sheet.done_beside

    def charge(self, seconds: float) -> dict[str, float]:
        """Say what the last step took. Returns how it is divided among the tickets that had rows in it, together with
        what was done for them beside it, in its own seconds; a step that nobody speaks of counts as one second. To
        bring a model in is paid by the shares that wait for it, but stands in no ticket's bill: what a picture takes
        does not depend on who was in memory before it."""
        kind = self._sheet.kind
        bill = self._sheet.charge(seconds)
        if kind is not None:
            self._changes.spend(seconds)
            if kind.work == "load":
                self._changes.came(kind.backend, seconds)
        return bill

    def _hear(self) -> list[Event]:
        """What has ended beside the steps."""
        events: list[Event] = []
        for task, made in self._sides.landed(self._has):
            match task:
                case Read():
                    self._were_read(task.orders, task.reading, made, events)
                case Drawn():
                    self._were_drawn(task.lanes, made, events)
                case Shown():
                    self._were_shown(task.orders, made, events)
        return events

    def _launch(self) -> None:
        """Start beside the steps what comes next."""
        taken = self._sides.launch(self._lanes, self._denoised)
        self._denoised = [lane for lane in self._denoised if lane not in taken]

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
        waiting = orders_of(lane for lane in [*self._lanes, *self._denoised] if lane.order.backend is backend)
        self._sheet.note(Kind("load", first.order.recipe.backend), [(order, 1) for order in waiting])
        failure = attempt(backend.bring_in)
        if isinstance(failure, ImagendError):
            for order in waiting:
                self._break(order, failure, events)
        return events

    def _tick(self, lanes: list[Lane]) -> list[Event]:
        events: list[Event] = []
        self._turns.just_read = False
        self._guide([order for order in orders_of(lanes) if order.guide is None], events)
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
        orders = gathered(orders_of(waiting))
        self._turns.just_read = True
        self._sheet.note(Kind("encode", backend.spec.name), [(order, 1) for order in orders])
        self._guide(orders, events)
        return events

    def _guide(self, orders: list[Order], events: list[Event]) -> None:
        """Encode the prompts of orders of one backend."""
        if orders:
            reading = self._prompts.reading(orders[0].backend, [order.recipe for order in orders])
            self._were_read(orders, reading, reading.read(), events)

    def _were_read(
        self, orders: Sequence[Order], reading: Reading, read: dict[Any, Any] | ImagendError, events: list[Event]
    ) -> None:
        """Who cannot be read breaks."""
        guides = [read] * len(orders) if isinstance(read, ImagendError) else self._prompts.learned(reading, read)
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
            if not (lane.wants_preview and self._has(lane.order)):
                continue
            if self._sides.take(lane.order, "decode"):
                self._sides.show(lane.order, bundle.clean(row))
                continue
            preview = attempt(partial(lane.order.show, bundle.clean(row)))
            if isinstance(preview, ImagendError):
                events.append(PreviewFailed(ticket=lane.order.ticket, error=preview))
            else:
                previews[lane.order.ticket] = preview
        for order in filter(self._has, orders_of(lane for _, _, lane in rows)):
            events.append(_progress(order, previews.get(order.ticket)))

    def _were_shown(
        self, orders: Sequence[Order], made: Sequence[Decoded | ImagendError] | ImagendError, events: list[Event]
    ) -> None:
        for order, preview in zip(orders, _each(made, len(orders)), strict=True):
            if not self._has(order):
                continue
            if isinstance(preview, ImagendError):
                events.append(PreviewFailed(ticket=order.ticket, error=preview))
            else:
                events.append(_progress(order, preview))

    def _decode(self, lanes: list[Lane]) -> list[Event]:
        events: list[Event] = []
        self._sheet.note(kind_of(lanes[0]), parts_of(lanes))
        self._turns.drew.update(lane.order.share for lane in lanes)
        self._denoised = [lane for lane in self._denoised if lane not in lanes]
        self._were_drawn(lanes, decode(lanes), events)
        return events

    def _were_drawn(
        self, lanes: Sequence[Lane], made: Sequence[Decoded | ImagendError] | ImagendError, events: list[Event]
    ) -> None:
        for lane, decoded in zip(lanes, _each(made, len(lanes)), strict=True):
            if isinstance(decoded, ImagendError):
                self._break(lane.order, decoded, events)
            elif self._has(lane.order):
                events.append(self._finish(lane, decoded))

    def _finish(self, lane: Lane, decoded: Decoded) -> Finished:
        order = lane.order
        order.left -= 1
        if not order.left:
            del self._orders[order.ticket]
            self._shares.leave(order.share)
            self._sides.forget(order)
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


def _each(made: Sequence[Decoded | ImagendError] | ImagendError, count: int) -> Sequence[Decoded | ImagendError]:
    """What became of each of so many; an error is everybody's."""
    return [made] * count if isinstance(made, ImagendError) else made


def _progress(order: Order, preview: Decoded | None) -> Progress:
    pixels, contents = preview or (None, ())
    return Progress(ticket=order.ticket, done=order.done, total=order.total, preview=pixels, contents=contents)
