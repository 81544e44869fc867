"""The books, checked: invariants I1 to I10 of jobs and money. Reports; never corrects.

I1 no amount is negative. I2 available + held + spent = granted. I3 every job has exactly one reserve, every entry and
every idempotency key a job. I4 a final job has exactly one of settle and release, another none. I5 settle <= reserve.
I6 held is what open jobs reserved. I7 the ledger, replayed, gives the accounts. I8 COMPLETED has settled, FAILED has
released. I9 refunds of a request <= its settle. I10 the sums of usage are those of jobs and ledger.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from imagend.core.errors import InsufficientCredits
from imagend.core.job import State
from imagend.core.ledger import Balance, Entry, capture, grant, hold, refund, release
from imagend.store.accounts import day_of
from imagend.store.base import Store
from imagend.store.rows import Row
from imagend.store.sql import Reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One snapshot of everything."""

    accounts: list[Row]
    jobs: list[Row]  # living and forgotten
    ledger: list[Row]  # in the order it was written
    lost_keys: list[Row]  # idempotency keys whose request nobody knows
    usage: list[Row]  # sums by account, day, key and model


def audit(store: Store) -> list[str]:
    """Every broken invariant as one sentence that starts with its number; empty when all is well."""
    books = store.read(_copy)
    return [*_accounts(books), *_jobs(books), *_replay(books), *_lost(books), *_usage(books)]


def _copy(reads: Reads) -> Books:
    return Books(
        accounts=reads.audit("accounts"),
        jobs=reads.audit("jobs"),
        ledger=reads.audit("ledger"),
        lost_keys=reads.audit("idempotency"),
        usage=reads.audit("usage"),
    )


def _entries(books: Books) -> dict[str, list[Row]]:
    """request id -> its ledger rows."""
    entries: dict[str, list[Row]] = defaultdict(list)
    for row in books.ledger:
        if row["request_id"] is not None:
            entries[row["request_id"]].append(row)
    return entries


def _accounts(books: Books) -> Iterator[str]:
    open_holds: dict[str, int] = defaultdict(int)
    for job in books.jobs:
        if not State(job["state"]).final:
            open_holds[job["account_id"]] += job["cost_microcredits"]
    for row in books.accounts:
        if min(row["available"], row["held"], row["spent"], row["granted"]) < 0:
            yield f"I1: account {row['id']} has a negative amount"
        if row["available"] + row["held"] + row["spent"] != row["granted"]:
            yield f"I2: account {row['id']}: available + held + spent is not granted"
        if row["held"] != open_holds[row["id"]]:
            yield f"I6: account {row['id']} holds {row['held']}, its open jobs {open_holds[row['id']]}"


def _jobs(books: Books) -> Iterator[str]:
    entries = _entries(books)
    known = {job["id"] for job in books.jobs}
    if len(known) != len(books.jobs):
        yield "I3: a job is both living and forgotten"
    for job in books.jobs:
        yield from _one_job(job, entries.get(job["id"], []))
    for request_id in entries.keys() - known:
        yield f"I3: the ledger names {request_id}, which is no job"


def _one_job(job: Row, entries: list[Row]) -> Iterator[str]:
    amounts: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        amounts[entry["kind"]].append(entry["amount"])
        if entry["account_id"] != job["account_id"]:
            yield f"I3: {job['id']} has an entry of another account"
    if amounts["reserve"] != [job["cost_microcredits"]]:
        yield f"I3: {job['id']} reserved {amounts['reserve']} instead of {job['cost_microcredits']}"
    settled, released = amounts["settle"], amounts["release"]
    if len(settled) + len(released) != int(State(job["state"]).final):
        yield f"I4: {job['id']} is {job['state']} with {len(settled)} settles and {len(released)} releases"
    if sum(settled) > job["cost_microcredits"]:
        yield f"I5: {job['id']} settled more than it reserved"
    if sum(amounts["refund"]) > sum(settled):
        yield f"I9: {job['id']} was refunded {amounts['refund']} of {settled}"
    if bool(settled) != (job["state"] == State.COMPLETED) or bool(released) != (job["state"] == State.FAILED):
        yield f"I8: {job['id']} is {job['state']}, paid {settled}, given back {released}"


def _replay(books: Books) -> Iterator[str]:
    """I7, with the arithmetic of core/ledger.py instead of the store's."""
    balances: dict[str, Balance] = defaultdict(Balance)
    reserved: dict[str, int] = {}
    for row in books.ledger:
        account = row["account_id"]
        try:
            balances[account] = _step(balances[account], row, reserved)
        except (AssertionError, InsufficientCredits, KeyError) as error:
            yield f"I7: ledger entry {row['kind']} of {row['request_id']} cannot be replayed: {error!r}"
            return
    for row in books.accounts:
        found = {name: amount for name, amount in row.items() if name != "id"}
        if asdict(balances[row["id"]]) != found:
            yield f"I7: account {row['id']} has {found}, the ledger says {balances[row['id']]}"


def _step(balance: Balance, row: Row, reserved: dict[str, int]) -> Balance:
    kind, amount, request_id = Entry(row["kind"]), row["amount"], row["request_id"]
    if kind is Entry.GRANT:
        return grant(balance, amount)
    if kind is Entry.RESERVE:
        reserved[request_id] = amount
        return hold(balance, amount)
    if kind is Entry.SETTLE:
        return capture(balance, reserved.pop(request_id), amount)
    if kind is Entry.REFUND:
        return refund(balance, amount)
    return release(balance, reserved.pop(request_id))


def _usage(books: Books) -> Iterator[str]:
    """I10, model by model summed: a forgotten order's model is not looked up for it."""
    entries = _entries(books)
    expected: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for job in books.jobs:
        amounts = Counter({"requests": 1, str(job["state"]): 1})
        for entry in entries.get(job["id"], []):
            amounts[entry["kind"]] += entry["amount"]
        amounts["held"] = 0 if State(job["state"]).final else amounts["reserve"]
        expected[job["account_id"], day_of(job["created_at"]), job["key_id"] or ""] += amounts
    names = {"requests": "requests", "completed": State.COMPLETED, "failed": State.FAILED, "held": "held",
             "spent": "settle", "refunded": "refund"}  # fmt: skip
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in books.usage:
        place = row["account_id"], row["day"], row["key_id"]
        found[place] += Counter({name: row[name] for name in names})
    for place in expected.keys() | found.keys():
        wanted = {name: expected[place][source] for name, source in names.items()}
        if wanted != {name: found[place][name] for name in names}:
            yield f"I10: the usage of {place} is {dict(found[place])}, jobs and ledger say {wanted}"


def _lost(books: Books) -> Iterator[str]:
    for row in books.lost_keys:
        yield f"I3: the idempotency key {row['key']} of {row['account_id']} names {row['request_id']}, which is no job"
