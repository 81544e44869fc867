"""What backends do beside the evaluations, if they can: prompts are read, pictures decoded, previews drawn.

At most one piece of each is under way for a backend, so what is in memory at once is bounded. Here it is decided what
is started; what becomes of it is handed to the engine, on the engine's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

from imagend.core.errors import ImagendError
from imagend.engine.backend import Floats, Resident, SideBySide, Stage
from imagend.engine.batch import attempt, most_urgent, orders_of
from imagend.engine.beside import Beside, Handle
from imagend.engine.decoding import Decoded, company, decode
from imagend.engine.kinds import Kind, kind_of
from imagend.engine.lane import Lane, Order
from imagend.engine.prompts import Prompts, Reading, gathered
from imagend.engine.timesheet import Parts, Timesheet, parts_of

T = TypeVar("T")
Channel = Literal["encode", "decode", "preview"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Prompts of these orders were read."""

    orders: Sequence[Order]
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """These pictures were decoded."""

    lanes: Sequence[Lane]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Previews of these orders were drawn."""

    orders: Sequence[Order]


Task = Read | Drawn | Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    task: Task
    kind: Kind
    parts: Parts
    handle: Handle[Any]


@dataclass(slots=True, kw_only=True)
class Sides:
    """Without somebody to do it (`beside` None), nothing is."""

    beside: Beside | None
    prompts: Prompts
    sheet: Timesheet
    _flights: dict[tuple[Channel, str], Flight] = field(default_factory=dict)
    _unseen: dict[str, tuple[Order, Floats]] = field(default_factory=dict)  # previews that wait, the newest by ticket

    def __len__(self) -> int:
        """Pieces of work under way."""
        return len(self._flights)

    def take(self, order: Order, stage: Stage) -> bool:
        """Whether this is done here for this order: its model can, and is in memory."""
        if self.beside is None or stage not in order.beside:
            return False
        return not isinstance(order.backend, Resident) or order.backend.is_resident

    def decoding(self) -> list[Order]:
        """Whose pictures are being decoded, once for each picture."""
        tasks = [flight.task for flight in self._flights.values()]
        return [lane.order for task in tasks if isinstance(task, Drawn) for lane in task.lanes]

    def show(self, order: Order, clean: Floats) -> None:
        """Draw a preview, unless a newer one of the same order takes its place before."""
        self._unseen[order.ticket] = order, clean

    def forget(self, order: Order) -> None:
        """No preview of it is wanted any more. What is under way goes on; the engine drops it."""
        self._unseen.pop(order.ticket, None)

    def launch(self, lanes: Sequence[Lane], denoised: Sequence[Lane]) -> list[Lane]:
        """Start what there is room for, of lanes to be denoised and lanes to be decoded. Returns those of the latter
        that are being decoded now."""
        if self.beside is None:
            return []
        self._read(lanes)
        taken = self._decode(denoised)
        self._preview()
        return taken

    def landed(self, has: Callable[[Order], bool]) -> list[tuple[Task, Any]]:
        """What has ended and what came of it, an ImagendError if nothing did. It is charged to whose it was.
        has: whether an order is still there."""
        found = []
        for place in [place for place, flight in self._flights.items() if flight.handle.ready]:
            flight = self._flights.pop(place)
            result, seconds = flight.handle.result()
            self.sheet.note_beside(flight.kind, flight.parts, seconds, has)
            found.append((flight.task, result))
        return found

    def wait(self) -> None:
        """Until something has ended. Something must be under way."""
        assert self.beside is not None
        self.beside.wait([flight.handle for flight in self._flights.values()])

    def _read(self, lanes: Sequence[Lane]) -> None:
        unread = [lane for lane in lanes if lane.order.is_unread and self.take(lane.order, "encode")]
        for order in orders_of(unread):
            order.guide = self.prompts.remembered(order.backend, order.recipe)
        for waiting in self._by_backend("encode", [lane for lane in unread if lane.order.is_unread]):
            waiting.sort(key=lambda lane: (self.sheet.shares.turn(lane.order.share), lane.deadline))
            orders = gathered(orders_of(waiting))
            backend = orders[0].backend
            reading = self.prompts.reading(backend, [order.recipe for order in orders])
            task, parts = Read(orders=orders, reading=reading), [(order, 1) for order in orders]
            self._start("encode", task, Kind("encode", backend.spec.name), parts, reading.read)

    def _decode(self, denoised: Sequence[Lane]) -> list[Lane]:
        taken: list[Lane] = []
        for ready in self._by_backend("decode", [lane for lane in denoised if self.take(lane.order, "decode")]):
            first = self.sheet.first(most_urgent(ready).values())
            lanes = company(first, ready, self.sheet.shares.turn)
            self._start("decode", Drawn(lanes=lanes), kind_of(first), parts_of(lanes), partial(decode, lanes))
            taken += lanes
        return taken

    def _preview(self) -> None:
        """All that wait for one backend; there is one of each order at the most."""
        wanted = [one for one in self._unseen.values() if self.take(one[0], "decode")]
        free = [one for one in wanted if ("preview", one[0].recipe.backend) not in self._flights]
        for name in dict.fromkeys(order.recipe.backend for order, _ in free):
            wanted = [one for one in free if one[0].recipe.backend == name]
            orders = [order for order, _ in wanted]
            for order in orders:
                self.forget(order)
            parts = [(order, 1) for order in orders]
            self._start("preview", Shown(orders=orders), Kind("decode", name), parts, partial(_previews, wanted))

    def _by_backend(self, channel: Channel, lanes: Iterable[Lane]) -> list[list[Lane]]:
        """Those of each backend that is not at it already."""
        found: dict[str, list[Lane]] = {}
        for lane in lanes:
            if (channel, lane.order.recipe.backend) not in self._flights:
                found.setdefault(lane.order.recipe.backend, []).append(lane)
        return list(found.values())

    def _start(self, channel: Channel, task: Task, kind: Kind, parts: Parts, work: Callable[[], Any]) -> None:
        assert self.beside is not None
        backend = parts[0][0].backend
        assert isinstance(backend, SideBySide)
        handle = self.beside.start(partial(attempt, partial(_aside, backend, work)))
        self._flights[channel, kind.backend] = Flight(task=task, kind=kind, parts=parts, handle=handle)


def _aside(backend: SideBySide, work: Callable[[], T]) -> T:
    with backend.aside():
        return work()


def _previews(wanted: Sequence[tuple[Order, Floats]]) -> list[Decoded | ImagendError]:
    return [attempt(partial(order.show, clean)) for order, clean in wanted]
