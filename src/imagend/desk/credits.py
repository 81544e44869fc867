"""What accounts have: grants, refunds, balances and the ledger to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from imagend.core.errors import BadParameter, IdempotencyMismatch, InsufficientCredits, UnknownAccount, UnknownRequest
from imagend.core.ledger import Balance, Entry, to_credits
from imagend.store.base import Store
from imagend.store.rows import Row
from imagend.store.sql import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What an operator says to an entry of the ledger."""

    reason: str = ""
    actor: str = ""  # id of the operator's key, or how it came in
    reference: str | None = None  # the operator's own number: an entry of this account with it is made once


class Credits:
    """Safe from any thread. Amounts are micro-credits."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def balance(self, account_id: str) -> Balance:
        """Raises UnknownAccount."""
        balance = self._store.read(lambda reads: reads.balance(account_id), account_id)
        if balance is None:
            raise UnknownAccount(account_id)
        return balance

    def grant(self, account_id: str, microcredits: int, note: Note) -> Balance:
        """Give credits, or take unheld ones back (negative). Raises InsufficientCredits, UnknownAccount, and
        IdempotencyMismatch when the note's reference belongs to another entry."""
        now = self._clock()
        return self._store.write(lambda tx: write_grant(tx, account_id, microcredits, note, now))

    def refund(self, request_id: str, microcredits: int | None, note: Note) -> tuple[str, int]:
        """Give back what a completed request cost, or a part of it; None: all that is left. Also after the request is
        forgotten. Returns (account id, micro-credits given back). Raises UnknownRequest, BadParameter, and
        IdempotencyMismatch as `grant`."""
        now = self._clock()
        return self._store.write(lambda tx: _refund(tx, request_id, microcredits, note, now))

    def entries(self, account_id: str, after: int, most: int) -> list[Row]:
        """A page of the account's ledger from behind entry `after`. Raises UnknownAccount."""
        self.balance(account_id)
        return self._store.read(lambda reads: reads.entries(account_id, after, most), account_id)


def write_grant(tx: Tx, account_id: str, amount: int, note: Note, now: float) -> Balance:
    tx.lock_account(account_id)  # a second entry with this reference waits here, and then finds the first
    if _done(tx, account_id, Entry.GRANT, amount, None, note.reference):
        done = tx.balance(account_id)
        assert done is not None
        return done
    balance = tx.move_money(account_id, available=amount, granted=amount)
    if balance is None:
        known = tx.balance(account_id)
        if known is None:
            raise UnknownAccount(account_id)
        raise InsufficientCredits(f"only {known.available} micro-credits can be taken back")
    tx.write_ledger(
        account_id, Entry.GRANT, amount, now, reason=note.reason, actor=note.actor, reference=note.reference
    )
    return balance


def _refund(tx: Tx, request_id: str, amount: int | None, note: Note, now: float) -> tuple[str, int]:
    paid = tx.paid(request_id)
    if paid is None:
        raise UnknownRequest(request_id)
    account_id = paid["account_id"]
    tx.lock_account(account_id)
    paid = tx.paid(request_id) or paid  # as it is now that nobody else refunds
    done = _done(tx, account_id, Entry.REFUND, amount, request_id, note.reference)
    if done is not None:
        return account_id, done["amount"]
    left = paid["settled"] - paid["refunded"]
    back = left if amount is None else amount
    if not 0 < back <= left:
        raise BadParameter("amount", f"amount must be above 0 and at most {to_credits(left):g}, which is what is left")
    moved = tx.move_money(account_id, available=back, spent=-back)
    assert moved is not None, f"account {account_id} is gone"
    tx.write_ledger(
        account_id, Entry.REFUND, back, now,
        request_id=request_id, reason=note.reason, actor=note.actor, reference=note.reference,
    )  # fmt: skip
    model = paid["model"] or json.loads(paid["recipe"])["model"]
    tx.count_refund(paid | {"model": model}, back)
    return account_id, back


def _done(
    tx: Tx, account_id: str, kind: Entry, amount: int | None, request_id: str | None, reference: str | None
) -> Row | None:
    """The entry that was made with this reference, if it is the one that is asked for now."""
    entry = None if reference is None else tx.reference(account_id, reference)
    if entry is None:
        return None
    same = entry["kind"] == kind and entry["request_id"] == request_id and amount in (None, entry["amount"])
    if not same:
        raise IdempotencyMismatch(f"reference {reference} belongs to another entry")
    return entry
