"""Money as arithmetic on integers: hold at submit, capture or release once at the end.

1 credit = 1,000,000 micro-credits (= 1 USD in the default prices). Invariant of every account:
available + held + spent = granted, and none of the four is negative.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from decimal import Decimal

from imagend.core.errors import InsufficientCredits

MICRO = 1_000_000


class Entry(enum.StrEnum):
    """Kinds of ledger rows. (request_id, kind) is unique for reserve, settle and release."""

    GRANT = "grant"
    RESERVE = "reserve"
    SETTLE = "settle"
    RELEASE = "release"
    REFUND = "refund"  # after completion, by an operator; all refunds of a request <= its settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One account's money in micro-credits."""

    available: int = 0
    held: int = 0
    spent: int = 0
    granted: int = 0

    def __post_init__(self) -> None:
        assert min(self.available, self.held, self.spent, self.granted) >= 0, self
        assert self.available + self.held + self.spent == self.granted, self


def grant(balance: Balance, amount: int) -> Balance:
    """The operator gives (or, if negative, takes back unheld) credits."""
    if balance.available + amount < 0:
        raise InsufficientCredits(f"only {balance.available} micro-credits can be taken back")
    return replace(balance, available=balance.available + amount, granted=balance.granted + amount)


def hold(balance: Balance, cost: int) -> Balance:
    if balance.available < cost:
        raise InsufficientCredits
    return replace(balance, available=balance.available - cost, held=balance.held + cost)


def capture(balance: Balance, reserved: int, cost: int) -> Balance:
    """Settle a hold of `reserved` at the real `cost` <= reserved; the rest becomes available again."""
    assert 0 <= cost <= reserved, (cost, reserved)
    return replace(
        balance,
        available=balance.available + reserved - cost,
        held=balance.held - reserved,
        spent=balance.spent + cost,
    )


def release(balance: Balance, reserved: int) -> Balance:
    return capture(balance, reserved, 0)


def refund(balance: Balance, amount: int) -> Balance:
    """Give spent credits back; the caller knows that the request's settle covers all its refunds."""
    assert 0 <= amount <= balance.spent, (amount, balance)
    return replace(balance, available=balance.available + amount, spent=balance.spent - amount)


def to_credits(microcredits: int) -> float:
    """For display only; nothing is ever computed from it."""
    return microcredits / MICRO


def to_microcredits(text: str) -> int:
    """Parse a decimal number of credits, exact to six places. Raises ValueError otherwise."""
    try:
        amount = Decimal(text) * MICRO
    except ArithmeticError as error:  # no number, or one beyond all exponents
        raise ValueError(f"not a number of credits: {text[:40]!r}") from error
    if not amount.is_finite() or abs(amount) >= 2**63:
        raise ValueError(f"not a number of credits that anybody has: {text[:40]!r}")
    if amount != amount.to_integral_value():
        raise ValueError(f"credits have at most six decimals: {text[:40]!r}")
    return int(amount)
