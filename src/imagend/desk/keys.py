"""An API key without its secret: what it may do, how much, and what it is excepted from; and its row."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from imagend.core.bucket import Limit
from imagend.store.rows import Row

GENERATE, READ, ADMIN = "generate", "read", "admin"
SCOPES = (GENERATE, READ, ADMIN)
ORDINARY = frozenset({GENERATE, READ})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """What holds for all keys of an account together."""

    max_jobs: int | None = None  # jobs that are not final; None: the server's setting
    daily_cap_microcredits: int | None = None  # of orders of one day (UTC); None: no cap
    disabled_at: float | None = None
    frozen_at: float | None = None  # its books are wrong: it may not order


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """All `_at` are epoch seconds. Everything from `scopes` on can be changed later."""

    id: str
    account_id: str
    name: str
    models: tuple[str, ...] | None  # slugs it may use; None: all
    created_at: float
    revoked_at: float | None = None
    last_used_at: float | None = field(default=None, compare=False)  # to the hour
    account: AccountTerms = AccountTerms()
    scopes: frozenset[str] = ORDINARY
    expires_at: float | None = None
    rpm: int | None = None  # POSTs a minute; None: the server's setting, 0: no limit
    burst: int | None = None  # POSTs at once; None: a sixth of `rpm`
    max_jobs: int | None = None  # jobs that are not final; None: no limit
    daily_cap_microcredits: int | None = None  # of orders of one day (UTC); None: no cap
    v1_response: str | None = None  # "json" or "binary"; None: the server's setting
    choices: frozenset[str] = frozenset()  # restricted values it may send: ALLOW_ALL, BLOCK_NONE
    safety_floor: str | None = None  # the loosest safety_filter_level it may have; None: any that is offered
    may_skip_watermark: bool = False  # `add_watermark: false` is obeyed

    def active(self, now: float) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def rate(self, server: Limit | None) -> Limit | None:
        """Its rate limit, `server` being everybody else's."""
        if self.rpm is None:
            return server
        return Limit(per_minute=self.rpm, burst=self.burst or max(1, self.rpm // 6)) if self.rpm else None


#: Fields of a key that its column `terms` holds as JSON; those that are at rest are left out of it.
TERMS = (
    "rpm", "burst", "max_jobs", "daily_cap_microcredits", "v1_response", "choices", "safety_floor",
    "may_skip_watermark",
)  # fmt: skip


def key_from_row(row: Row) -> Key:
    """A row of the store's questions about keys."""
    terms = json.loads(row["terms"])
    return Key(
        id=row["id"],
        account_id=row["account_id"],
        name=row["name"],
        models=None if row["models"] is None else tuple(json.loads(row["models"])),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
        account=AccountTerms(
            **json.loads(row["account_terms"]), disabled_at=row["disabled_at"], frozen_at=row["frozen_at"]
        ),
        scopes=frozenset(row["scopes"].split()),
        expires_at=row["expires_at"],
        **terms | {"choices": frozenset(terms.get("choices", ()))},
    )


def changeable(key: Key) -> Row:
    """The columns of a key that can change, for the store."""
    return {
        "id": key.id,
        "name": key.name,
        "models": None if key.models is None else json.dumps(list(key.models)),
        "scopes": " ".join(word for word in SCOPES if word in key.scopes),
        "expires_at": key.expires_at,
        "terms": json.dumps(_terms(key)),
    }


def _terms(key: Key) -> dict[str, Any]:
    values = {name: getattr(key, name) for name in TERMS}
    kept = {name: value for name, value in values.items() if value}
    if key.rpm == 0:
        kept["rpm"] = 0  # no limit, which is not the same as no word about it
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in kept.items()}
