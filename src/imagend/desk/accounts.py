"""Who may ask, and what they have: API keys and credits.

Keys are kept as HMAC-SHA256(pepper, key): a stolen database is no use without the pepper, which lies in a file of its
own. Works on any Store: the server's, or the short-lived one of a command beside it (docs/decisions/0003).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from imagend.core.errors import BadParameter, InsufficientCredits, Unauthenticated
from imagend.core.ledger import Balance, Entry
from imagend.store.base import Store
from imagend.store.rows import Row
from imagend.store.sql import Tx

KNOWN_SECONDS = 5.0  # a revoked key is accepted at most this long
UNKNOWN_SECONDS = 1.0
CACHE_ENTRIES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key without its secret."""

    id: str
    account_id: str
    name: str
    models: tuple[str, ...] | None  # slugs it may use; None: all
    created_at: float
    revoked_at: float | None = None


class Accounts:
    """Safe from any thread."""

    def __init__(
        self,
        store: Store,
        pepper: bytes,
        clock: Callable[[], float],
        randbits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._store = store
        self._pepper = pepper
        self._clock = clock
        self._randbits = randbits
        self._cache: dict[str, tuple[Key | None, float]] = {}  # digest -> (key, good until)

    def create_key(
        self, name: str, credits_microcredits: int = 0, models: tuple[str, ...] | None = None
    ) -> tuple[str, Key]:
        """A new account with its first key. Returns (the secret, shown this once; the key)."""
        if credits_microcredits < 0:
            raise BadParameter("credits", "credits must not be negative")
        now = self._clock()
        secret = f"SG_{self._randbits(64):016x}"
        key = Key(
            id=f"key_{self._randbits(64):016x}",
            account_id=f"acct_{self._randbits(64):016x}",
            name=name,
            models=models,
            created_at=now,
        )

        def work(tx: Tx) -> None:
            tx.new_account(key.account_id, name, now)
            slugs = None if models is None else list(models)
            tx.new_key(key.id, key.account_id, name, self._digest(secret), slugs, now)
            _grant(tx, key.account_id, credits_microcredits, "first grant", now)

        self._store.write(work)
        return secret, key

    def ensure_account(self, account_id: str, name: str, credits_microcredits: int) -> None:
        """Make an account without a key, with these credits, unless it is there (open mode's shared account)."""
        now = self._clock()

        def work(tx: Tx) -> None:
            if tx.new_account(account_id, name, now):
                _grant(tx, account_id, credits_microcredits, "first grant", now)

        self._store.write(work)

    def authenticate(self, secret: str) -> Key:
        """Raises Unauthenticated for unknown and revoked keys. Answers are remembered for at most five seconds."""
        now = self._clock()
        digest = self._digest(secret)
        key, good_until = self._cache.get(digest, (None, 0.0))
        if now >= good_until:
            key = self._find(digest)
            if len(self._cache) >= CACHE_ENTRIES:
                self._cache.clear()
            self._cache[digest] = (key, now + (UNKNOWN_SECONDS if key is None else KNOWN_SECONDS))
        if key is None:
            raise Unauthenticated
        return key

    def revoke(self, key_id: str) -> None:
        """Raises BadParameter for an unknown id. Repeatable."""
        now = self._clock()
        if not self._store.write(lambda tx: tx.revoke_key(key_id, now)):
            raise BadParameter("key_id", f"key_id {key_id} is not known")
        self._cache.clear()

    def list(self) -> list[Key]:
        """All keys, also revoked ones, oldest first."""
        return [_key(row) for row in self._store.read(lambda reads: reads.keys())]

    def grant(self, account_id: str, microcredits: int, reason: str) -> Balance:
        """Give credits, or take unheld ones back (negative). Raises InsufficientCredits, BadParameter."""
        now = self._clock()
        return self._store.write(lambda tx: _grant(tx, account_id, microcredits, reason, now))

    def balance(self, account_id: str) -> Balance:
        """Raises BadParameter for an unknown account."""
        balance = self._store.read(lambda reads: reads.balance(account_id))
        if balance is None:
            raise _unknown(account_id)
        return balance

    def _find(self, digest: str) -> Key | None:
        row = self._store.read(lambda reads: reads.key_by_digest(digest))
        return _key(row) if row is not None and row["revoked_at"] is None else None

    def _digest(self, secret: str) -> str:
        return hmac.new(self._pepper, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _grant(tx: Tx, account_id: str, amount: int, reason: str, now: float) -> Balance:
    balance = tx.move_money(account_id, available=amount, granted=amount)
    if balance is None:
        known = tx.balance(account_id)
        if known is None:
            raise _unknown(account_id)
        raise InsufficientCredits(f"only {known.available} micro-credits can be taken back")
    tx.write_ledger(account_id, Entry.GRANT, amount, now, reason=reason)
    return balance


def _unknown(account_id: str) -> BadParameter:
    return BadParameter("account_id", f"account_id {account_id} is not known")


def _key(row: Row) -> Key:
    models = None if row["models"] is None else tuple(json.loads(row["models"]))
    return Key(
        id=row["id"],
        account_id=row["account_id"],
        name=row["name"],
        models=models,
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
