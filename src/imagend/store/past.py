"""Verbs for requests of the past: what callers may list when the job itself is forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from imagend.core.outcome import Outcome, outcome_from_dict
from imagend.core.recipe import Recipe
from imagend.store.rows import Row, Verbs


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRequest:
    """A request, running or not, or one of its pictures: `index` counts a request's rows from 0."""

    request_id: str
    state: str
    recipe: Recipe
    outcome: Outcome | None
    paid_microcredits: int  # of the whole request
    created_at: float
    started_at: float | None
    finished_at: float | None
    files_kept: bool
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which rows, in what order. since <= created_at < until, epoch seconds."""

    since: float
    until: float
    model: str = ""  # part of the name; "" for all
    exact_model: bool = False
    state: str = ""  # COMPLETED, FAILED, PENDING; "" for all
    sort: str = "model_created"  # or model_name, credits_deduction
    descending: bool = True


class PastReads(Verbs):
    def past_page(self, account_id: str, question: Question, *, skip: int, most: int) -> list[PastRequest]:
        values = _values(account_id, question) | {"sort": question.sort, "descending": int(question.descending)}
        return [_past(row) for row in self._run("past_page", values | {"skip": skip, "most": most})]

    def past_total(self, account_id: str, question: Question) -> int:
        """How many rows all pages have."""
        return int(self._run("past_total", _values(account_id, question))[0]["total"])

    def past_one(self, account_id: str, request_id: str) -> PastRequest | None:
        rows = self._run("past_one", {"account_id": account_id, "id": request_id})
        return _past(rows[0]) if rows else None

    def files_due(self, before: float, most: int) -> list[Row]:
        """Requests whose files have been kept long enough: request_id, account_id, created_at."""
        return self._run("files_due", {"before": before, "most": most})

    def has_files(self, request_id: str) -> bool:
        return bool(self._run("has_files", {"id": request_id}))


class PastTx(Verbs):
    def files_gone(self, request_id: str) -> None:
        self._run("files_gone", {"id": request_id})

    def forget_past(self, before: float, most: int) -> None:
        self._run("forget_past", {"before": before, "most": most})


def _values(account_id: str, question: Question) -> dict[str, Any]:
    plain = "".join("!" + letter if letter in "!%_" else letter for letter in question.model.lower())
    pattern = plain if question.exact_model or not plain else f"%{plain}%"
    return {
        "account_id": account_id,
        "since": question.since,
        "until": question.until,
        "model": pattern,
        "state": question.state,
    }


def _past(row: Row) -> PastRequest:
    return PastRequest(
        request_id=row["request_id"],
        state=row["state"],
        recipe=Recipe.from_dict(json.loads(row["recipe"])),
        outcome=outcome_from_dict(json.loads(row["outcome"])) if row["outcome"] else None,
        paid_microcredits=row["paid_microcredits"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        files_kept=bool(row["files_kept"]),
        index=row["n"],
    )
