"""The hosted SDK's other rooms: models, generations, webhooks, accounts.

One class serves both clients: `drive` runs a flow, and what it returns (a body, or an awaitable of one) is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from imagend.sdk import flow


class Room:
    def __init__(self, base_url: str, drive: Callable[[flow.Flow], Any]) -> None:
        self._base_url = base_url
        self._drive = drive

    def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        asked = {name: value for name, value in (query or {}).items() if value not in {None, ""}}
        return self._drive(flow.get_object(self._base_url, path + (f"?{urlencode(asked)}" if asked else "")))

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._drive(flow.post_object(self._base_url, path, body))


class Models(Room):
    def list(self) -> Any:
        """{"models": [...]}: what can be asked for, each with a JSON Schema of its fields."""
        return self._get("/inference-model-information/list")


class Generations(Room):
    """Pictures and requests of one's own account."""

    def recent(self, model_name: str) -> Any:
        return self._get("/inference-request/recent-generations", {"model_name": model_name})

    def list(
        self,
        page: int = 1,
        model_name: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
        user_id: str | None = None,
    ) -> Any:
        """Pictures, newest first. Dates are YYYY-MM-DD."""
        query = {
            "page": page, "model_name": model_name, "start_date": start_date, "end_date": end_date, "user_id": user_id,
        }  # fmt: skip
        return self._get("/inference-request/generations", query)

    def history(
        self,
        page: int = 1,
        per_page: int = 20,
        from_date: str | None = None,
        to_date: str | None = None,
        model_name: str | None = None,
        status: str | None = None,
        user_id: str | None = None,
        user_email: str | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
    ) -> Any:
        """Requests, failed and running ones too. status: COMPLETED, FAILED or PENDING."""
        query = {
            "page": page, "per_page": per_page, "from_date": from_date, "to_date": to_date, "model_name": model_name,
            "status": status, "user_id": user_id, "user_email": user_email, "sort_by": sort_by,
            "sort_order": sort_order,
        }  # fmt: skip
        return self._get("/inference-request/request-history", query)

    def get(self, request_id: str) -> Any:
        """One request of any age."""
        return self._get(f"/inference-request/request-history/{quote(request_id, safe='')}")


class Webhooks(Room):
    def get(self) -> Any:
        return self._get("/webhook/get")

    def add(self, webhook_url: str, event_types: list[str]) -> Any:
        return self._post("/webhook/add", {"webhook_url": webhook_url, "event": {"types": event_types}})

    def update(self, webhook_id: str, webhook_url: str, event_types: list[str]) -> Any:
        body = {"webhook_id": webhook_id, "webhook_url": webhook_url, "event": {"types": event_types}}
        return self._post("/webhook/update", body)

    def delete(self, webhook_id: str) -> Any:
        return self._get("/webhook/inactive", {"webhook_id": webhook_id})

    def logs(self, webhook_id: str) -> Any:
        return self._get("/webhook/dispatch-logs", {"webhook_id": webhook_id})


class Accounts(Room):
    def current(self) -> Any:
        """Whose key this is."""
        return self._get("/api/auth/authenticate")


class Rooms:
    """What both clients have of them."""

    base_url: str
    drive: Callable[[flow.Flow], Any]

    @property
    def models(self) -> Models:
        return Models(self.base_url, self.drive)

    @property
    def generations(self) -> Generations:
        return Generations(self.base_url, self.drive)

    @property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.base_url, self.drive)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.base_url, self.drive)
