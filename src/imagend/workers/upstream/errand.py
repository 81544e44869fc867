"""One job's way to another server and back: order, wait, fetch; and withdrawn when nobody wants it any more.

The order carries a key that is the job's, so whatever is lost on the way (an answer, this process, the lease), it is
sent again and is the same order there. A server that knows no such keys is sent each order once, ever: where it is not
known whether it has one, the job fails.
"""

from __future__ import annotations

import logging
import random
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from imagend.core.errors import ImagendError
from imagend.core.upstreams import Upstream
from imagend.engine.backend import Pixels
from imagend.engine.events import Event, Finished, Progress, Withheld
from imagend.workers.leases import Held
from imagend.workers.link import Patience
from imagend.workers.upstream.body import Part
from imagend.workers.upstream.door import Answer, Door, NoAnswer, StrangeLink, TooLarge
from imagend.workers.upstream.pictures import NoPicture, most_bytes, pixels_of
from imagend.workers.upstream.refusals import ended_badly, failed, held_back, plain, refused
from imagend.workers.upstream.results import in_vain, links, notes

logger = logging.getLogger(__name__)

FIRST_POLL_SECONDS, SLOWER = 0.2, 1.4
BUSY_SECONDS, LONGEST_BUSY_SECONDS = 1.0, 60.0  # after 429 without Retry-After; between two tries at most
WITHDRAW_SECONDS = 10.0
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,200}")


class Stopped(Exception):
    """Nobody waits for it here."""


class Errand:
    """`run` is a thread's; `stop` may be called by others."""

    def __init__(
        self, door: Door, held: Held, parts: tuple[Part, ...], tell: Callable[[Event], None],
        clock: Callable[[], float], patience: Patience, unsent: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """tell: hears of progress and pictures. clock: monotonic seconds. patience: with a server that is away.
        unsent: fields of the recipe that the parts do not say."""
        self._door = door
        self._upstream: Upstream = door.upstream
        self._held = held
        self._parts = parts
        self._tell = tell
        self._clock = clock
        self._patience = patience
        self._unsent = unsent
        self._random = random.Random(held.token)
        self._stopped = threading.Event()
        self._unwanted = False
        self.ordered = False  # something may have been ordered there

    def stop(self, *, unwanted: bool) -> None:
        """unwanted: withdraw what is ordered; else somebody goes on with it."""
        self._unwanted = unwanted
        self._stopped.set()

    def run(self) -> None:
        """Make the whole job. Raises Stopped, and ImagendError for what becomes of it otherwise."""
        if self._held.attempt > 1 and not self._upstream.honours_keys:
            raise failed(self._upstream, "an earlier attempt may have ordered it, and it knows no idempotency keys")
        for part in self._parts:
            self._make(part)

    def _make(self, part: Part) -> None:
        order_id = ""
        try:
            self._look_up()
            order_id = self._order(part)
            self._deliver(self._follow(order_id, part), part)
        except (Stopped, ImagendError):
            if self._stopped.is_set() and self._unwanted:
                self._withdraw(order_id, part)
            raise

    # --- ordering

    def _order(self, part: Part) -> str:
        """Its id there."""
        answer = self._patiently(lambda: self._send(part))
        request_id = answer.body.get("request_id") if isinstance(answer.body, dict) else None
        if not isinstance(request_id, str) or not _ID.fullmatch(request_id):
            raise failed(self._upstream, "its answer to an order has no request_id")
        return request_id

    def _send(self, part: Part) -> Answer:
        self.ordered = True
        path, headers = f"/v2/{quote(self._slug)}", {"idempotency-key": part.key}
        once = not self._upstream.honours_keys
        try:
            answer = self._door.ask("POST", path, part.body, headers)
        except NoAnswer as error:
            if not (once and error.sent):
                raise
            problem = str(error)
        else:
            if not once or answer.status < 500 or answer.status == 503:
                return answer
            problem = str(answer.status)
        raise failed(self._upstream, f"whether it has the order is not known: {problem}")

    @property
    def _slug(self) -> str:
        return self._upstream.models[self._held.recipe.model]

    # --- waiting

    def _follow(self, request_id: str, part: Part) -> Answer:
        """The result, once there is one."""
        until, pause = self._clock() + self._upstream.timeout_seconds, FIRST_POLL_SECONDS
        while True:
            body = _object(self._status(f"/v2/requests/{quote(request_id)}/status", until).body)
            match str(body.get("status", "")).upper():
                case "COMPLETED":
                    return self._status(f"/v2/requests/{quote(request_id)}", until)
                case "FAILED":
                    raise ended_badly(self._upstream, body)
            self._note(body, part)
            if self._clock() > until:
                self.stop(unwanted=True)
                raise failed(self._upstream, f"not done after {self._upstream.timeout_seconds:g} s")
            self._rest(pause)
            pause = min(self._upstream.poll_seconds, SLOWER * pause)

    def _status(self, path: str, until: float) -> Answer:
        """A server without keys is asked as long as it may take: it will not be sent the order again."""
        ever = not self._upstream.honours_keys and self._clock() < until
        return self._patiently(lambda: self._door.ask("GET", path), ever=ever)

    def _note(self, body: dict[str, Any], part: Part) -> None:
        share = body.get("progress")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            return
        recipe = self._held.recipe
        done = max(1, int((part.first + share * part.count) * recipe.steps))
        self._tell(Progress(ticket=self._held.token, done=done, total=recipe.count * recipe.steps))

    # --- pictures

    def _deliver(self, answer: Answer, part: Part) -> None:
        """Fetch and tell them all, and of those that were held back there."""
        result = _object(answer.body)
        found, recipe, ticket = links(result, part), self._held.recipe, self._held.token
        if not found:
            raise failed(self._upstream, "a completed order without pictures")
        for index in range(part.first, part.first + part.count):
            left = recipe.count - index - 1
            if index not in found:
                self._tell(Withheld(ticket=ticket, index=index, left=left, verdict=held_back(result, index)))
                continue
            pixels = self._picture(found[index])
            self._tell(
                Finished(
                    ticket=ticket,
                    index=index,
                    left=left,
                    pixels=pixels,
                    seed=recipe.image_seed(index),
                    evaluations=recipe.steps,
                    notes=notes(result),
                    not_applied=(*self._unsent, *in_vain(result, answer.in_vain)),
                )
            )

    def _picture(self, link: str) -> Pixels:
        recipe = self._held.recipe

        def fetch() -> Answer:
            status, content = self._door.fetch(link, most_bytes(recipe))
            return Answer(status=status, body=content)

        try:
            return pixels_of(self._patiently(fetch).body, recipe)
        except (StrangeLink, TooLarge, NoPicture) as error:
            problem = str(error)
        raise failed(self._upstream, problem)

    # --- patience

    def _patiently(self, ask: Callable[[], Answer], *, ever: bool = False) -> Answer:
        """A good answer. 429 is waited for as long as the job lives: the queue here is the place to stand in. No
        answer and 5xx are waited for within bounds (`ever`: without) and are another attempt's then."""
        pauses = self._pauses(ever=ever)
        while True:
            self._look_up()
            try:
                answer = ask()
            except NoAnswer as error:
                problem = str(error)
            else:
                if answer.good or _final(answer):
                    return answer
                if answer.status == 429:
                    self._rest(min(LONGEST_BUSY_SECONDS, answer.retry_after_seconds or BUSY_SECONDS))
                    continue
                if answer.status < 500:
                    raise refused(self._upstream, answer.status, answer.body)
                problem = f"{answer.status}"
            pause = next(pauses, None)
            if pause is None:
                raise failed(self._upstream, f"away: {problem}", away=True)
            logger.info("upstream %s: %s; trying on", self._upstream.name, plain(problem))
            self._rest(pause)

    def _pauses(self, *, ever: bool) -> Iterator[float]:
        yield from self._patience.pauses(self._random)
        while ever:
            yield self._patience.longest_pause_seconds

    def _rest(self, seconds: float) -> None:
        self._stopped.wait(seconds)
        self._look_up()

    def _look_up(self) -> None:
        if self._stopped.is_set():
            raise Stopped

    # --- never mind

    def _withdraw(self, request_id: str, part: Part) -> None:
        """A few tries. An order whose answer did not come is sent again, to hear its id: what is withdrawn costs
        nothing there."""
        if not (self.ordered and self._upstream.honours_keys):
            return
        pauses = Patience(total_seconds=WITHDRAW_SECONDS).pauses(self._random)
        for pause in (*pauses, None):
            try:
                if not request_id:
                    answer = self._send(part)
                    request_id = answer.body["request_id"] if answer.good else ""
                if request_id and self._door.ask("DELETE", f"/v2/requests/{quote(request_id)}").status < 500:
                    return
            except (NoAnswer, KeyError, TypeError) as error:
                logger.info("upstream %s: cannot withdraw yet: %r", self._upstream.name, error)
            if pause is not None:
                threading.Event().wait(pause)
        logger.error("upstream %s: an order could not be withdrawn and may be paid there", self._upstream.name)


def _object(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else {}


def _final(answer: Answer) -> bool:
    """FAILED comes with 422 and is a body like any other."""
    return isinstance(answer.body, dict) and answer.body.get("status") in ("COMPLETED", "FAILED")
