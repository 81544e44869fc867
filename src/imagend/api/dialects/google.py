"""The Google dialect: Imagen's `:predict` and Gemini's `:generateContent`, as Gemini and Vertex clients send them.

POST [/prefix][/{version}][/projects/*/locations/*][/publishers/google]/models/{model}:{verb}

Success is exactly 200: clients take any other number for an error. Models are listed by `model_lists`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from imagend.api.answers import ignored_header, json_answer
from imagend.api.dialects import google_answers as answers
from imagend.api.dialects import google_errors
from imagend.api.dialects.base import Reader
from imagend.api.dialects.google_content import GenerateContent
from imagend.api.dialects.google_paths import is_ours, leads_to_models, with_key_of_query
from imagend.api.dialects.google_predict import Predict
from imagend.api.errors import RouteMissing
from imagend.api.orders import Orders, Placed
from imagend.api.routes import only
from imagend.api.services import Services
from imagend.api.vain import in_vain
from imagend.core.errors import ImagendError
from imagend.core.job import Job
from imagend.core.outcome import Failure, Success


class Google:
    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._blobs = services.blobs
        content = GenerateContent()
        self._readers: Mapping[str, Reader] = {
            "predict": Predict(services.google_default_sample_count),
            "generateContent": content,
            "streamGenerateContent": content,
        }

    def owns(self, path: str) -> bool:
        return is_ours(path)

    def routes(self) -> Sequence[BaseRoute]:
        return only("/{before:path}models/{model:path}:{verb}", self.call, "POST")

    def render_error(self, error: ImagendError) -> Response:
        return google_errors.refusal(error)

    async def call(self, request: Request) -> Response:
        """Raises RouteMissing for verbs that are not served, such as editing, upscaling and counting tokens."""
        before, model, verb = (request.path_params[name] for name in ("before", "model", "verb"))
        if verb not in self._readers or not leads_to_models(before):
            raise RouteMissing
        request = with_key_of_query(request)
        placed = await self._orders.run(request, self._readers[verb], model)
        if _is_error(placed.job, verb):
            return google_errors.failed(placed.job, _headers(placed))
        encoded = await self._encoded(placed.job)
        if verb == "predict":
            return json_answer(answers.predictions(placed.job, encoded), headers=_headers(placed))
        body = answers.content(placed.job, encoded, model)
        if verb == "generateContent":
            return json_answer(body, headers=_headers(placed))
        return _stream(body, _headers(placed), events=request.query_params.get("alt") == "sse")

    async def _encoded(self, job: Job) -> list[str]:
        """The pictures in base64."""
        images = job.outcome.images if isinstance(job.outcome, Success) else ()

        def read() -> list[str]:
            return [base64.b64encode(self._blobs.read(image.key)).decode() for image in images]

        return await run_in_threadpool(read)


def _is_error(job: Job, verb: str) -> bool:
    """A block is an answer, save that `:predict` has none for a prompt that is not allowed."""
    if not isinstance(job.outcome, Failure):
        return False
    return job.outcome.code != "content_blocked" or (verb == "predict" and answers.prompt_blocked(job.outcome))


def _headers(placed: Placed) -> dict[str, str]:
    ignored = ignored_header(in_vain(placed.job))
    headers = {"x-request-id": placed.job.id, **placed.headers, **ignored}
    if isinstance(placed.job.outcome, Success):
        headers["x-seed-value"] = str(placed.job.recipe.seed)
    return headers


def _stream(body: Mapping[str, Any], headers: Mapping[str, str], *, events: bool) -> Response:
    """The whole answer as the stream's only element: a picture does not come in pieces."""
    if not events:
        return json_answer([body], headers=headers)
    text = bytes(json_answer(body).body)
    return Response(b"data: " + text + b"\r\n\r\n", 200, dict(headers), "text/event-stream")
