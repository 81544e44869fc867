"""Accounts, keys and ledger entries as operators read them: JSON-ready, money in credits, times in ISO 8601. One shape
for HTTP and command line; no secret is in it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from imagend.core.ledger import Balance, to_credits
from imagend.desk.accounts import Account, Books
from imagend.desk.keys import SCOPES, Key
from imagend.desk.usage import COUNTS, Used
from imagend.store.crew_rows import Quarantined
from imagend.store.rows import Row

_MONEY = ("held", "spent", "refunded")


def account_row(account: Account) -> dict[str, Any]:
    cap = account.terms.daily_cap_microcredits
    return {
        "id": account.id,
        "name": account.name,
        "created_at": moment(account.created_at),
        "disabled": account.terms.disabled_at is not None,
        "frozen": account.terms.frozen_at is not None,
        "weight": account.weight,
        "max_jobs": account.terms.max_jobs,
        "daily_cap": None if cap is None else to_credits(cap),
        "credits": balance_row(account.balance),
    }


def balance_row(balance: Balance) -> dict[str, float]:
    return {name: to_credits(amount) for name, amount in asdict(balance).items()}


def key_row(key: Key) -> dict[str, Any]:
    """All terms, also those at rest; the names are the ones that desk/terms.py reads."""
    cap = key.daily_cap_microcredits
    return {
        "id": key.id,
        "account": key.account_id,
        "name": key.name,
        "models": None if key.models is None else list(key.models),
        "scopes": [word for word in SCOPES if word in key.scopes],
        "created_at": moment(key.created_at),
        "expires_at": moment(key.expires_at),
        "revoked_at": moment(key.revoked_at),
        "last_used_at": moment(key.last_used_at),
        "rpm": key.rpm,
        "burst": key.burst,
        "max_jobs": key.max_jobs,
        "daily_cap": None if cap is None else to_credits(cap),
        "v1_response": key.v1_response,
        "choices": sorted(key.choices),
        "safety_floor": key.safety_floor,
        "may_skip_watermark": key.may_skip_watermark,
    }


def entry_row(row: Row) -> dict[str, Any]:
    """An entry of the ledger."""
    kept = {name: row[name] for name in ("seq", "kind", "request_id", "reason", "actor", "reference")}
    return {**kept, "amount": to_credits(row["amount"]), "at": moment(row["at"])}


def books_row(books: Books) -> dict[str, Any]:
    return {
        "checked_at": moment(books.checked_at),
        "frozen_accounts": books.frozen_accounts,
        "violations": [
            {"invariant": one.invariant, "account": one.account_id, "finding": one.finding,
             "found_at": moment(one.found_at)}
            for one in books.violations
        ],
    }  # fmt: skip


def used_row(used: Used, group_by: str) -> dict[str, Any]:
    counts = {name: getattr(used, name) for name in COUNTS}
    money = {name: to_credits(counts[name]) for name in _MONEY}
    return {group_by: used.group, **counts, **money}


def moment(seconds: float | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC, to the second."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def quarantine_row(row: Quarantined) -> dict[str, Any]:
    return {
        "request_id": row.request_id, "account": row.account_id, "model": row.model, "backend": row.backend,
        "attempts": row.attempt, "workers_lost": list(row.workers), "error": row.error,
        "created_at": moment(row.created_at), "given_up_at": moment(row.given_up_at), "recipe": row.recipe,
    }  # fmt: skip
