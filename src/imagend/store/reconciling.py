"""Verbs of the reconciler: sums of the ledger by account, requests whose entries do not fit, what was found wrong."""

from __future__ import annotations

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
    """How far the books are checked; see migration 0010."""

    seen_seq: int = 0
    head_seq: int = 0
    again_seq: int = 0
    after_job: str = BEGIN
    after_history: str = BEGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Requests to look at: those with entries in (after, upto], and those with ids in two ranges."""

    after: int
    upto: int
    after_job: str
    upto_job: str
    after_history: str
    upto_history: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    id: str  # the same for the same finding
    invariant: str  # I1 to I9
    account_id: str | None
    finding: str
    found_at: float


class ReconcileReads(Verbs):
    def reconciliation(self) -> tuple[Progress, int, float | None]:
        """(how far, the newest entry, when the last check was finished)."""
        row = self._run("reconciliation", {})[0]
        newest, finished_at = row.pop("newest"), row.pop("finished_at")
        return Progress(**row), newest, finished_at

    def ledger_delta(self, after: int, upto: int) -> dict[str, Sums]:
        """Sums of the entries in (after, upto], by account."""
        return _by_account(self._run("ledger_delta", {"after": after, "upto": upto}))

    def ledger_sums(self, which: str) -> dict[str, Sums]:
        """which: head or again."""
        return _by_account(self._run("ledger_sums", {"pass": which}))

    def account_books(self) -> list[Row]:
        """id, available, held, spent, granted, and open_held: what its open jobs reserved."""
        return self._run("account_books", {})

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
    def save_reconciliation(self, progress: Progress, before: float | None, now: float) -> bool:
        """before: when the check was finished that this one goes on from. False: another one has been finished since,
        and what this one counted must not be counted again."""
        return bool(self._run("save_reconciliation", asdict(progress) | {"before": before, "now": now}))

    def add_ledger_sums(self, which: str, account_id: str, sums: Sums) -> None:
        self._run("add_ledger_sums", {"pass": which, "account_id": account_id, **asdict(sums)})

    def promote_ledger_sums(self) -> None:
        """What was drawn up anew takes the place of the other sums."""
        self._run("drop_ledger_sums", {"pass": "head"})
        self._run("promote_ledger_sums", {})

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
