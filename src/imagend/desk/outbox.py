"""The sender's side of webhooks: lease what is due, say how it went.

A lease is a token on the row and a later `due_at`: a sender that dies loses both when that moment comes, and its
message is sent again. So every message arrives at least once, and always under the same id.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from imagend.core import delivery as law
from imagend.core.errors import BadSetting
from imagend.core.watch import UNWATCHED, Watch
from imagend.desk.signing_keys import SigningKeys
from imagend.store.base import Store
from imagend.store.rows import Row
from imagend.store.sql import Reads, Tx

ROWS_PER_PASS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message for one receiver, leased for one attempt."""

    id: str
    token: str
    message_id: str
    account_id: str
    event: str
    event_types: tuple[str, ...]  # what the endpoint asked for; () for a URL of the request
    request_id: str | None
    webhook_id: str | None
    target: str
    url: str
    summary: dict[str, Any]
    created_at: float  # when it happened, epoch seconds
    number: int  # of this attempt, from 1
    traceparent: str = ""  # of its request
    secrets: tuple[bytes, ...]  # all that sign now, the newest first; () if unreadable


class Outbox:
    """Safe from any thread, and with any number of senders."""

    def __init__(
        self,
        store: Store,
        keys: SigningKeys,
        clock: Callable[[], float],
        *,
        lease_seconds: float,
        per_target: int = 2,
        per_account: int = 10,
        keep_seconds: float = 604_800.0,
        randbits: Callable[[int], int] = secrets.randbits,
        watch: Watch = UNWATCHED,
    ) -> None:
        """`lease_seconds` must be longer than any attempt. `per_target`, `per_account`: attempts at once."""
        self._store = store
        self._keys = keys
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._per_target = per_target
        self._per_account = per_account
        self._keep_seconds = keep_seconds
        self._randbits = randbits
        self._watch = watch

    def claim(self, most: int) -> list[Delivery]:
        """Lease up to `most` due deliveries. Nothing due, which is the usual case, writes nothing."""
        now = self._clock()
        if most < 1:
            return []
        # Looked for outside of the writing transaction: with many targets it takes a while. `take` looks again.
        found = self._store.read(lambda reads: reads.webhook_due(now, self._per_target, self._per_account, most))
        if not found:
            return []

        def work(tx: Tx) -> list[Row]:
            if not tx.try_lock_name("outbox"):  # another sender chooses: together they would pass a target's limit
                return []
            chosen = self._fit(found, tx.webhook_leases(now))
            taken = (tx.take_delivery(name, self._token(), now, now + self._lease_seconds) for name in chosen)
            rows = [row for row in taken if row is not None]
            for row in rows:
                if row["tries"] > law.MAX_TRIES:  # its last sender died with it
                    tx.delivery_done(row["id"], row["lease_token"], "failed", now)
            return [row for row in rows if row["tries"] <= law.MAX_TRIES]

        return [self._delivery(row) for row in self._store.write(work)]

    def record(self, delivery: Delivery, attempt: law.Attempt) -> None:
        """Write down how it went and what follows. If the lease was lost meanwhile, only the attempt is noted."""
        self._watch.count("webhook_attempts_total", result=attempt.error or "delivered")
        self._watch.observe("webhook_attempt_seconds", attempt.latency_seconds)
        now = self._clock()
        jitter = self._randbits(32) / 2**31 - 1

        def work(tx: Tx) -> None:
            tx.new_attempt(
                delivery.id, delivery.number, now, attempt.status, attempt.latency_seconds, attempt.error
            )  # fmt: skip
            if attempt.error is None:
                if tx.delivery_done(delivery.id, delivery.token, "delivered", now):
                    tx.target_well(delivery.target)
            else:
                _failed(tx, delivery, attempt, now, jitter)

        self._store.write(work)

    def forget(self) -> int:
        """Delete final deliveries that are older than `keep_seconds`, at most 500. Returns how many."""
        now = self._clock()
        before = now - self._keep_seconds

        def found(reads: Reads) -> tuple[list[str], bool]:
            return reads.old_webhook_deliveries(before, ROWS_PER_PASS), reads.webhook_leftovers(before, now)

        old, more = self._store.read(found)
        if old or more:
            self._store.write(lambda tx: tx.forget_webhook_rows(old, before, now))
        return len(old)

    def _fit(self, found: Iterable[Row], leases: Iterable[Row]) -> list[str]:
        """Those that their target and their account have room for."""
        targets: Counter[str] = Counter()
        accounts: Counter[str] = Counter()
        for row in leases:
            targets[row["target"]] += row["leases"]
            accounts[row["account_id"]] += row["leases"]
        chosen = []
        for row in found:
            target, account = row["target"], row["account_id"]
            if accounts[account] < self._per_account and targets[target] < law.width(row["failures"], self._per_target):
                targets[target] += 1
                accounts[account] += 1
                chosen.append(row["id"])
        return chosen

    def _delivery(self, row: Row) -> Delivery:
        summary = json.loads(row["summary"])
        return Delivery(
            traceparent=summary.pop("traceparent", ""),
            id=row["id"],
            token=row["lease_token"],
            message_id=row["message_id"],
            account_id=row["account_id"],
            event=row["event"],
            event_types=tuple(json.loads(row["event_types"] or "[]")),
            request_id=row["request_id"],
            webhook_id=row["webhook_id"],
            target=row["target"],
            url=row["url"],
            summary=summary,
            created_at=row["created_at"],
            number=row["tries"],
            secrets=self._secrets(row["webhook_id"] or row["account_id"]),
        )

    def _secrets(self, owner: str) -> tuple[bytes, ...]:
        """None when the key that they were sealed with is gone: that must not keep other messages."""
        try:
            return self._keys.signing(owner)
        except BadSetting:
            return ()

    def _token(self) -> str:
        return f"{self._randbits(128):032x}"


def _failed(tx: Tx, delivery: Delivery, attempt: law.Attempt, now: float, jitter: float) -> None:
    pause = law.next_pause(delivery.number, attempt, jitter)
    if pause is None:
        held = tx.delivery_done(delivery.id, delivery.token, "failed", now)
    else:
        held = tx.delivery_again(delivery.id, delivery.token, now + pause)
    if not held:
        return
    failures, failing_since = tx.target_failed(delivery.target, now)
    leave_alone = law.target_pause(failures, attempt)
    if leave_alone > 0:
        tx.pause_target(delivery.target, now + leave_alone)
    if delivery.webhook_id is None:
        return
    if attempt.status == law.GONE:
        tx.disable_webhook(delivery.webhook_id, "gone", now)
    elif now - failing_since >= law.GIVE_UP_SECONDS:
        tx.disable_webhook(delivery.webhook_id, "failing", now)
