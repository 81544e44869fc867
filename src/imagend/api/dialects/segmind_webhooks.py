"""Webhooks under the hosted API's paths, and what it lacks: secrets, rotation, replay, test messages.

GET  /webhook/get                             {"webhooks": [...]}
POST /webhook/add                             {"webhook_url", "event": {"types": [...]}}; answers with the secret
POST /webhook/update                          the same and "webhook_id"; makes a disabled one active again
GET  /webhook/inactive?webhook_id=            removes it
GET  /webhook/dispatch-logs?webhook_id=       {"logs": [...]}; or ?request_id= for a URL that came with a request
GET  /webhook/secret[?webhook_id=]            (extension) without an id: the account's, which signs those
POST /webhook/rotate-secret ["webhook_id"]    (extension)
POST /webhook/replay "webhook_id" ["delivery_id"]  (extension)
POST /webhook/test "webhook_id"               (extension)
"""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imagend.api.answers import json_answer, utc
from imagend.api.body import read_object
from imagend.api.callbacks import Callbacks
from imagend.api.errors import WrongMethod
from imagend.api.orders import Orders
from imagend.api.services import Services
from imagend.core.errors import BadParameter
from imagend.desk.keys import GENERATE, READ
from imagend.desk.signing_keys import shown
from imagend.desk.webhooks import LoggedAttempt, Webhook


def webhook_routes(orders: Orders, services: Services) -> list[Route]:
    endpoints = _Endpoints(orders, services)
    return [
        Route("/webhook/get", endpoints.get),
        Route("/webhook/add", endpoints.add, methods=["POST"]),
        Route("/webhook/update", endpoints.update, methods=["POST"]),
        Route("/webhook/inactive", endpoints.inactive),
        Route("/webhook/dispatch-logs", endpoints.logs),
        Route("/webhook/secret", endpoints.secret),
        Route("/webhook/rotate-secret", endpoints.rotate, methods=["POST"]),
        Route("/webhook/replay", endpoints.replay, methods=["POST"]),
        Route("/webhook/test", endpoints.test, methods=["POST"]),
    ]


class _Endpoints:
    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._webhooks = services.webhooks
        self._max_body_bytes = services.max_body_bytes
        self._callbacks = Callbacks(services)

    async def get(self, request: Request) -> Response:
        account_id = await self._account(request, READ)
        found = await run_in_threadpool(self._webhooks.all, account_id)
        return json_answer({"webhooks": [_webhook(webhook) for webhook in found]})

    async def add(self, request: Request) -> Response:
        account_id, body = await self._posted(request)
        url, types = _url(body), _types(body)
        webhook, secret = await self._callbacks.checked(account_id, lambda: self._webhooks.add(account_id, url, types))
        return _done(webhook.id, "Webhook added", secret=shown(secret))

    async def update(self, request: Request) -> Response:
        account_id, body = await self._posted(request)
        name, url, types = _needed(body, "webhook_id"), _url(body), _types(body)
        webhook = await self._callbacks.checked(account_id, lambda: self._webhooks.change(account_id, name, url, types))
        return _done(webhook.id, "Webhook updated")

    async def inactive(self, request: Request) -> Response:
        if request.method == "HEAD":  # who asks for headers does not mean to delete
            raise WrongMethod("GET")
        account_id, name = await self._account(request), _needed(request.query_params, "webhook_id")
        await run_in_threadpool(self._webhooks.remove, account_id, name)
        return _done(name, "Webhook removed")

    async def logs(self, request: Request) -> Response:
        account_id = await self._account(request, READ)
        asked = request.query_params.get("request_id")
        if asked is not None and "webhook_id" not in request.query_params:
            found = await run_in_threadpool(self._webhooks.logs_of_request, account_id, asked)
        else:
            name = _needed(request.query_params, "webhook_id")
            found = await run_in_threadpool(self._webhooks.logs, account_id, name)
        return json_answer({"logs": [_attempt(attempt) for attempt in found]})

    async def secret(self, request: Request) -> Response:
        account_id, name = await self._account(request), _named(request.query_params)
        secret = await run_in_threadpool(self._webhooks.secret, account_id, name)
        return json_answer({"webhook_id": name, "secret": shown(secret)})

    async def rotate(self, request: Request) -> Response:
        account_id, body = await self._posted(request)
        name = _named(body)
        secret, until = await run_in_threadpool(self._webhooks.rotate, account_id, name)
        return _done(name, "Secret rotated", secret=shown(secret), previous_secret_valid_until=_when(until))

    async def replay(self, request: Request) -> Response:
        account_id, body = await self._posted(request)
        name, only = _needed(body, "webhook_id"), body.get("delivery_id")
        if only is not None and not isinstance(only, str):
            raise BadParameter("delivery_id", "delivery_id must be a string")
        found = await run_in_threadpool(self._webhooks.replay, account_id, name, only)
        return _done(name, f"{len(found)} deliveries wait again", delivery_ids=list(found))

    async def test(self, request: Request) -> Response:
        account_id, body = await self._posted(request)
        name = _needed(body, "webhook_id")
        delivery_id = await run_in_threadpool(self._webhooks.test, account_id, name)
        return _done(name, "A test message waits; the log shows how it went", delivery_id=delivery_id)

    async def _account(self, request: Request, scope: str = GENERATE) -> str:
        return (await self._orders.key(request, scope=scope)).account_id

    async def _posted(self, request: Request) -> tuple[str, dict[str, object]]:
        """Counted like an order: what follows may write, or ask a name server."""
        key = await self._orders.key(request, scope=GENERATE)
        body = await read_object(request, self._max_body_bytes)
        await self._orders.count(key)
        return key.account_id, body


def _done(webhook_id: str | None, message: str, **more: Any) -> Response:
    return json_answer({"status": "success", "webhook_id": webhook_id, "message": message, **more})


def _needed(values: Any, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise BadParameter(name, f"{name} is required and must be a string")
    return value


def _named(values: Any) -> str | None:
    """The webhook's id, or None for the account."""
    return None if values.get("webhook_id") is None else _needed(values, "webhook_id")


def _url(body: dict[str, object]) -> str:
    return _needed(body, "webhook_url")


def _types(body: dict[str, object]) -> object:
    event = body.get("event")
    return event.get("types") if isinstance(event, dict) else None


def _webhook(webhook: Webhook) -> dict[str, Any]:
    """A row of the list; never with the secret."""
    active = webhook.disabled_at is None
    return {
        "id": webhook.id,
        "webhook_id": webhook.id,
        "webhook_url": webhook.url,
        "event": {"types": list(webhook.event_types)},
        "status": "active" if active else "disabled",
        "is_active": active,
        "disabled_reason": webhook.disabled_as,
        "failures_in_a_row": webhook.failures,
        "failing_since": _when(webhook.failing_since),
        "created_at": _when(webhook.created_at),
    }


def _attempt(attempt: LoggedAttempt) -> dict[str, Any]:
    return {
        "webhook_id": attempt.webhook_id,
        "delivery_id": attempt.delivery_id,
        "event_id": attempt.message_id,
        "request_id": attempt.request_id,
        "type": attempt.event,
        "attempt": attempt.number,
        "status": "failed" if attempt.error else "success",
        "status_code": attempt.status,
        "error": attempt.error,
        "latency_ms": round(attempt.latency_seconds * 1000, 1),
        "created_at": _when(attempt.at),
        "delivery_status": attempt.delivery_state,
        "next_attempt_at": _when(attempt.next_at),
    }


def _when(moment: float | None) -> str | None:
    return None if moment is None else utc(moment)
