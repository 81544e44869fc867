"""Webhooks as the HTTP room sees them: the URL that comes with a request, and what can be told of a result later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request

from imagend.api.answers import utc
from imagend.api.services import Services
from imagend.api.urls import Links, base_url, links_at
from imagend.core.errors import RateLimited, UnknownRequest
from imagend.core.job import Job
from imagend.core.outcome import Success

T = TypeVar("T")

FIELD = "webhook_url"
#: Checking a URL can wait for a name server; those waits must not take the threads that serve everybody.
MAX_CHECKS = 32
MAX_CHECKS_PER_ACCOUNT = 4


def apart(raw: Mapping[str, object]) -> tuple[dict[str, object], object | None]:
    """(the body for the card, the value of `webhook_url`)."""
    return {name: value for name, value in raw.items() if name != FIELD}, raw.get(FIELD)


class Callbacks:
    """Lives on the event loop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._room = CapacityLimiter(MAX_CHECKS)
        self._running: Counter[str] = Counter()

    async def options(self, request: Request, account_id: str, webhook_url: object | None) -> dict[str, Any]:
        """What is kept with the job: the URL, and where links in messages lead if no public_url is set: to where this
        request came. Raises BadParameter."""
        kept: dict[str, Any] = {} if self._services.public_url else {"origin": base_url(request, self._services)}
        if webhook_url is None:
            return kept
        vet = self._services.webhooks.vet
        return kept | {FIELD: await self.checked(account_id, lambda: vet(webhook_url, FIELD))}

    async def checked(self, account_id: str, work: Callable[[], T]) -> T:
        """Run what may look up a name. Raises RateLimited when this account has several lookups running."""
        if self._running[account_id] >= MAX_CHECKS_PER_ACCOUNT:
            raise RateLimited("Too many webhook URLs are being checked; try again.")
        self._running[account_id] += 1
        try:
            return await run_sync(work, limiter=self._room)
        finally:
            self._running[account_id] -= 1
            self._running += Counter()  # keeps no zeros


def result_teller(services: Services) -> Callable[[str, str], Mapping[str, Any]]:
    """The function that webhook messages get their links from: (account id, request id) -> fields, {} when the result
    is forgotten."""

    def tell(account_id: str, request_id: str) -> Mapping[str, Any]:
        try:
            job = services.desk.look(account_id, request_id)
        except UnknownRequest:
            return {}
        base = services.public_url or job.options.get("origin", "")
        return _result(job, links_at(base.rstrip("/"), services))

    return tell


def _result(job: Job, links: Links) -> dict[str, Any]:
    assert job.finished_at is not None
    assert job.expires_at is not None
    pictures = job.outcome.images if isinstance(job.outcome, Success) else ()
    images = [
        {
            "url": links.picture(picture.key, job.finished_at),
            "content_type": picture.media_type,
            "width": picture.width,
            "height": picture.height,
            "seed": str(picture.seed),
        }
        for picture in pictures
    ]
    return {
        "response_url": links.response(job.id),
        "output": [image["url"] for image in images],
        "images": images,
        "expires_at": utc(job.expires_at),
    }
