"""Verbs of the reconciler: sums of the ledger by account, requests whose entries do not fit, what was found wrong."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from imagend.store.rows import Row, Verbs

BEGIN, END = "", "zzzzzzzz"  # before and after every id, whatever the collation


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Of one account's ledger, in micro-credits."""

    granted: int = 0
    reserved: int = 0
    settled: int = 0
    returned: int = 0  # of reserves: released, or not needed by a settle
    refunded: int = 0

    def plus(self, other: Sums) -> Sums:
        mine, theirs = asdict(self), asdict(other)
        return Sums(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the books are checked; see migrations 0010 and 0012."""

    step: int = 0
    finished_at: float | None = None  # when all accounts were compared with the ledger the last time, epoch seconds
    generation: int = 0  # of the sums that count; those that are drawn up anew have the next number
    seen_seq: int = 0
    head_seq: int = 0
    again_seq: int = 0
    after_job: str = BEGIN
    after_history: str = BEGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Requests to look at: those with entries in (after, upto], and those with ids in two ranges."""

    after: int = 0
    upto: int = 0
    after_job: str = BEGIN
    upto_job: str = BEGIN
    after_history: str = BEGIN
    upto_history: str = BEGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    id: str  # the same for the same finding
    invariant: str  # I1 to I9
    account_id: str | None
    finding: str
    found_at: float


class ReconcileReads(Verbs):
    def by_indexes(self) -> None:
        """For the rest of the transaction: a statement touches what it is about, however large the tables are."""
        self._run("by_indexes", {})

    def reconciliation(self) -> tuple[Progress, int]:
        """(how far, the newest entry)."""
        row = self._run("reconciliation", {})[0]
        newest = row.pop("newest")
        return Progress(**row), newest

    def ledger_delta(self, after: int, upto: int) -> dict[str, Sums]:
        """Sums of the entries in (after, upto], by account."""
        return _by_account(self._run("ledger_delta", {"after": after, "upto": upto}))

    def ledger_sums(self, generation: int, after: str, upto: str) -> dict[str, Sums]:
        """Those that are kept of the accounts with ids in (after, upto]."""
        return _by_account(self._run("ledger_sums", {"generation": generation, "after": after, "upto": upto}))

    def account_books(self, after: str, most: int) -> list[Row]:
        """The next `most` accounts by id: id, available, held, spent, granted, and open_held: what its open jobs
        reserved."""
        return self._run("account_books", {"after": after, "most": most})

    def wrong_requests(self, stretch: Stretch) -> list[Row]:
        """Requests whose entries break I3, I4, I5, I8 or I9: id, account_id, state, cost and what was found."""
        return self._run("wrong_requests", asdict(stretch))

    def entries_without_request(self, after: int, upto: int) -> list[Row]:
        return self._run("entries_without_request", {"after": after, "upto": upto})

    def some_ids(self, table: str, after: str, most: int) -> tuple[str, str]:
        """(the last of the next `most` ids, where to go on after them); table: jobs or history."""
        row = self._run(f"some_{table}", {"after": after, "most": most})[0]
        return (END, BEGIN) if row["found"] < most else (row["last"], row["last"])

    def violations(self, most: int) -> list[Violation]:
        """What is wrong and not accepted, oldest first."""
        return [Violation(**row) for row in self._run("violations", {"most": most})]

    def violation_counts(self) -> dict[str, int]:
        return {row["invariant"]: row["found"] for row in self._run("violation_counts", {})}

    def frozen_accounts(self) -> int:
        return int(self._run("frozen_accounts", {})[0]["frozen"])


class ReconcileTx(ReconcileReads):
    def save_reconciliation(self, progress: Progress) -> bool:
        """progress.step: of what this one goes on from. False: another one has written since, and what this one counted
        must not be counted again."""
        return bool(self._run("save_reconciliation", asdict(progress)))

    def add_ledger_sums(self, generation: int, sums: dict[str, Sums]) -> None:
        """sums: by account."""
        rows = [{"account_id": account_id, **asdict(of_account)} for account_id, of_account in sums.items()]
        self._run("add_ledger_sums", {"generation": generation, "sums": json.dumps(rows)})

    def forget_ledger_sums(self, before: int, most: int) -> None:
        """Of generations before this one."""
        self._run("forget_ledger_sums", {"generation": before, "most": most})

    def new_violation(self, violation: Violation) -> bool:
        """False: it is known."""
        row = asdict(violation)
        return bool(self._run("insert_violation", {**row, "now": row.pop("found_at")}))

    def accept_violations(self, account_id: str, now: float) -> None:
        self._run("accept_violations", {"account_id": account_id, "now": now})

    def freeze_account(self, account_id: str, now: float) -> bool:
        return bool(self._run("freeze_account", {"account_id": account_id, "now": now}))


def _by_account(rows: list[Row]) -> dict[str, Sums]:
    return {row.pop("account_id"): Sums(**row) for row in rows}
