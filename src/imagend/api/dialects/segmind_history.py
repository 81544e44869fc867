"""The Segmind dialect's lists of past requests (SDK namespace `generations`).

GET /inference-request/recent-generations?model_name=   the newest pictures of one model
GET /inference-request/generations                      pictures, newest first
GET /inference-request/request-history                  requests, also failed and running ones, one row per picture
GET /inference-request/request-history/{id}             one request of any age
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer, utc
from imagend.api.orders import Orders
from imagend.api.services import Services
from imagend.api.urls import Links, links_of
from imagend.core.catalog import Catalog
from imagend.core.errors import BadParameter, Forbidden, UnknownRequest
from imagend.core.ledger import to_credits
from imagend.core.outcome import Failure, Success
from imagend.core.params import Choice, Integer, Text
from imagend.desk.history import PastRequest, Question

PER_PAGE = 20
MOST_PER_PAGE = 100
WINDOW_DAYS = 7  # when no dates are given
WIDEST_DAYS = 31
_PAGE = Integer(minimum=1, maximum=1_000_000)
_PER_PAGE = Integer(minimum=1, maximum=MOST_PER_PAGE)
_STATUS = Choice(choices=("COMPLETED", "FAILED", "PENDING"))
_SORT = Choice(choices=("model_created", "model_name", "credits_deduction"))
_ORDER = Choice(choices=("desc", "asc"))
_NAME = Text(max_length=200)
_PARAMETERS = (
    "prompt", "negative_prompt", "width", "height", "steps", "guidance_scale", "scheduler", "seed", "output_format",
)  # fmt: skip


class SegmindHistory:
    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._services = services

    def routes(self) -> Sequence[BaseRoute]:
        root = "/inference-request"
        return [
            Route(f"{root}/recent-generations", self.recent),
            Route(f"{root}/generations", self.generations),
            Route(f"{root}/request-history", self.history),
            Route(f"{root}/request-history/{{request_id}}", self.one),
        ]

    async def recent(self, request: Request) -> Response:
        key = await self._orders.key(request)
        model = _Query(request.query_params).read("model_name", _NAME, "")
        if not model:
            raise BadParameter("model_name", "model_name is required")
        question = Question(since=0.0, until=self._far(), model=model, exact_model=True, state="COMPLETED")
        rows, _ = await self._page(key.account_id, question, 1, PER_PAGE)
        return json_answer({"generations": self._generations(request, key.account_id, rows)})

    async def generations(self, request: Request) -> Response:
        key = await self._orders.key(request)
        query = _Query(request.query_params)
        query.own(key.account_id)
        since, until = query.day("start_date"), query.day("end_date")
        question = Question(
            since=0.0 if since is None else since,
            until=self._far() if until is None else until + _days(1),
            model=query.read("model_name", _NAME, ""),
            exact_model=True,
            state="COMPLETED",
        )
        page = query.read("page", _PAGE, 1)
        rows, total = await self._page(key.account_id, question, page, PER_PAGE)
        return json_answer(
            {"generations": self._generations(request, key.account_id, rows), **_paging(page, PER_PAGE, total)}
        )

    async def history(self, request: Request) -> Response:
        key = await self._orders.key(request)
        query = _Query(request.query_params)
        query.own(key.account_id)
        since, until = query.window(self._services.clock())
        question = Question(
            since=since,
            until=until,
            model=query.read("model_name", _NAME, ""),
            state=query.read("status", _STATUS, ""),
            sort=query.read("sort_by", _SORT, "model_created"),
            descending=query.read("sort_order", _ORDER, "desc") == "desc",
        )
        page, per_page = query.read("page", _PAGE, 1), query.read("per_page", _PER_PAGE, PER_PAGE)
        rows, total = await self._page(key.account_id, question, page, per_page)
        links, catalog = links_of(request, self._services), self._services.catalog
        return json_answer(
            {"history": [_request(row, links, catalog) for row in rows], **_paging(page, per_page, total)}
        )

    async def one(self, request: Request) -> Response:
        key = await self._orders.key(request)
        request_id = request.path_params["request_id"]
        if not request_id.isascii() or len(request_id) > 64:
            raise UnknownRequest(request_id)
        row = await run_in_threadpool(self._services.history.one, key.account_id, request_id)
        return json_answer(_request(row, links_of(request, self._services), self._services.catalog))

    async def _page(
        self, account_id: str, question: Question, page: int, per_page: int
    ) -> tuple[list[PastRequest], int]:
        return await run_in_threadpool(self._services.history.page, account_id, question, page, per_page)

    def _generations(self, request: Request, account_id: str, rows: list[PastRequest]) -> list[dict[str, Any]]:
        links = links_of(request, self._services)
        return [_generation(row, account_id, links) for row in rows]

    def _far(self) -> float:
        return self._services.clock() + _days(1)


class _Query:
    """Query parameters by name; an empty value counts as not given."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self._sent = sent

    def read(self, name: str, kind: Integer | Choice | Text, default: Any) -> Any:
        """Raises BadParameter naming the parameter and what is allowed."""
        value = self._sent.get(name)
        return kind.read(name, value) if value else default

    def day(self, name: str) -> float | None:
        """The start of a day in UTC, epoch seconds."""
        text = self._sent.get(name)
        if not text:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise BadParameter(name, f"{name} must be a date, YYYY-MM-DD") from None

    def window(self, now: float) -> tuple[float, float]:
        """[from_date, the end of to_date): the last seven days unless given; 31 days at the most."""
        today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        last, first = self.day("to_date"), self.day("from_date")
        last = today if last is None else last
        first = last - _days(WINDOW_DAYS) if first is None else first
        if not first <= last < first + _days(WIDEST_DAYS):
            raise BadParameter("from_date", f"from_date must be at most {WIDEST_DAYS - 1} days before to_date")
        return first, last + _days(1)

    def own(self, account_id: str) -> None:
        """An account sees its own requests only. Raises BadParameter, Forbidden."""
        if self._sent.get("user_id") and self._sent.get("user_email"):
            raise BadParameter("user_id", "user_id and user_email must not be sent together")
        if self._sent.get("user_email") or self._sent.get("user_id", "") not in ("", account_id):
            raise Forbidden("This API key may only list its own requests")


def _days(number: int) -> float:
    return timedelta(days=number).total_seconds()


def _paging(page: int, per_page: int, total: int) -> dict[str, int]:
    return {"page": page, "per_page": per_page, "total": total, "total_pages": -(-total // per_page)}


def _generation(row: PastRequest, account_id: str, links: Links) -> dict[str, Any]:
    return {
        "id": f"{row.request_id}-{row.index}",
        "request_id": row.request_id,
        "model_name": row.recipe.model,
        "generation_url": _url(row, links),
        "status": row.state,
        "credits_deduction": to_credits(row.paid_microcredits),
        "latency_ms": _latency(row),
        "prompt": row.recipe.prompt,
        "parameters": _parameters(row),
        "user_id": account_id,
        "user_email": "",
        "created_at": utc(row.created_at),
    }


def _request(row: PastRequest, links: Links, catalog: Catalog) -> dict[str, Any]:
    outcome = row.outcome
    return {
        "request_id": row.request_id,
        "model_name": row.recipe.model,
        "model_status": row.state if outcome is not None else "PENDING",
        "credits_deduction": to_credits(row.paid_microcredits),
        "request_body": _again(row, catalog),
        "generation_url": _url(row, links),
        "latency_ms": _latency(row),
        "model_created": utc(row.created_at),
        "error": outcome.message if isinstance(outcome, Failure) else None,
    }


def _again(row: PastRequest, catalog: Catalog) -> dict[str, Any]:
    """A body that asks for the same pictures: sizes that clients cannot ask for as width and height by other words."""
    said, recipe = _parameters(row), row.recipe
    card = catalog.cards.get(recipe.model)
    if card is None or card.takes(width=recipe.width, height=recipe.height):
        return said
    del said["width"], said["height"]
    return said | card.words_of_size(recipe.width, recipe.height)


def _url(row: PastRequest, links: Links) -> str | None:
    """The picture of this row while its file is kept."""
    if not isinstance(row.outcome, Success) or not row.files_kept or row.finished_at is None:
        return None
    return links.picture(row.outcome.images[row.index].key, row.finished_at)


def _latency(row: PastRequest) -> int | None:
    return None if row.finished_at is None else round(1000 * max(0.0, row.finished_at - row.created_at))


def _parameters(row: PastRequest) -> dict[str, Any]:
    recipe = row.recipe.to_dict()
    said = {name: recipe[name] for name in (*_PARAMETERS, *(["loras"] if row.recipe.loras else []))}
    return said | {
        "num_images": row.recipe.count,
        "safety_filter_level": row.recipe.safety.level,
        "person_generation": row.recipe.safety.people,
    }
