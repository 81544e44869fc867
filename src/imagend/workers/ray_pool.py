"""Workers on a Ray cluster: a loop that keeps as many of them as the gateway wishes.

It runs in a process of its own, beside the gateway or anywhere: Ray ends the processes of its drivers when the cluster
is gone for a minute, and a gateway must outlive that. Everything here may be killed at any moment. Workers go on
without a pool, and the next one finds them by their names.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from imagend.core.errors import ImagendError
from imagend.workers.keeper import Condition, Orders
from imagend.workers.placing import Backoff, Berth, Moves, Phase, Wish, moves
from imagend.workers.ray_fleet import Gone, Needs, RayFleet

logger = logging.getLogger(__name__)

HOME_SECONDS = 6.0  # for the workers of a cluster that ends with its pool: half to finish, half to hand back


@dataclass(frozen=True, slots=True, kw_only=True)
class RayPoolOptions:
    """One pool. `arguments`: of the ordinary worker, behind `python`; see keeper.py."""

    address: str = "auto"
    namespace: str = "imagend"
    needs: Needs = field(default_factory=Needs)
    arguments: tuple[str, ...]
    token: str
    drain_seconds: float = 60.0
    orphan_seconds: float = 900.0
    unheard_seconds: float = 90.0  # a keeper that does not answer for so long is killed: longer than Ray's own 64 s
    round_seconds: float = 1.0


def orders_of(options: RayPoolOptions, backend: str) -> Orders:
    """Of a new worker, with a name that nobody had before."""
    return Orders(
        worker_id=f"ray-{uuid.uuid4().hex[:12]}",
        backend=backend,
        arguments=(*options.arguments, "--backend", backend),
        token=options.token,
        drain_seconds=options.drain_seconds,
        orphan_seconds=options.orphan_seconds,
    )


class RayPool:
    """The loop. `run` returns after `stop`, or raises when the cluster cannot be reached."""

    def __init__(
        self,
        options: RayPoolOptions,
        name: str,
        ask_wishes: Callable[[], dict[str, Wish]],
        tell_lost: Callable[[str], object],
        *,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        """ask_wishes: of the gateway. tell_lost: a worker has ended; may raise, and is then tried again. alive: called
        each round."""
        self._options = options
        self._name = name
        self._ask_wishes = ask_wishes
        self._tell_lost = tell_lost
        self._alive = alive
        self._stopping = threading.Event()
        self._berths: dict[str, Berth] = {}
        self._backoffs: dict[str, Backoff] = {}
        self._wishes: dict[str, Wish] = {}
        self._lost: list[str] = []
        self._charged = False
        self._deaf = False  # the gateway did not answer the last time

    def stop(self) -> None:
        self._stopping.set()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """ready: called once the cluster answers. Raises ClusterUnreachable."""
        fleet = RayFleet(self._options.address, self._options.namespace, self._options.needs)
        try:
            ready()
            while not self._stopping.is_set():
                self._alive()
                if self._check_charge(fleet):
                    self._round(fleet)
                else:
                    self._stopping.wait(self._options.round_seconds)
            if self._options.address == "local":
                self._send_home(fleet)
        finally:
            fleet.close()

    def _check_charge(self, fleet: RayFleet) -> bool:
        before, self._charged = self._charged, fleet.in_charge()
        if self._charged and not before:
            logger.info("pool %s is in charge of the workers on Ray at %s", self._name, self._options.address)
            self._adopt(fleet)
        return self._charged

    def _round(self, fleet: RayFleet) -> None:
        fleet.watch({berth.worker_id: berth.phase for berth in self._berths.values()})
        until = time.monotonic() + self._options.round_seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.is_set():
            heard = fleet.hear(min(left, 0.25))
            if not heard:
                self._stopping.wait(min(left, 0.05))
            for word in heard:
                self._take_in(fleet, word)
            if heard:
                fleet.watch({berth.worker_id: berth.phase for berth in self._berths.values()})
        self._kill_unheard(fleet)
        self._report_lost()
        self._follow_wishes(fleet)

    def _adopt(self, fleet: RayFleet) -> None:
        for worker_id, backend in fleet.adopt():
            logger.info("%s was there already", worker_id)
            self._berths[worker_id] = Berth(worker_id=worker_id, backend=backend, since=time.monotonic())

    def _take_in(self, fleet: RayFleet, word: Condition | Gone) -> None:
        berth = self._berths.get(word.worker_id)
        if berth is None:
            return
        now = time.monotonic()
        if isinstance(word, Gone):
            logger.error("%s is gone: %s", word.worker_id, word.why)
            self._ended(berth, now, by_itself=berth.phase is not Phase.DRAINING)
            return
        berth.heard_at = now
        heard = Phase(word.phase)
        if berth.phase is not Phase.DRAINING or heard is Phase.ENDED:  # an answer may be older than the order to drain
            berth.phase = heard
        if berth.phase is Phase.READY and berth.ready_at is None:
            berth.ready_at = now
        if berth.phase is Phase.ENDED:
            fleet.kill(berth.worker_id)
            level = logging.INFO if word.asked_to_end else logging.ERROR
            logger.log(level, "%s ended with status %s", berth.worker_id, word.status)
            self._ended(berth, now, by_itself=not word.asked_to_end)

    def _ended(self, berth: Berth, now: float, *, by_itself: bool) -> None:
        """Whoever it was that ended it: jobs that it still had are to be taken back at once."""
        del self._berths[berth.worker_id]
        self._lost.append(berth.worker_id)
        if by_itself:
            self._backoff(berth.backend).ended(berth, now)

    def _kill_unheard(self, fleet: RayFleet) -> None:
        now = time.monotonic()
        for berth in list(self._berths.values()):
            if berth.phase is not Phase.PLACING and now - berth.heard_at > self._options.unheard_seconds:
                logger.error("%s has not answered for %.0f s: given up", berth.worker_id, now - berth.heard_at)
                fleet.kill(berth.worker_id)
                self._ended(berth, now, by_itself=True)

    def _report_lost(self) -> None:
        while self._lost:
            try:
                self._tell_lost(self._lost[0])
            except ImagendError as error:
                logger.warning("%s: its jobs wait for their leases to end: %s", self._lost[0], error.message)
                return
            self._lost.pop(0)

    def _follow_wishes(self, fleet: RayFleet) -> None:
        """A gateway that does not answer wishes what it wished before."""
        try:
            self._wishes = self._ask_wishes()
            self._deaf = False
        except ImagendError as error:
            if not self._deaf:
                logger.warning("no word from the gateway, the workers stay as they are: %s", error.message)
            self._deaf = True
            return
        for backend in self._wishes.keys() | {berth.backend for berth in self._berths.values()}:
            self._move(fleet, backend, self._wishes.get(backend, Wish(target=0, known=2**31)))

    def _move(self, fleet: RayFleet, backend: str, wish: Wish) -> None:
        now = time.monotonic()
        mine = [berth for berth in self._berths.values() if berth.backend == backend]
        asked: Moves = moves(mine, wish, self._backoff(backend).room(mine, now))
        for _ in range(asked.place):
            self._place(fleet, backend, now)
        for worker_id in asked.drain:
            logger.info("%s is sent home", worker_id)
            self._berths[worker_id].phase = Phase.DRAINING
            fleet.drain(worker_id)
        for worker_id in asked.withdraw:
            fleet.kill(worker_id)
            self._ended(self._berths[worker_id], now, by_itself=False)

    def _place(self, fleet: RayFleet, backend: str, now: float) -> None:
        orders = orders_of(self._options, backend)
        fleet.place(orders)
        self._berths[orders.worker_id] = Berth(worker_id=orders.worker_id, backend=backend, since=now)

    def _backoff(self, backend: str) -> Backoff:
        return self._backoffs.setdefault(backend, Backoff())

    def _send_home(self, fleet: RayFleet) -> None:
        """The cluster ends with this process: its workers hand back what they cannot finish in time."""
        waiting = set(self._berths)
        until = time.monotonic() + HOME_SECONDS
        for hurry in (False, True):
            for worker_id in waiting:
                fleet.drain(worker_id, hurry)
            while waiting and time.monotonic() < until - (0 if hurry else HOME_SECONDS / 2):
                self._hear_goodbyes(fleet, waiting)

    def _hear_goodbyes(self, fleet: RayFleet, waiting: set[str]) -> None:
        fleet.watch(dict.fromkeys(waiting, Phase.DRAINING))
        for word in fleet.hear(0.25):
            if isinstance(word, Gone) or word.phase == Phase.ENDED.value:
                waiting.discard(word.worker_id)
