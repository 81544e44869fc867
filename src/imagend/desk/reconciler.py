"""Checks the books while the server runs: I1 to I9 of desk/audit.py, a part of them at a time. Never corrects.

A round costs what happened since the last one and a slice of what is old: sums are kept by account, every request with
new entries is looked at, and jobs, history and ledger are gone through again from their beginning, `rows` at a time.
A small database is checked whole in each round. Who is found wrong may not order until an operator has looked.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imagend.core.watch import UNWATCHED, Watch
from imagend.store.base import Store
from imagend.store.reconciling import Progress, Stretch, Sums, Violation
from imagend.store.rows import Row
from imagend.store.sql import Reads, Tx

logger = logging.getLogger(__name__)

CHORE = "reconcile"
ROWS_PER_ROUND = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One round on one snapshot, and how far the next one is to begin."""

    violations: list[Violation]
    progress: Progress
    before: float | None  # when the round was finished that it goes on from
    head: dict[str, Sums]  # to be added
    again: dict[str, Sums]
    complete: bool  # `again` has come to the end


class Reconciler:
    """`run_once` may be called by any number of gateways at any time: one of them does it, and twice does no harm."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        *,
        gateway: str = "",
        turn_seconds: float = 300.0,
        rows: int = ROWS_PER_ROUND,
        watch: Watch = UNWATCHED,
        frozen: Callable[[], None] = lambda: None,
    ) -> None:
        """turn_seconds: how long no other gateway begins. frozen: called after an account was frozen."""
        self._store = store
        self._clock = clock
        self._gateway = gateway
        self._turn_seconds = turn_seconds
        self._rows = rows
        self._watch = watch
        self._frozen = frozen

    def run_once(self) -> list[Violation] | None:
        """What was found that was not known. None: another gateway does it."""
        now = self._clock()
        if not self._store.write(lambda tx: tx.take_chore(CHORE, self._gateway, now, now + self._turn_seconds)):
            self._watch.count("reconciler_runs_total", result="not_our_turn")
            return None
        findings = self._store.read(lambda reads: check(reads, self._rows, now))
        fresh = self._store.write(lambda tx: keep(tx, findings, now))
        self._watch.count("reconciler_runs_total", result="wrong" if findings.violations else "in_order")
        for violation in fresh:
            self._watch.count("ledger_violations_found_total", invariant=violation.invariant)
            logger.error(
                "the books are wrong, account %s is frozen: %s", violation.account_id, violation.finding,
                extra={"action": "ledger_violation", "account": violation.account_id},
            )  # fmt: skip
        if fresh:
            self._frozen()
        return fresh


def check(reads: Reads, rows: int, now: float) -> Findings:
    """One round; reads only. What the last round saw as the newest entry is the end of the sums that are kept."""
    before, newest, finished_at = reads.reconciliation()
    settled = before.seen_seq
    again_upto = min(before.again_seq + rows, settled)
    complete = again_upto >= settled
    upto_job, after_job = reads.some_ids("jobs", before.after_job, rows)
    upto_history, after_history = reads.some_ids("history", before.after_history, rows)
    stretch = Stretch(
        after=max(before.seen_seq, newest - rows), upto=newest,
        after_job=before.after_job, upto_job=upto_job,
        after_history=before.after_history, upto_history=upto_history,
    )  # fmt: skip
    passes = ["again", "head"] if complete else ["head"]
    found = {violation.id: violation for violation in (
        *(one for which in passes for one in _accounts(reads, before, which, newest, now)),
        *(one for row in reads.wrong_requests(stretch) for one in _request(row, now)),
        *_strays(reads, before, again_upto, newest, rows, now),
    )}  # fmt: skip
    return Findings(
        violations=list(found.values()),
        before=finished_at,
        progress=Progress(
            seen_seq=newest,
            head_seq=settled,
            again_seq=0 if complete else again_upto,
            after_job=after_job,
            after_history=after_history,
        ),
        head={} if complete else reads.ledger_delta(before.head_seq, settled),
        again=reads.ledger_delta(before.again_seq, again_upto),
        complete=complete,
    )


def keep(tx: Tx, findings: Findings, now: float) -> list[Violation]:
    """Write down how far it came and what is new, unless somebody else has written meanwhile."""
    if tx.save_reconciliation(findings.progress, findings.before, now):
        for which, sums in (("head", findings.head), ("again", findings.again)):
            for account_id in sorted(sums):
                tx.add_ledger_sums(which, account_id, sums[account_id])
        if findings.complete:
            tx.promote_ledger_sums()
    fresh = [violation for violation in findings.violations if tx.new_violation(violation)]
    for account_id in sorted({one.account_id for one in fresh if one.account_id is not None}):
        tx.freeze_account(account_id, now)
    return fresh


def _accounts(reads: Reads, before: Progress, which: str, newest: int, now: float) -> Iterator[Violation]:
    """I1, I2, I6 and I7 of every account: the sums that are kept, and what came after them."""
    since = before.head_seq if which == "head" else before.again_seq
    kept, fresh = reads.ledger_sums(which), reads.ledger_delta(since, newest)
    for row in reads.account_books():
        sums = kept.get(row["id"], Sums()).plus(fresh.get(row["id"], Sums()))
        for invariant, words in _account(row, sums):
            yield _violation(invariant, row["id"], f"account {row['id']}: {words}", now)


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


def _strays(reads: Reads, before: Progress, again_upto: int, newest: int, rows: int, now: float) -> Iterator[Violation]:
    """I3 from the other side: entries whose request nobody knows."""
    for after, upto in ((before.again_seq, again_upto), (max(before.seen_seq, newest - rows), newest)):
        for row in reads.entries_without_request(after, upto):
            words = f"the ledger names request {row['request_id']}, which nobody knows"
            yield _violation("I3", row["account_id"], words, now)


def _violation(invariant: str, account_id: str | None, words: str, now: float) -> Violation:
    finding = f"{invariant}: {words}"
    name = hashlib.sha256(finding.encode()).hexdigest()[:32]
    return Violation(id=name, invariant=invariant, account_id=account_id, finding=finding, found_at=now)
