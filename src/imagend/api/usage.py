"""What was used, as JSON or CSV: `GET /v1/usage` for the caller's account, `GET /admin/usage` for all of them.

?from=2026-11-01&to=2026-11-30&group_by=day|model|key&format=json|csv   (days in UTC, both included)
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.orders import Orders
from imagend.api.routes import only
from imagend.api.services import Services
from imagend.core.params import Choice
from imagend.desk.keys import ADMIN
from imagend.desk.listing import used_row
from imagend.desk.usage import GROUPS, read_span, utc_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    first: date
    last: date
    group_by: str
    as_csv: bool


class UsageRoutes:
    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._accounts = services.accounts
        self._clock = services.clock

    def routes(self) -> list[BaseRoute]:
        return [*only("/v1/usage", self.own, "GET"), Route("/admin/usage", self.everybody)]

    async def own(self, request: Request) -> Response:
        key = await self._orders.key(request)
        question = read_question(request.query_params, utc_day(self._clock()), GROUPS[:3])
        return await run_in_threadpool(self._answer, question, key.account_id)

    async def everybody(self, request: Request) -> Response:
        """Of all accounts, or of ?account=…"""
        await self._orders.key(request, scope=ADMIN)
        question = read_question(request.query_params, utc_day(self._clock()), GROUPS)
        return await run_in_threadpool(self._answer, question, request.query_params.get("account"))

    def _answer(self, question: Question, account_id: str | None) -> Response:
        lines, total = self._accounts.usage.report(question.first, question.last, question.group_by, account_id)
        rows = [used_row(line, question.group_by) for line in lines]
        if question.as_csv:
            return _csv(question, rows, list(used_row(total, question.group_by)))
        return json_answer(
            {
                "from": str(question.first),
                "to": str(question.last),
                "group_by": question.group_by,
                "usage": rows,
                "total": {name: value for name, value in used_row(total, "").items() if name},
            }
        )


def read_question(query: Mapping[str, str], today: date, groups: tuple[str, ...]) -> Question:
    """Raises BadParameter. Nothing said: the last thirty days, day by day, as JSON."""
    first, last = read_span(query.get("from"), query.get("to"), today)
    return Question(
        first=first,
        last=last,
        group_by=Choice(choices=groups).read("group_by", query.get("group_by", "day")),
        as_csv=Choice(choices=("json", "csv")).read("format", query.get("format", "json")) == "csv",
    )


def _csv(question: Question, rows: list[dict[str, Any]], columns: list[str]) -> Response:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    name = f"usage-{question.first}-{question.last}-{question.group_by}.csv"
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")
