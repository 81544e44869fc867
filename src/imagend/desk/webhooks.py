"""What an account can do with its webhooks: add, change, remove, read secrets and logs, rotate, replay, test."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from imagend.core.errors import BadParameter, UnknownWebhook
from imagend.core.targets import TargetGate, TargetRefused
from imagend.desk.bell import OUTBOX, Bell
from imagend.desk.notices import TEST, delivery_of, message_id
from imagend.desk.signing_keys import SigningKeys
from imagend.store.base import Store
from imagend.store.rows import Row
from imagend.store.sql import Reads, Tx
from imagend.store.webhook_rows import Notice

#: Events of the hosted API, and whether they happen on this server: it has no workflows.
EVENT_TYPES = {"GENERATION": True, "INFERENCE": True, "PIXELFLOW": False, "NODE_RUN": False, "GRAPH_RUN": False}
MAX_LOGS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An endpoint without its secret."""

    id: str
    url: str
    event_types: tuple[str, ...]
    created_at: float
    disabled_at: float | None
    disabled_as: str | None  # gone (it answered 410), failing (for three days)
    failures: int  # in a row
    failing_since: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAttempt:
    """One line of the delivery log. Of the receiver's answer it has the status only."""

    delivery_id: str
    webhook_id: str | None
    message_id: str
    request_id: str | None
    event: str
    number: int
    at: float
    status: int | None
    latency_seconds: float
    error: str | None
    delivery_state: str  # waiting, delivered or failed
    next_at: float | None


class Webhooks:
    """Safe from any thread. Every verb takes the account first; other accounts' ids are unknown."""

    def __init__(
        self,
        store: Store,
        keys: SigningKeys,
        gate: TargetGate,
        clock: Callable[[], float],
        bell: Bell,
        *,
        max_per_account: int = 20,
        randbits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._store = store
        self._keys = keys
        self._gate = gate
        self._clock = clock
        self._bell = bell
        self._most = max_per_account
        self._randbits = randbits

    def vet(self, url: object, field: str = "webhook_url") -> str:
        """The URL, if it may be called. Resolves its name, which can take as long as the resolver may.
        Raises BadParameter."""
        if not isinstance(url, str):
            raise BadParameter(field, f"{field} must be a string")
        try:
            self._gate.vet(url)
        except TargetRefused as refused:
            raise BadParameter(field, f"{field} {refused.message}") from None
        return url

    def add(self, account_id: str, url: object, event_types: object) -> tuple[Webhook, bytes]:
        """(the endpoint, its secret). Raises BadParameter."""
        checked, types = self.vet(url), read_types(event_types)
        webhook_id, now = f"wh_{self._randbits(96):024x}", self._clock()

        def work(tx: Tx) -> tuple[Webhook, bytes]:
            tx.lock_account(account_id)
            if len(tx.webhooks(account_id)) >= self._most:
                raise BadParameter("webhook_url", f"webhook_url: at most {self._most} webhooks are allowed")
            tx.new_webhook(webhook_id, account_id, checked, types, now, fires=_fires(types))
            return _known(tx, account_id, webhook_id), self._keys.make(tx, webhook_id, now)

        return self._store.write(work)

    def change(self, account_id: str, webhook_id: str, url: object, event_types: object) -> Webhook:
        """Another URL, other events; a disabled endpoint is active again. Raises UnknownWebhook, BadParameter."""
        self.one(account_id, webhook_id)
        checked, types = self.vet(url), read_types(event_types)

        def work(tx: Tx) -> Webhook:
            if not tx.change_webhook(webhook_id, account_id, checked, types, fires=_fires(types)):
                raise UnknownWebhook(webhook_id)
            tx.target_well(webhook_id)
            return _known(tx, account_id, webhook_id)

        return self._store.write(work)

    def remove(self, account_id: str, webhook_id: str) -> None:
        """Nothing more is sent to it; its log stays readable. Repeatable. Raises UnknownWebhook."""
        now = self._clock()

        def work(tx: Tx) -> None:
            if tx.webhook(account_id, webhook_id) is None:
                raise UnknownWebhook(webhook_id)
            tx.disable_webhook(webhook_id, "deleted", now)

        self._store.write(work)

    def one(self, account_id: str, webhook_id: str) -> Webhook:
        """Raises UnknownWebhook."""
        return self._store.read(lambda reads: _known(reads, account_id, webhook_id), account_id)

    def all(self, account_id: str) -> list[Webhook]:
        return [_webhook(row) for row in self._store.read(lambda reads: reads.webhooks(account_id), account_id)]

    def logs(self, account_id: str, webhook_id: str) -> list[LoggedAttempt]:
        """The newest 200 attempts, newest first; also of a removed endpoint. Raises UnknownWebhook."""

        def work(reads: Reads) -> list[Row]:
            if reads.webhook(account_id, webhook_id) is None:
                raise UnknownWebhook(webhook_id)
            return reads.webhook_attempts(account_id, webhook_id, MAX_LOGS)

        return [_logged(row) for row in self._store.read(work, account_id)]

    def logs_of_request(self, account_id: str, request_id: str) -> list[LoggedAttempt]:
        """Attempts for the URL that came with a request; none for an unknown id."""
        delivery_id = delivery_of(request_id)
        rows = self._store.read(lambda reads: reads.attempts_of_delivery(account_id, delivery_id, MAX_LOGS), account_id)
        return [_logged(row) for row in rows]

    def secret(self, account_id: str, webhook_id: str | None) -> bytes:
        """The newest secret of an endpoint, or (None) of the account. Raises UnknownWebhook."""
        return self._keys.signing(self._owner(account_id, webhook_id))[0]

    def rotate(self, account_id: str, webhook_id: str | None) -> tuple[bytes, float]:
        """(the new secret, until when the one before it signs as well). Raises UnknownWebhook, BadParameter."""
        return self._keys.rotate(self._owner(account_id, webhook_id))

    def replay(self, account_id: str, webhook_id: str, delivery_id: str | None) -> tuple[str, ...]:
        """Send a delivery again, or (None) all that failed, from the first try on. Returns which.
        Raises UnknownWebhook, BadParameter."""
        now = self._clock()

        def work(tx: Tx) -> list[str]:
            _active(_known(tx, account_id, webhook_id))
            tx.target_well(webhook_id)
            return tx.replay_deliveries(account_id, webhook_id, delivery_id, now)

        found = self._store.write(work)
        if delivery_id is not None and not found:
            raise BadParameter("delivery_id", "delivery_id must be one of this webhook's that does not wait")
        self._bell.ring(OUTBOX)
        return tuple(found)

    def test(self, account_id: str, webhook_id: str) -> str:
        """Send a test message. Returns the id of its delivery, which the log shows.
        Raises UnknownWebhook, BadParameter."""
        now, name = self._clock(), f"test{self._randbits(96):024x}"
        notice = Notice(
            message_id=message_id(name, TEST), account_id=account_id, event=TEST, request_id=None, summary={},
            created_at=now,
        )  # fmt: skip

        def work(tx: Tx) -> str:
            _active(_known(tx, account_id, webhook_id))
            tx.target_well(webhook_id)
            tx.new_delivery(f"{webhook_id}:{name}", notice, target=webhook_id, webhook_id=webhook_id)
            return f"{webhook_id}:{name}"

        delivery_id = self._store.write(work)
        self._bell.ring(OUTBOX)
        return delivery_id

    def _owner(self, account_id: str, webhook_id: str | None) -> str:
        return account_id if webhook_id is None else self.one(account_id, webhook_id).id


def read_types(value: object) -> tuple[str, ...]:
    """Raises BadParameter for anything but a list of one or more known event types."""
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        raise _bad_types()
    names = tuple(dict.fromkeys(name.upper() for name in value))
    if not set(names) <= EVENT_TYPES.keys():
        raise _bad_types()
    return names


def _bad_types() -> BadParameter:
    return BadParameter("event.types", f"event.types must be a list of {', '.join(EVENT_TYPES)}")


def _fires(types: tuple[str, ...]) -> bool:
    return any(EVENT_TYPES[name] for name in types)


def _active(webhook: Webhook) -> None:
    if webhook.disabled_at is not None:
        raise BadParameter("webhook_id", "webhook_id: this webhook is disabled; update it first")


def _known(reads: Reads, account_id: str, webhook_id: str) -> Webhook:
    row = reads.webhook(account_id, webhook_id)
    if row is None or row["disabled_as"] == "deleted":
        raise UnknownWebhook(webhook_id)
    return _webhook(row)


def _webhook(row: Row) -> Webhook:
    return Webhook(
        id=row["id"],
        url=row["url"],
        event_types=tuple(json.loads(row["event_types"])),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        disabled_as=row["disabled_as"],
        failures=row["failures"] or 0,
        failing_since=row["failing_since"],
    )


def _logged(row: Row) -> LoggedAttempt:
    waiting = row["state"] == "waiting"
    return LoggedAttempt(
        delivery_id=row["delivery_id"],
        webhook_id=row["webhook_id"],
        message_id=row["message_id"],
        request_id=row["request_id"],
        event=row["event"],
        number=row["number"],
        at=row["at"],
        status=row["status"],
        latency_seconds=row["latency_seconds"],
        error=row["error"],
        delivery_state=row["state"],
        next_at=row["due_at"] if waiting and row["lease_token"] is None else None,
    )
