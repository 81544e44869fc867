"""Checks the books while the server runs: I1 to I9 of desk/audit.py, a part of them at a time. Never corrects.

A round costs what happened since the last one and a part of what is old: sums are kept by account, every request with
new entries is looked at, and jobs, history and ledger are gone through again from their beginning. No statement is
about more than a slice of rows. A ledger that was long before its first check is summed first, a slice per transaction,
and goes on where it was when somebody stops it. A small database is checked whole in each round. Who is found wrong may
not order until an operator has looked.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from imagend.core.watch import UNWATCHED, Watch
from imagend.store.base import Store
from imagend.store.reconciling import BEGIN, Progress, Stretch, Sums, Violation
from imagend.store.rows import Row
from imagend.store.sql import Reads, Tx

logger = logging.getLogger(__name__)

CHORE = "reconcile"
ROWS_PER_ROUND = 50_000  # of what is old
ROWS_PER_STATEMENT = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """rows: of each table that are looked at again per round. slice: entries, requests or accounts per statement."""

    rows: int = ROWS_PER_ROUND
    slice: int = ROWS_PER_STATEMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One step on one snapshot, and how far the next one is to begin."""

    before: Progress
    progress: Progress
    head: dict[str, Sums]  # to be added to those that count
    again: dict[str, Sums] = field(default_factory=dict)  # to those that are drawn up anew
    violations: list[Violation] = field(default_factory=list)
    behind: bool = False  # the next step need not wait for its time


class Reconciler:
    """`run_once` may be called by any number of gateways at any time: one of them does it, and twice does no harm."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        *,
        gateway: str = "",
        turn_seconds: float = 300.0,
        pace: Pace = Pace(),
        watch: Watch = UNWATCHED,
        frozen: Callable[[], None] = lambda: None,
    ) -> None:
        """turn_seconds: how long no other gateway begins. frozen: called after an account was frozen."""
        self._store = store
        self._clock = clock
        self._gateway = gateway
        self._turn_seconds = turn_seconds
        self._pace = pace
        self._watch = watch
        self._frozen = frozen
        self.behind = False  # the next step need not wait for its time

    def chore(self) -> float | None:
        """One step; how soon the next one is wanted, in seconds, if sooner than usual."""
        self.run_once()
        return 0.0 if self.behind else None

    def run_once(self) -> list[Violation] | None:
        """A slice of the sums if they are far behind, else a round. What was found that was not known. None: another
        gateway does it."""
        now = self._clock()
        self.behind = False
        if not self._store.write(lambda tx: tx.take_chore(CHORE, self._gateway, now, now + self._turn_seconds)):
            self._watch.count("reconciler_runs_total", result="not_our_turn")
            return None
        findings = self._store.read(lambda reads: check(reads, self._pace, now))
        fresh = self._store.write(lambda tx: keep(tx, findings, self._pace, now))
        self.behind = findings.behind
        self._watch.count("reconciler_runs_total", result=_result(findings))
        for violation in fresh:
            self._watch.count("ledger_violations_found_total", invariant=violation.invariant)
            logger.error(
                "the books are wrong, account %s is frozen: %s", violation.account_id, violation.finding,
                extra={"action": "ledger_violation", "account": violation.account_id},
            )  # fmt: skip
        if fresh:
            self._frozen()
        return fresh


def _result(findings: Findings) -> str:
    if findings.violations:
        return "wrong"
    return "in_order" if findings.progress.finished_at != findings.before.finished_at else "unfinished"


def check(reads: Reads, pace: Pace, now: float) -> Findings:
    """One step; reads only."""
    reads.by_indexes()
    before, newest = reads.reconciliation()
    if before.seen_seq - before.head_seq > pace.slice:
        return _catch_up(reads, before, pace)
    return _round(reads, before, newest, pace, now)


def _catch_up(reads: Reads, before: Progress, pace: Pace) -> Findings:
    upto = before.head_seq + pace.slice
    fresh = reads.ledger_delta(before.head_seq, upto)
    return Findings(before=before, progress=replace(before, head_seq=upto), head=fresh, behind=True)


def _round(reads: Reads, before: Progress, newest: int, pace: Pace, now: float) -> Findings:
    """What the last round saw as the newest entry is the end of the sums that are kept. Where there was no last round
    and much to sum, the accounts wait for the next one."""
    settled = before.seen_seq
    whole = settled > 0 or newest <= pace.slice
    again_upto = min(before.again_seq + pace.rows, settled)
    complete = whole and again_upto >= settled
    jobs, after_job = _next_ids(reads, "jobs", before.after_job, pace)
    history, after_history = _next_ids(reads, "history", before.after_history, pace)
    fresh = _slices(settled if whole else max(0, newest - pace.rows), newest, pace.slice)
    old = _slices(before.again_seq, again_upto, pace.slice)
    stretches = [
        *(Stretch(after=after, upto=upto) for after, upto in fresh),
        *(Stretch(after_job=after, upto_job=upto) for after, upto in jobs),
        *(Stretch(after_history=after, upto_history=upto) for after, upto in history),
    ]
    violations = (
        *(_accounts(reads, before, newest, complete, pace, now) if whole else ()),
        *(one for stretch in stretches for row in reads.wrong_requests(stretch) for one in _request(row, now)),
        *_strays(reads, [*old, *fresh], now),
    )
    return Findings(
        before=before,
        violations=list({violation.id: violation for violation in violations}.values()),
        progress=replace(
            before,
            finished_at=now if whole else before.finished_at,
            generation=before.generation + 1 if complete else before.generation,
            seen_seq=newest,
            head_seq=settled,
            again_seq=0 if complete else again_upto,
            after_job=after_job,
            after_history=after_history,
        ),
        head={} if complete else _delta(reads, before.head_seq, settled, pace),
        again=_delta(reads, before.again_seq, again_upto, pace),
    )


def keep(tx: Tx, findings: Findings, pace: Pace, now: float) -> list[Violation]:
    """Write down how far it came and what is new, unless somebody else has written meanwhile."""
    before, progress = findings.before, findings.progress
    if tx.save_reconciliation(progress):
        for generation, sums in ((before.generation, findings.head), (before.generation + 1, findings.again)):
            if sums:
                tx.add_ledger_sums(generation, sums)
        tx.forget_ledger_sums(progress.generation, pace.slice)
    fresh = [violation for violation in findings.violations if tx.new_violation(violation)]
    for account_id in sorted({one.account_id for one in fresh if one.account_id is not None}):
        tx.freeze_account(account_id, now)
    return fresh


def _slices(after: int, upto: int, most: int) -> list[tuple[int, int]]:
    """(after, upto] in pieces of at most `most`."""
    return [(start, min(start + most, upto)) for start in range(after, upto, most)]


def _next_ids(reads: Reads, table: str, after: str, pace: Pace) -> tuple[list[tuple[str, str]], str]:
    """The next `rows` ids in pieces of a slice, and where the next round goes on."""
    pieces: list[tuple[str, str]] = []
    for _ in range(0, pace.rows, pace.slice):
        upto, go_on = reads.some_ids(table, after, min(pace.slice, pace.rows))
        pieces.append((after, upto))
        after = go_on
        if after == BEGIN:
            break
    return pieces, after


def _delta(reads: Reads, after: int, upto: int, pace: Pace) -> dict[str, Sums]:
    """Sums of the entries in (after, upto], by account."""
    total: dict[str, Sums] = {}
    for start, end in _slices(after, upto, pace.slice):
        for account_id, sums in reads.ledger_delta(start, end).items():
            total[account_id] = total.get(account_id, Sums()).plus(sums)
    return total


def _accounts(
    reads: Reads, before: Progress, newest: int, complete: bool, pace: Pace, now: float
) -> Iterator[Violation]:
    """I1, I2, I6 and I7 of every account: the sums that are kept, and what came after them. complete: also by those
    that were drawn up anew."""
    passes = [(before.generation, _delta(reads, before.head_seq, newest, pace))]
    if complete:
        passes.append((before.generation + 1, _delta(reads, before.again_seq, newest, pace)))
    after = BEGIN
    while page := reads.account_books(after, pace.slice):
        last = page[-1]["id"]
        for generation, fresh in passes:
            kept = reads.ledger_sums(generation, after, last)
            for row in page:
                sums = kept.get(row["id"], Sums()).plus(fresh.get(row["id"], Sums()))
                for invariant, words in _account(row, sums):
                    yield _violation(invariant, row["id"], f"account {row['id']}: {words}", now)
        after = last


def _account(row: Row, sums: Sums) -> Iterator[tuple[str, str]]:
    """Differences, not amounts: so a finding stays the same while the account goes on moving."""
    if min(row["available"], row["held"], row["spent"], row["granted"]) < 0:
        yield "I1", "an amount is negative"
    if difference := row["available"] + row["held"] + row["spent"] - row["granted"]:
        yield "I2", f"available + held + spent is {difference} more than granted"
    if difference := row["held"] - row["open_held"]:
        yield "I6", f"held is {difference} more than its open requests reserved"
    expected = {
        "available": sums.granted - sums.reserved + sums.returned + sums.refunded,
        "held": sums.reserved - sums.settled - sums.returned,
        "spent": sums.settled - sums.refunded,
        "granted": sums.granted,
    }
    for name, amount in expected.items():
        if difference := row[name] - amount:
            yield "I7", f"{name} is {difference} more than its ledger says"


def _request(row: Row, now: float) -> Iterator[Violation]:
    said = []
    if row["reserves"] != 1 or row["reserved"] != row["cost"] or row["strangers"]:
        said.append(("I3", f"has {row['reserves']} reserves of {row['reserved']} for a cost of {row['cost']}"))
    if row["settles"] + row["releases"] != int(row["state"] in ("COMPLETED", "FAILED")):
        said.append(("I4", f"is {row['state']} with {row['settles']} settles and {row['releases']} releases"))
    if row["settled"] > row["cost"]:
        said.append(("I5", f"settled {row['settled']} of {row['cost']}"))
    if bool(row["settles"]) != (row["state"] == "COMPLETED") or bool(row["releases"]) != (row["state"] == "FAILED"):
        said.append(("I8", f"is {row['state']} with {row['settles']} settles and {row['releases']} releases"))
    if row["refunded"] > row["settled"]:
        said.append(("I9", f"was refunded {row['refunded']} of {row['settled']}"))
    for invariant, words in said:
        yield _violation(invariant, row["account_id"], f"request {row['id']} {words}", now)


def _strays(reads: Reads, slices: list[tuple[int, int]], now: float) -> Iterator[Violation]:
    """I3 from the other side: entries whose request nobody knows."""
    for after, upto in slices:
        for row in reads.entries_without_request(after, upto):
            words = f"the ledger names request {row['request_id']}, which nobody knows"
            yield _violation("I3", row["account_id"], words, now)


def _violation(invariant: str, account_id: str | None, words: str, now: float) -> Violation:
    finding = f"{invariant}: {words}"
    name = hashlib.sha256(finding.encode()).hexdigest()[:32]
    return Violation(id=name, invariant=invariant, account_id=account_id, finding=finding, found_at=now)
