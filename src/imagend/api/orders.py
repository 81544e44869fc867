"""The way of an order through the door, the same for every dialect.

Check order: (method and route) -> key -> model -> permission -> content type -> size -> syntax -> fields ->
rate limit -> credits; when too much comes at once, "try again" after the key. Nothing is written before the last one,
so a refused request leaves no trace.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from imagend.api import callbacks
from imagend.api.body import read_object
from imagend.api.deadline import patience_of
from imagend.api.dialects.base import Asked, Reader
from imagend.api.errors import ClientGone, ModelRetired, TimedOut
from imagend.api.gate import Gate, permit
from imagend.api.onrush import Onrush
from imagend.api.outlook import outlook
from imagend.api.repeats import number_of
from imagend.api.services import Services
from imagend.api.spans import OPTION, draw_submit
from imagend.api.turnstile import Turnstile
from imagend.api.vain import wishes
from imagend.api.wait import Seats, until_final
from imagend.core.card import ModelCard
from imagend.core.errors import AccountFrozen, BadParameter, Unauthenticated, UnknownRequest
from imagend.core.job import Job, State
from imagend.core.recipe import Recipe
from imagend.core.trace import PLACE
from imagend.desk.accounts import Key
from imagend.desk.keys import GENERATE, READ
from imagend.desk.moves import CANCELLED, DEADLINE_EXCEEDED
from imagend.desk.order import Attempt, Order
from imagend.safety.guard import blocked

T = TypeVar("T")
logger = logging.getLogger(__name__)

FULL = "Too many requests are waiting for their result; use the queue (v2)"
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,254}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An accepted order: the job, who gave it, how to answer, and headers of the answer."""

    job: Job
    key: Key
    asked: Asked
    headers: Mapping[str, str]
    attempt: Attempt | None = None  # for clients that repeat requests by themselves


class Orders:
    """Lives on the event loop; the desk is called in threads."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._gate = Gate(services)
        self._turnstile = Turnstile()
        self._onrush = Onrush(services.busy_orders, time.monotonic)
        self._callbacks = callbacks.Callbacks(services)
        self._seats = Seats(services.max_waiters, services.max_waiters_per_account, FULL)

    async def key(self, request: Request, native: str = "x-api-key", scope: str = READ) -> Key:
        """Who asks. Raises Unauthenticated; Forbidden when the key lacks the scope; TooFast for the next of too many
        wrong keys."""
        try:
            key = self._gate.recall(request.headers, native, scope)  # spares most requests a change of thread
            if key is None:
                key = await run_in_threadpool(self._gate.admit, request.headers, native, scope)
        except Unauthenticated as refusal:
            self._gate.count_failure(request, refusal)
            raise
        request.scope["imagend.account"] = key.account_id  # for the line of the log
        return key

    async def count(self, key: Key) -> dict[str, str]:
        """Count a POST that places no order. Raises TooFast."""
        return await self._gate.take(key)

    async def submit(self, request: Request, dialect: Reader, slug: str | None) -> Placed:
        """Take an order for the queue. slug: None when the dialect reads the model from the body."""
        key, asked, order = await self._read(request, dialect, slug, waiting=False)
        return await self._place(key, asked, order)

    async def run(self, request: Request, dialect: Reader, slug: str | None) -> Placed:
        """Take an order and wait for its end. A job that takes too long comes back FAILED, deadline_exceeded.
        Raises ClientGone. Either way nothing is billed."""
        with ExitStack() as seat:
            placed = await self.take(request, dialect, slug, seat)
            return replace(placed, job=await self.finish(request, placed))

    async def take(
        self, request: Request, dialect: Reader, slug: str | None, seat: ExitStack, *, repeated: bool = False
    ) -> Placed:
        """Take an order of a caller who stays; his place among the waiting is free again when `seat` is closed."""
        key, asked, order = await self._read(request, dialect, slug, waiting=True)
        seat.enter_context(self._seats.one(key.account_id))
        if repeated and order.idempotency_key is None and self._services.openai_retry_seconds:
            print_, number = f"{key.id} {order.fingerprint}", number_of(request.headers)
            order = replace(order, attempt=Attempt(id=secrets.token_hex(16), print=print_, number=number))
        return replace(await self._place(key, asked, order), attempt=order.attempt)

    async def finish(self, request: Request, placed: Placed) -> Job:
        """Wait for the end, as `run` does."""
        account_id, job = placed.key.account_id, placed.job
        desk = self._services.desk
        try:
            return await until_final(lambda: desk.look(account_id, job.id), self._services, job, request.receive)
        except ClientGone:
            await self.drop(request, placed)
            raise
        except TimedOut:
            return await self.expire(placed)

    async def expire(self, placed: Placed) -> Job:
        """The job took too long: FAILED, deadline_exceeded, unless it was ready in the same moment."""
        abandon = self._services.desk.abandon
        return await self._by_turns(abandon, placed.key.account_id, placed.job.id, DEADLINE_EXCEEDED)

    async def drop(self, request: Request, placed: Placed) -> None:
        """The caller has gone: the job ends and nothing is billed, unless somebody else waits or will ask for it."""
        if "idempotency-key" in request.headers:
            return
        await self._by_turns(self._abandon, placed.key.account_id, placed.job.id, placed.attempt)

    def _abandon(self, account_id: str, request_id: str, attempt: Attempt | None) -> None:
        desk = self._services.desk
        if attempt is not None and not desk.repeats.leave(attempt):
            return
        job = desk.abandon(account_id, request_id, CANCELLED)
        if attempt is not None and job.state is not State.FAILED:
            desk.repeats.stay(attempt)

    async def look(self, request: Request, request_id: str, native: str = "x-api-key") -> Job:
        """Raises Unauthenticated, UnknownRequest."""
        key = await self.key(request, native)
        return await self._by_turns(self._services.desk.look, key.account_id, _well_formed(request_id))

    async def glance(self, request: Request, request_id: str) -> tuple[Job, dict[str, Any]]:
        """As `look`, with what can be said of a job that is not final (see `outlook`)."""
        key = await self.key(request)
        desk, request_id = self._services.desk, _well_formed(request_id)
        if not desk.near:
            return await self._by_turns(self._glance, key.account_id, request_id)
        job = desk.look(key.account_id, request_id)  # waiting clients ask most of all: a thread would cost more
        if not desk.forecast_at_hand(job):
            return job, await self._turnstile.run(key.account_id, self._outlook, job)
        return job, self._outlook(job)

    def _glance(self, account_id: str, request_id: str) -> tuple[Job, dict[str, Any]]:
        job = self._services.desk.look(account_id, request_id)
        return job, self._outlook(job)

    def _outlook(self, job: Job) -> dict[str, Any]:
        return outlook(self._services.desk, job, self._services.clock())

    async def cancel(self, request: Request, request_id: str, native: str = "x-api-key") -> Job:
        """FAILED at once, also when it runs; a job that is final already stays what it is.
        Raises Unauthenticated, UnknownRequest."""
        key = await self.key(request, native, GENERATE)
        abandon = self._services.desk.abandon
        return await self._by_turns(abandon, key.account_id, _well_formed(request_id), CANCELLED)

    async def _by_turns(self, work: Callable[..., T], account_id: str, *arguments: Any) -> T:
        """Call `work(account_id, ...)` in a thread; of one account only so many at a time."""
        return await self._turnstile.run(account_id, work, account_id, *arguments)

    async def _read(
        self, request: Request, dialect: Reader, slug: str | None, *, waiting: bool
    ) -> tuple[Key, Asked, Order]:
        """Everything that can be refused without looking at rates and credits, in the order of the check list."""
        key = await self.key(request, dialect.key_header, GENERATE)
        if key.account.frozen_at is not None:
            raise AccountFrozen
        self._onrush.check()
        card = None if slug is None else self._card(key, slug)
        body = await read_object(request, self._services.max_body_bytes)
        card = card or self._card(key, dialect.model_of(body))
        asked = dialect.parse(body, card, request.headers, waiting=waiting)
        raw, webhook_url = callbacks.apart(asked.raw)
        resolved = card.resolve(raw, self._services.draw_seed)
        if card.retired:
            raise ModelRetired(f"Model {card.slug} is retired on this server")
        recipe, unheard = self._marked(key, resolved.recipe)
        told = await self._callbacks.options(request, key.account_id, webhook_url)
        ignored = sorted({*resolved.ignored, *asked.ignored, *unheard})
        order = Order(
            recipe=recipe,
            cost_microcredits=card.price_microcredits * recipe.count,
            idempotency_key=_idempotency_key(request.headers),
            fingerprint=_fingerprint(asked.route, card.slug, asked.sent),
            deadline_seconds=self._patience(request.headers, waiting),
            options={
                **asked.options,
                **told,
                **wishes(raw),
                **_traced(request),
                **({"ignored": ignored} if ignored else {}),
            },
            key_id=key.id,
            allowance=self._gate.allowance(key),
        )
        return key, asked, order

    def _patience(self, headers: Mapping[str, str], waiting: bool) -> float | None:
        """Seconds until the job's deadline; None: the policy's."""
        asked = patience_of(headers, self._services.deadline_seconds)
        longest = self._services.v1_timeout_seconds if waiting else None
        return longest if asked is None else min(asked, longest or asked)

    def _card(self, key: Key, name: str) -> ModelCard:
        """name: the slug, or any other name of the model. The card as it is for this key. Raises UnknownModel,
        Forbidden."""
        card = self._services.catalog.find(name)
        permit(key, card.slug)
        return card.under(key.choices, key.safety_floor)

    def _marked(self, key: Key, recipe: Recipe) -> tuple[Recipe, tuple[str, ...]]:
        """The recipe with its watermark, unless it may go without; and what was asked in vain."""
        if recipe.watermark or key.may_skip_watermark or self._services.may_skip_watermark:
            return recipe, ()
        return replace(recipe, watermark=True), ("add_watermark",)

    async def _place(self, key: Key, asked: Asked, order: Order) -> Placed:
        headers = await self._gate.take(key)
        began_at = self._services.clock()
        with self._onrush.order():
            job = await self._by_turns(self._join_or_submit, key.account_id, order)
        self._note(key, job)
        if job.options.get(OPTION) == order.options.get(OPTION):  # else it is an earlier one
            draw_submit(self._services.tracer, job, began_at, self._services.clock())
        return Placed(job=job, key=key, asked=asked, headers=headers)

    def _note(self, key: Key, job: Job) -> None:
        """One line per order; with its prompt only if the operator wants that."""
        said = {"action": "order", "request_id": job.id, "account": key.account_id, "key": key.id,
                "model": job.recipe.model, "state": str(job.state)}  # fmt: skip
        if self._services.log_prompts:
            said["prompt"] = job.recipe.prompt
        logger.info("order %s of %s for %s", job.id, key.account_id, job.recipe.model, extra=said)

    def _join_or_submit(self, account_id: str, order: Order) -> Job:
        """The job of an earlier try of the same request will do."""
        job = None
        if order.attempt is not None:
            job = self._services.desk.repeats.join(account_id, order.attempt, self._services.openai_retry_seconds)
        return job or self._submit(account_id, order)

    def _submit(self, account_id: str, order: Order) -> Job:
        """A prompt that is not allowed is accepted and fails at once: it has an id and a history, and costs nothing."""
        verdicts = self._services.safety.judge_prompt(order.recipe)
        if verdicts:
            order = replace(order, blocked=blocked(verdicts))
        return self._services.desk.submit(account_id, order)


def _traced(request: Request) -> dict[str, str]:
    place = request.scope.get(PLACE)
    return {} if place is None else {OPTION: str(place)}


def _well_formed(request_id: str) -> str:
    if not _REQUEST_ID.fullmatch(request_id):
        raise UnknownRequest(request_id)
    return request_id


def _idempotency_key(headers: Mapping[str, str]) -> str | None:
    key = headers.get("idempotency-key")
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise BadParameter("idempotency-key", "idempotency-key must be 1 to 255 printable ASCII characters")
    return key


def _fingerprint(route: str, slug: str, sent: Mapping[str, Any]) -> str:
    """Same fingerprint: the same order. Names without a value count as not sent."""
    body = {name: value for name, value in sent.items() if value is not None}
    return hashlib.sha256(msgspec.json.encode([route, slug, body], order="sorted")).hexdigest()
