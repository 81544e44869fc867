"""Takes what is due from the outbox and delivers it, a thread for each attempt.

Several senders on one outbox do no harm. One that is killed leaves leases behind, which end; then the message is sent
again, under the same id.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from imagend.core.delivery import Attempt, error_of
from imagend.core.errors import ImagendError
from imagend.core.targets import TargetGate, TargetRefused, Vetted
from imagend.core.trace import UNTRACED, Span, Tracer, place_of
from imagend.desk.bell import OUTBOX, Bell
from imagend.desk.outbox import Delivery, Outbox
from imagend.webhooks.message import body_of, headers_of, retry_after_seconds
from imagend.webhooks.post import Answer, Undelivered

logger = logging.getLogger(__name__)
#: After looking in vain, at least so many times as long is rested, however often the bell rings.
IDLE_SHARE = 4.0


class Post(Protocol):
    def __call__(self, vetted: Vetted, headers: Mapping[str, str], body: bytes, until: float) -> Answer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderLimits:
    in_flight: int = 50  # attempts at once
    total_seconds: float = 15.0  # one attempt
    poll_seconds: float = 1.0  # the outbox is looked at this often even if no bell rings
    drain_seconds: float = 5.0  # attempts that run when the sender stops may take so long to end


class Sender:
    """`start` and `stop` once each; or, without a thread, `run_once` as often as you like."""

    def __init__(
        self,
        outbox: Outbox,
        gate: TargetGate,
        post: Post,
        describe: Callable[[str, str], Mapping[str, Any]],
        bell: Bell,
        clock: Callable[[], float],
        *,
        version: str,
        limits: SenderLimits,
        monotonic: Callable[[], float] = time.monotonic,
        tracer: Tracer = UNTRACED,
    ) -> None:
        """`describe(account id, request id)`: what can be told of a result now, {} if nothing. `clock`: epoch seconds
        as the world has them, because receivers compare."""
        self._outbox = outbox
        self._gate = gate
        self._post = post
        self._describe = describe
        self._bell = bell
        self._clock = clock
        self._version = version
        self._limits = limits
        self._monotonic = monotonic
        self._tracer = tracer
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._running: set[threading.Thread] = set()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="webhook-sender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No new attempts; those that run get a moment. What does not end in it is sent again after the next start."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        until = self._monotonic() + self._limits.drain_seconds
        for thread in self._attempts():
            thread.join(max(0.0, until - self._monotonic()))

    def run_once(self) -> int:
        """Begin all attempts that are due and have room. Returns how many."""
        claimed = self._outbox.claim(self._limits.in_flight - len(self._attempts()))
        for delivery in claimed:
            thread = threading.Thread(target=self._deliver, args=(delivery,), name="webhook-attempt", daemon=True)
            with self._guard:
                self._running.add(thread)
            thread.start()
        return len(claimed)

    def wait(self) -> None:
        """Until no attempt runs."""
        for thread in self._attempts():
            thread.join()

    def attempt(self, delivery: Delivery) -> Attempt:
        """One try, without writing down how it went."""
        began = self._monotonic()
        try:
            answer = self._send(delivery, began + self._limits.total_seconds)
        except TargetRefused as refused:
            return Attempt(latency_seconds=self._monotonic() - began, error=refused.reason)
        except Undelivered as failed:
            return Attempt(latency_seconds=self._monotonic() - began, error=failed.error)
        return Attempt(
            latency_seconds=self._monotonic() - began,
            status=answer.status,
            error=error_of(answer.status),
            retry_after_seconds=retry_after_seconds(answer.retry_after, self._clock()),
        )

    def _send(self, delivery: Delivery, until: float) -> Answer:
        """The gate is asked at every attempt: what a name points to may have changed since the last one."""
        if not delivery.secrets:
            raise Undelivered("secret")
        vetted = self._gate.vet(delivery.url)
        result = {} if delivery.request_id is None else self._describe(delivery.account_id, delivery.request_id)
        body = body_of(delivery, result)
        return self._post(vetted, headers_of(delivery, body, self._clock(), self._version), body, until)

    def _deliver(self, delivery: Delivery) -> None:
        try:
            attempt = self.attempt(delivery)
            self._draw(delivery, attempt)
            self._outbox.record(delivery, attempt)
        except ImagendError as error:  # the lease ends and it is sent again
            logger.warning("delivery %s could not be recorded: %s", delivery.id, error.message)
        except Exception:
            logger.exception("delivery %s failed", delivery.id)
        finally:
            with self._guard:
                self._running.discard(threading.current_thread())
            self._wake.set()

    def _draw(self, delivery: Delivery, attempt: Attempt) -> None:
        parent, now = place_of(delivery.traceparent), self._clock()
        if parent is not None and self._tracer.on:
            self._tracer.draw(
                Span(
                    name="webhook", place=parent.child(f"webhook/{delivery.id}/{delivery.number}"), parent=parent,
                    began_at=now - attempt.latency_seconds, ended_at=now, failed=attempt.error is not None,
                    attributes={"imagend.attempt": delivery.number, "imagend.result": attempt.error or "delivered"},
                )
            )  # fmt: skip

    def _attempts(self) -> list[threading.Thread]:
        with self._guard:
            return list(self._running)

    def _run(self) -> None:
        unsubscribe = self._bell.subscribe(OUTBOX, self._wake.set)
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                began = self._monotonic()
                if not self._round():
                    self._stopping.wait(IDLE_SHARE * (self._monotonic() - began))
                    self._wake.wait(self._limits.poll_seconds)
        finally:
            unsubscribe()

    def _round(self) -> bool:
        """Whether anything began. A failed round is logged and the next one tries again."""
        try:
            return self.run_once() > 0
        except ImagendError as error:
            logger.warning("webhooks wait: %s", error.message)
        except Exception:
            logger.exception("a round of the webhook sender failed")
        return False
