"""Who may ask: accounts and their API keys. What they have is in credits.py, what they used in usage.py.

Keys are kept as HMAC-SHA256(pepper, key): a stolen database is no use without the pepper, which lies in a file of its
own. Works on any Store: the server's, or the short-lived one of a command beside it (docs/decisions/0003).
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from imagend.core.errors import BadParameter, Unauthenticated, UnknownAccount, UnknownKey
from imagend.core.ledger import Balance
from imagend.core.watch import UNWATCHED, Watch
from imagend.desk.credits import Credits, Note, write_grant
from imagend.desk.hints import Hints, KeysChanged, Missed
from imagend.desk.keys import AccountTerms, Key, changeable, key_from_row
from imagend.desk.usage import Usage
from imagend.store.base import Store
from imagend.store.reconciling import Violation
from imagend.store.rows import Row
from imagend.store.sql import Tx

__all__ = ["Account", "AccountTerms", "Accounts", "Key"]

KNOWN_SECONDS = 5.0  # a revoked key is accepted at most this long
UNKNOWN_SECONDS = 1.0
T = TypeVar("T")

CACHE_ENTRIES = 10_000
MAX_VIOLATIONS = 100  # shown
TOUCH_SECONDS = 3600.0  # how exactly the last use of a key is known
_IMPORTABLE = re.compile(r"[\x21-\x7e]{8,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: str
    name: str
    created_at: float
    balance: Balance
    terms: AccountTerms
    weight: float = 1.0  # its share of the workers: twice that of an account of weight 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """How the check of the books stands."""

    checked_at: float | None
    frozen_accounts: int
    violations: tuple[Violation, ...]  # the oldest


class Accounts:
    """Safe from any thread."""

    def __init__(
        self,
        store: Store,
        pepper: bytes,
        clock: Callable[[], float],
        randbits: Callable[[int], int] = secrets.randbits,
        watch: Watch = UNWATCHED,
        hints: Hints | None = None,
    ) -> None:
        """hints: to other gateways, which remember keys too."""
        self._store = store
        self._pepper = pepper
        self._clock = clock
        self._randbits = randbits
        self._watch = watch
        self._cache: dict[str, tuple[Key | None, float]] = {}  # digest -> (key, good until)
        self._forgotten = 0  # how often the cache was emptied: what was read before may be old
        self._hints = hints or Hints()
        self._hints.subscribe(KeysChanged, lambda _: self._forget())
        self._hints.subscribe(Missed, lambda _: self._forget())
        self.credits = Credits(store, clock)
        self.usage = Usage(store)

    # --- keys

    def create_key(
        self, name: str, credits_microcredits: int = 0, models: tuple[str, ...] | None = None,
        *, terms: Mapping[str, Any] | None = None, secret: str | None = None, long: bool = False, actor: str = "",
    ) -> tuple[str, Key]:  # fmt: skip
        """A new account with its first key. Returns (the secret, shown this once; the key).

        terms: fields of Key that differ from the default. secret: an existing key to import, of any shape; else one is
        made, "SG_" with 16 hexadecimal digits or, if `long`, with 43 characters. Raises BadParameter.
        """
        if credits_microcredits < 0:
            raise BadParameter("credits", "credits must not be negative")
        now, secret = self._clock(), self._secret(secret, long)
        key = self._new_key(self._new_id("acct"), now, {"name": name, "models": models, **(terms or {})})
        note = Note(reason="first grant", actor=actor)

        def work(tx: Tx) -> None:
            tx.new_account(key.account_id, name, now)
            self._insert(tx, key, secret)
            write_grant(tx, key.account_id, credits_microcredits, note, now)

        self._forget_after(work)
        return secret, key

    def add_key(
        self, account_id: str, terms: Mapping[str, Any], *, secret: str | None = None, long: bool = False
    ) -> tuple[str, Key]:
        """Another key of an account. Arguments as in `create_key`; terms must have a name."""
        if "name" not in terms:
            raise BadParameter("name", "name must be given")
        secret = self._secret(secret, long)
        key = replace(self._new_key(account_id, self._clock(), terms), account=self.account(account_id).terms)
        self._forget_after(lambda tx: self._insert(tx, key, secret))
        return secret, key

    def key(self, key_id: str) -> Key:
        """Raises UnknownKey."""
        row = self._store.read(lambda reads: reads.key(key_id))
        if row is None:
            raise UnknownKey(key_id)
        return key_from_row(row)

    def change_key(self, key_id: str, changes: Mapping[str, Any]) -> Key:
        """Give fields of Key, from `scopes` on and name and models, other values. Raises UnknownKey."""

        def work(tx: Tx) -> Key:
            tx.lock_name(key_id)
            row = tx.key(key_id)
            if row is None:
                raise UnknownKey(key_id)
            key = replace(key_from_row(row), **changes)
            tx.change_key(changeable(key))
            return key

        return self._forget_after(work)

    def revoke(self, key_id: str) -> None:
        """Raises UnknownKey. Repeatable."""
        now = self._clock()

        def work(tx: Tx) -> None:
            if not tx.revoke_key(key_id, now):
                raise UnknownKey(key_id)

        self._forget_after(work)

    def list(self, account_id: str | None = None) -> list[Key]:
        """All keys, or an account's, also revoked ones, oldest first."""
        return [key_from_row(row) for row in self._store.read(lambda reads: reads.keys(account_id))]

    def page_of_keys(self, after: str, most: int) -> tuple[Key, ...]:
        """In order of their ids, from behind the id `after`."""
        return tuple(key_from_row(row) for row in self._store.read(lambda reads: reads.keys_page(after, most)))

    # --- authentication

    def authenticate(self, secret: str) -> Key:
        """Raises Unauthenticated for unknown, expired and revoked keys. May read the database; what it says is
        remembered for at most five seconds."""
        now, digest = self._clock(), self._digest(secret)
        key = self._known(digest, now)
        if key is None:
            key = self._find(digest, now)
        return _active(key, now)

    def recall(self, secret: str) -> Key | None:
        """As `authenticate` for a key that was seen in the last seconds, without a look into the database; None for
        any other."""
        now = self._clock()
        key = self._known(self._digest(secret), now)
        return key if key is None else _active(key, now)

    def _known(self, digest: str, now: float) -> Key | None:
        """Raises Unauthenticated for a key that was unknown a moment ago."""
        key, good_until = self._cache.get(digest, (None, 0.0))
        if now >= good_until:
            return None
        self._watch.count("key_lookups_total", result="hit")
        if key is None:
            raise Unauthenticated
        return key

    def _find(self, digest: str, now: float) -> Key | None:
        self._watch.count("key_lookups_total", result="miss")
        forgotten = self._forgotten
        row = self._store.read(lambda reads: reads.key_by_digest(digest))
        key = None if row is None else key_from_row(row)
        if len(self._cache) >= CACHE_ENTRIES:
            self._cache.clear()
        if forgotten == self._forgotten:
            self._cache[digest] = (key, now + (UNKNOWN_SECONDS if key is None else KNOWN_SECONDS))
        if key is not None and key.active(now) and now - (key.last_used_at or 0.0) >= TOUCH_SECONDS:
            self._store.later(lambda tx: tx.touch_key(key.id, now))
        return key

    # --- accounts

    def create_account(
        self, name: str, credits_microcredits: int = 0, terms: Mapping[str, Any] | None = None, actor: str = ""
    ) -> Account:
        """An account without a key. terms: as the changes of `change_account`. Raises BadParameter."""
        if credits_microcredits < 0:
            raise BadParameter("credits", "credits must not be negative")
        now, account_id = self._clock(), self._new_id("acct")

        def work(tx: Tx) -> Account:
            tx.new_account(account_id, name, now)
            _change(tx, account_id, terms or {}, now)
            if credits_microcredits:
                write_grant(tx, account_id, credits_microcredits, Note(reason="first grant", actor=actor), now)
            return _account(tx.account(account_id), account_id)

        return self._store.write(work)

    def ensure_account(self, account_id: str, name: str, credits_microcredits: int) -> None:
        """Make an account without a key, with these credits, unless it is there (open mode's shared account)."""
        now = self._clock()

        def work(tx: Tx) -> None:
            if tx.new_account(account_id, name, now):
                write_grant(tx, account_id, credits_microcredits, Note(reason="first grant"), now)

        self._store.write(work)

    def account(self, account_id: str) -> Account:
        """Raises UnknownAccount."""
        return _account(self._store.read(lambda reads: reads.account(account_id)), account_id)

    def page_of_accounts(self, after: str, most: int) -> tuple[Account, ...]:
        """In order of their ids, from behind the id `after`."""
        rows = self._store.read(lambda reads: reads.accounts_page(after, most))
        return tuple(_account(row, row["id"]) for row in rows)

    def change_account(self, account_id: str, changes: Mapping[str, Any]) -> Account:
        """changes: `name`, `weight` and fields of AccountTerms. Raises UnknownAccount."""
        now = self._clock()
        return self._forget_after(lambda tx: _change(tx, account_id, changes, now))

    def forget_keys(self) -> None:
        """Look keys up anew, at every gateway: somebody has changed what their accounts may do."""
        self._forget()
        self._hints.publish(KeysChanged())

    def books(self) -> Books:
        """What the check of the books has found and nobody has accepted."""
        return self._store.read(
            lambda reads: Books(
                checked_at=reads.reconciliation()[0].finished_at,
                frozen_accounts=reads.frozen_accounts(),
                violations=tuple(reads.violations(MAX_VIOLATIONS)),
            )
        )

    def grant(self, account_id: str, microcredits: int, reason: str) -> Balance:
        """Give credits, or take unheld ones back (negative). Raises InsufficientCredits, UnknownAccount."""
        return self.credits.grant(account_id, microcredits, Note(reason=reason))

    def balance(self, account_id: str) -> Balance:
        """Raises UnknownAccount."""
        return self.credits.balance(account_id)

    # --- pieces

    def _forget_after(self, work: Callable[[Tx], T]) -> T:
        """Keys are looked up anew, at every gateway, once this is on disk."""
        done = self._store.write(work)
        self.forget_keys()
        return done

    def _forget(self) -> None:
        self._forgotten += 1
        self._cache.clear()

    def _new_id(self, kind: str) -> str:
        return f"{kind}_{self._randbits(64):016x}"

    def _new_key(self, account_id: str, now: float, terms: Mapping[str, Any]) -> Key:
        fields = {"models": None, **terms}
        return Key(id=self._new_id("key"), account_id=account_id, created_at=now, **fields)

    def _secret(self, given: str | None, long: bool) -> str:
        if given is not None:
            if not _IMPORTABLE.fullmatch(given):
                raise BadParameter("key", "key must be 8 to 512 printable ASCII characters without spaces")
            return given
        if long:
            return "SG_" + base64.urlsafe_b64encode(self._randbits(256).to_bytes(32)).decode().rstrip("=")
        return f"SG_{self._randbits(64):016x}"

    def _insert(self, tx: Tx, key: Key, secret: str) -> None:
        digest = self._digest(secret)
        tx.lock_name(digest)
        if tx.key_by_digest(digest) is not None:
            raise BadParameter("key", "key is in use already")
        values: Row = {**changeable(key), "account_id": key.account_id, "digest": digest, "now": key.created_at}
        tx.new_key(values)

    def _digest(self, secret: str) -> str:
        return hmac.digest(self._pepper, secret.encode("utf-8", "surrogatepass"), "sha256").hex()


def _active(key: Key | None, now: float) -> Key:
    if key is None or not key.active(now):
        raise Unauthenticated
    return key


def _change(tx: Tx, account_id: str, changes: Mapping[str, Any], now: float) -> Account:
    tx.lock_account(account_id)
    before = _account(tx.account(account_id), account_id)
    fields = {name: value for name, value in changes.items() if name not in ("name", "weight")}
    terms = asdict(replace(before.terms, **fields))
    disabled_at, frozen_at = terms.pop("disabled_at"), terms.pop("frozen_at")
    limits = {name: value for name, value in terms.items() if value is not None}
    name = changes.get("name", before.name)
    tx.change_account(account_id, name=name, terms=json.dumps(limits), disabled_at=disabled_at, frozen_at=frozen_at)
    if frozen_at is None:
        tx.accept_violations(account_id, now)
    tx.set_fair_weight(account_id, changes.get("weight", before.weight))
    return _account(tx.account(account_id), account_id)


def _account(row: Row | None, account_id: str) -> Account:
    if row is None:
        raise UnknownAccount(account_id)
    return Account(
        id=row["id"],
        name=row["name"],
        created_at=row["created_at"],
        balance=Balance(**{name: row[name] for name in ("available", "held", "spent", "granted")}),
        terms=AccountTerms(**json.loads(row["terms"]), disabled_at=row["disabled_at"], frozen_at=row["frozen_at"]),
        weight=row["fair_weight"],
    )
