"""The functions of the package: each makes a client from the environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

from imagend.sdk.client import Client
from imagend.sdk.job import Job
from imagend.sdk.result import Result


def run(slug: str, **params: Any) -> Result:
    """Submit and wait. Every keyword goes to the model. Raises InferenceFailed, InferenceTimeout or APIError."""
    return Client().run(slug, **params)


def run_sync(slug: str, **params: Any) -> httpx.Response:
    """One blocking POST /v1/{slug}; the raw response."""
    return Client().run_sync(slug, **params)


def submit_async(slug: str, **params: Any) -> Job:
    """Put a request into the queue; returns at once."""
    return Client().submit_async(slug, **params)


def map(
    slug: str,
    prompts: Iterable[str | Mapping[str, Any]],
    *,
    concurrency: int = 4,
    progress: bool = False,
    return_errors: bool = False,
    **params: Any,
) -> Iterator[Any]:
    """Results of many prompts in their order; see `Client.map`."""
    return Client().map(
        slug, prompts, concurrency=concurrency, progress=progress, return_errors=return_errors, **params
    )


class _Namespace:
    """A room of a client that is made when it is needed: `imagend.models.list()`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, verb: str) -> Any:
        return getattr(getattr(Client(), self._name), verb)


models = _Namespace("models")
generations = _Namespace("generations")
webhooks = _Namespace("webhooks")
accounts = _Namespace("accounts")
