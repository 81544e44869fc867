"""The verbs for webhooks over queries_webhooks.sql. Part of `Reads` and `Tx` in sql.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagend.store.rows import Row, Verbs


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell about a request (or a test message): the same words to every receiver."""

    message_id: str
    account_id: str
    event: str
    request_id: str | None
    summary: Mapping[str, Any]
    created_at: float  # epoch seconds


class WebhookReads(Verbs):
    def webhooks(self, account_id: str) -> list[Row]:
        """Endpoints that are not deleted, with how they fail."""
        return self._run("webhooks", {"account_id": account_id})

    def webhook(self, account_id: str, webhook_id: str) -> Row | None:
        """Also a deleted one."""
        rows = self._run("webhook", {"account_id": account_id, "id": webhook_id})
        return rows[0] if rows else None

    def webhook_secrets(self, owner: str, now: float) -> list[Row]:
        """Those that still sign, newest first."""
        return self._run("webhook_secrets", {"owner": owner, "now": now})

    def webhook_due(self, now: float, per_target: int, per_account: int, most: int) -> list[Row]:
        """Due deliveries, accounts taking turns, the oldest of each first: id, account_id, target, failures."""
        limits = {"per_target": per_target, "per_account": per_account, "most": most}
        return self._run("webhook_due", {"now": now, **limits})

    def webhook_leases(self, now: float) -> list[Row]:
        """Attempts that run: account_id, target, leases."""
        return self._run("webhook_leases", {"now": now})

    def webhook_attempts(self, account_id: str, webhook_id: str, most: int) -> list[Row]:
        """The newest attempts for one endpoint, newest first."""
        return self._run("webhook_attempts", {"account_id": account_id, "webhook_id": webhook_id, "most": most})

    def attempts_of_delivery(self, account_id: str, delivery_id: str, most: int) -> list[Row]:
        return self._run("webhook_attempts_of_delivery", {"account_id": account_id, "id": delivery_id, "most": most})

    def webhook_leftovers(self, before: float, now: float) -> bool:
        """Whether there is something else to forget than deliveries."""
        return bool(self._run("webhook_leftovers", {"before": before, "now": now}))

    def old_webhook_deliveries(self, before: float, most: int) -> list[str]:
        return [row["id"] for row in self._run("old_webhook_deliveries", {"before": before, "most": most})]


class WebhookTx(WebhookReads):
    # --- endpoints and secrets

    def new_webhook(
        self, webhook_id: str, account_id: str, url: str, event_types: tuple[str, ...], now: float, *, fires: bool
    ) -> None:
        values = {"id": webhook_id, "account_id": account_id, "url": url, "event_types": json.dumps(event_types)}
        self._run("insert_webhook", values | {"fires": int(fires), "now": now})

    def change_webhook(
        self, webhook_id: str, account_id: str, url: str, event_types: tuple[str, ...], *, fires: bool
    ) -> bool:
        """Also makes a disabled one active. False: unknown or deleted."""
        values = {"id": webhook_id, "account_id": account_id, "url": url, "event_types": json.dumps(event_types)}
        return bool(self._run("update_webhook", values | {"fires": int(fires)}))

    def disable_webhook(self, webhook_id: str, reason: str, now: float) -> None:
        """No new deliveries; the waiting ones have failed. `reason`: deleted, gone or failing."""
        self._run("disable_webhook", {"id": webhook_id, "reason": reason, "now": now})
        self._run("drop_webhook_deliveries", {"webhook_id": webhook_id, "now": now})
        if reason == "deleted":
            self.retire_webhook_secrets(webhook_id, now)

    def new_webhook_secret(self, secret_id: str, owner: str, sealed: str, now: float) -> None:
        self._run("insert_webhook_secret", {"id": secret_id, "owner": owner, "sealed": sealed, "now": now})

    def retire_webhook_secrets(self, owner: str, retires_at: float) -> None:
        self._run("retire_webhook_secrets", {"owner": owner, "retires_at": retires_at})

    # --- the outbox

    def announce(self, notice: Notice) -> None:
        """A delivery for every active endpoint of the account that wants such events."""
        self._run("announce_to_webhooks", self._words(notice))

    def new_delivery(self, delivery_id: str, notice: Notice, *, target: str, webhook_id: str | None = None,
                     url: str | None = None) -> None:  # fmt: skip
        """A delivery to one endpoint, or to a URL of the request."""
        where = {"id": delivery_id, "target": target, "webhook_id": webhook_id, "url": url}
        self._run("insert_webhook_delivery", self._words(notice) | where)

    @staticmethod
    def _words(notice: Notice) -> Row:
        return {
            "message_id": notice.message_id, "account_id": notice.account_id, "event": notice.event,
            "request_id": notice.request_id, "now": notice.created_at,
            "summary": json.dumps(notice.summary, ensure_ascii=False, separators=(",", ":")),
        }  # fmt: skip

    def take_delivery(self, delivery_id: str, token: str, now: float, until: float) -> Row | None:
        """Lease it and count the attempt. The row with the URL as it is now; None: somebody else was first."""
        values = {"id": delivery_id, "token": token, "now": now, "until": until}
        rows = self._run("take_webhook_delivery", values)
        if not rows:
            return None
        return rows[0] | self._run("webhook_delivery_url", {"id": delivery_id})[0]

    def delivery_again(self, delivery_id: str, token: str, due_at: float) -> bool:
        """Back to waiting. False: the lease was lost."""
        return bool(self._run("webhook_delivery_again", {"id": delivery_id, "token": token, "due_at": due_at}))

    def delivery_done(self, delivery_id: str, token: str, state: str, now: float) -> bool:
        """`state`: delivered or failed. False: the lease was lost."""
        values = {"id": delivery_id, "token": token, "state": state, "now": now}
        return bool(self._run("webhook_delivery_done", values))

    def replay_deliveries(self, account_id: str, webhook_id: str, delivery_id: str | None, now: float) -> list[str]:
        """Make one final delivery wait again, or (None) all that failed. Returns which."""
        values = {"account_id": account_id, "webhook_id": webhook_id, "now": now}
        if delivery_id is None:
            return [row["id"] for row in self._run("replay_failed_webhook_deliveries", values)]
        return [row["id"] for row in self._run("replay_webhook_delivery", values | {"id": delivery_id})]

    def new_attempt(self, delivery_id: str, number: int, at: float, status: int | None, latency_seconds: float,
                    error: str | None) -> None:  # fmt: skip
        values = {"delivery_id": delivery_id, "number": number, "at": at, "status": status}
        self._run("insert_webhook_attempt", values | {"latency_seconds": latency_seconds, "error": error})

    # --- how targets fare

    def target_failed(self, target: str, now: float) -> tuple[int, float]:
        """(failures in a row, since when)."""
        row = self._run("webhook_target_failed", {"target": target, "now": now})[0]
        return row["failures"], row["failing_since"]

    def pause_target(self, target: str, until: float) -> None:
        self._run("pause_webhook_target", {"target": target, "until": until})

    def target_well(self, target: str) -> None:
        self._run("webhook_target_well", {"target": target})

    # --- forgetting

    def forget_webhook_rows(self, deliveries: list[str], before: float, now: float) -> None:
        """Delete final deliveries with their attempts, deleted endpoints, secrets that sign no more, and what is known
        of targets that nothing waits for."""
        for delivery_id in deliveries:
            self._run("forget_webhook_attempts", {"id": delivery_id})
            self._run("forget_webhook_delivery", {"id": delivery_id, "before": before})
        self._run("forget_deleted_webhooks", {"before": before})
        self._run("forget_webhook_secrets", {"now": now})
        self._run("forget_failing_targets", {"before": before})
