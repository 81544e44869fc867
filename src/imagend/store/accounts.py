"""Verbs for accounts, keys, money and the sums of usage."""

from __future__ import annotations

from typing import Any

from imagend.core.job import Job
from imagend.core.ledger import Balance, Entry
from imagend.store.rows import Row, Verbs

DAY_SECONDS = 86_400


def day_of(moment: float) -> int:
    """Days since 1970-01-01 (UTC)."""
    return int(moment // DAY_SECONDS)


class AccountReads(Verbs):
    """Questions about accounts. Rows of keys carry their account's `disabled_at`, `frozen_at`
    and `account_terms`."""

    def balance(self, account_id: str) -> Balance | None:
        rows = self._run("balance", {"account_id": account_id})
        return Balance(**rows[0]) if rows else None

    def account(self, account_id: str) -> Row | None:
        rows = self._run("account", {"account_id": account_id})
        return rows[0] if rows else None

    def accounts_page(self, after: str, most: int) -> list[Row]:
        """In order of their ids, from behind the id `after`."""
        return self._run("accounts_page", {"after": after, "most": most})

    def key_by_digest(self, digest: str) -> Row | None:
        rows = self._run("key_by_digest", {"digest": digest})
        return rows[0] if rows else None

    def key(self, key_id: str) -> Row | None:
        rows = self._run("key", {"id": key_id})
        return rows[0] if rows else None

    def keys(self, account_id: str | None = None) -> list[Row]:
        """All keys, or those of one account, oldest first."""
        return self._run("keys", {}) if account_id is None else self._run("keys_of", {"account_id": account_id})

    def keys_page(self, after: str, most: int) -> list[Row]:
        """In order of their ids, from behind the id `after`."""
        return self._run("keys_page", {"after": after, "most": most})

    def open_jobs(self, name: str, owner: str, most: int) -> int:
        """Jobs that are not final, counted up to `most`. name: "open_of_key" or "open_of_account"."""
        return int(self._run(name, {"owner": owner, "most": most})[0]["jobs"])

    def spent_on(self, day: int, account_id: str, key_id: str | None = None) -> int:
        """Micro-credits held and spent, less refunds, for orders of that day: by a key, or by the whole account."""
        values = {"account_id": account_id, "day": day}
        rows = self._run("spent_by_account", values) if key_id is None else self._run(
            "spent_by_key", values | {"key_id": key_id}
        )  # fmt: skip
        return int(rows[0]["microcredits"])

    def usage(self, first_day: int, last_day: int, account_id: str | None) -> list[Row]:
        """Rows of usage_day in order of (day, account, key, model), both days included."""
        values = {"first": first_day, "last": last_day}
        if account_id is None:
            return self._run("usage_of_all", values)
        return self._run("usage_of", values | {"account_id": account_id})

    def entries(self, account_id: str, after: int, most: int) -> list[Row]:
        """The account's ledger in the order it was written, from behind entry `after`."""
        return self._run("ledger_page", {"account_id": account_id, "after": after, "most": most})

    def reference(self, account_id: str, reference: str) -> Row | None:
        """The entry that bears this reference."""
        rows = self._run("ledger_reference", {"account_id": account_id, "reference": reference})
        return rows[0] if rows else None

    def paid(self, request_id: str) -> Row | None:
        """What a completed request cost: account_id, settled, refunded; and its order's key_id, model, created_at."""
        rows = self._run("paid", {"request_id": request_id})
        return rows[0] if rows else None


class AccountTx(AccountReads):
    """Changes of accounts, keys and money."""

    def new_account(self, account_id: str, name: str, now: float) -> bool:
        """False if it is there already."""
        return bool(self._run("insert_account", {"id": account_id, "name": name, "now": now}))

    def change_account(
        self, account_id: str, *, name: str, terms: str, disabled_at: float | None, frozen_at: float | None
    ) -> bool:
        values = {
            "id": account_id, "name": name, "terms": terms, "disabled_at": disabled_at, "frozen_at": frozen_at,
        }  # fmt: skip
        return bool(self._run("change_account", values))

    def new_key(self, values: Row) -> None:
        """values: id, account_id, name, digest, models, scopes, expires_at, terms, now."""
        self._run("insert_key", values)

    def change_key(self, values: Row) -> bool:
        """values: id, name, models, scopes, expires_at, terms."""
        return bool(self._run("change_key", values))

    def touch_key(self, key_id: str, now: float) -> None:
        self._run("touch_key", {"id": key_id, "now": now})

    def revoke_key(self, key_id: str, now: float) -> bool:
        return bool(self._run("revoke_key", {"id": key_id, "now": now}))

    def move_money(
        self, account_id: str, *, available: int = 0, held: int = 0, spent: int = 0, granted: int = 0
    ) -> Balance | None:
        """Add the amounts (negative: take). None: no such account, or less available than would be taken."""
        deltas = {"available": available, "held": held, "spent": spent, "granted": granted}
        rows = self._run("move_money", {"account_id": account_id, **deltas})
        return Balance(**rows[0]) if rows else None

    def write_ledger(
        self, account_id: str, kind: Entry, amount: int, now: float, *, request_id: str | None = None,
        reason: str = "", actor: str = "", reference: str | None = None,
    ) -> None:  # fmt: skip
        """Append one entry. Raises SchemaRefusal for a second reserve, settle or release of the same request, and for
        a second entry of the account with the same reference."""
        self._run("insert_ledger", {
            "account_id": account_id, "request_id": request_id, "kind": str(kind), "amount": amount, "now": now,
            "reason": reason, "actor": actor, "reference": reference,
        })  # fmt: skip

    # --- the sums

    def count_order(self, job: Job) -> None:
        self._run("count_order", _place(job) | {"held": job.cost_microcredits})

    def count_end(self, job: Job, spent: int, pictures: int, *, won: bool) -> None:
        """`job` as it was before its end."""
        self._run("count_end", _place(job) | {
            "held": job.cost_microcredits, "spent": spent, "pictures": pictures, "completed": int(won),
            "failed": int(not won),
        })  # fmt: skip

    def count_refund(self, paid: Row, amount: int) -> None:
        """paid: what `paid` said."""
        names = ("account_id", "model")
        place = {name: paid[name] for name in names} | {"key_id": paid["key_id"] or ""}
        self._run("count_refund", place | {"day": day_of(paid["created_at"]), "amount": amount})


def _place(job: Job) -> dict[str, Any]:
    """The primary key of the job's row of usage_day."""
    return {"account_id": job.account_id, "day": day_of(job.created_at), "key_id": job.key_id or "",
            "model": job.recipe.model}  # fmt: skip
