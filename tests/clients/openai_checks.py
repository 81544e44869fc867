"""The newest openai package: pictures, fields, errors by class, retries.

Arguments: URL, key, a key without credits, a folder to write the pictures into.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai
from openai.types import ImagesResponse
from png_files import drawn

url, key, poor, folder = sys.argv[1:]
sent: list[httpx2.Request] = []
lost: list[httpx2.Response] = []


class Line(httpx2.HTTPTransport):
    """Counts requests and, when told, loses the next answer on its way."""

    losing = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        response = super().handle_request(request)
        if Line.losing:
            Line.losing = False
            response.read()
            lost.append(response)
            raise httpx2.ReadError("the answer is lost")
        return response


client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, http_client=httpx2.Client(transport=Line()))
SMALL: dict[str, Any] = {"prompt": "a red ball", "size": "256x256", "quality": "low"}
kept = 0


def keep(result: ImagesResponse, kind: str, size: str) -> list[bytes]:
    """Write the pictures down as what they claim to be; a test opens them."""
    global kept
    assert result.data
    assert (result.output_format, result.size, result.background) == (kind, size, "opaque")
    for image in result.data:
        assert image.b64_json
        kept += 1
        Path(folder, f"{kept}-{size}.{kind}").write_bytes(base64.b64decode(image.b64_json))
    return [base64.b64decode(image.b64_json or "") for image in result.data]


def refused(kind: type[openai.APIStatusError], attempts: int, call: Callable[[], object]) -> openai.APIStatusError:
    sent.clear()
    found = None
    try:
        call()
    except kind as error:
        found = error
    assert found, f"{kind.__name__} expected"
    assert len(sent) == attempts, sent
    assert found.request_id
    return found


# A prompt and nothing else, as the SDK's README has it.
result = client.images.generate(prompt="a lighthouse at night")
keep(result, "png", "1024x1024")
assert result.data
assert result.data[0].url
assert result.data[0].url.startswith(url)
assert httpx2.get(result.data[0].url).headers["content-type"] == "image/png"
assert result.data[0].revised_prompt == "a lighthouse at night"
assert result.quality == "medium"
assert result._request_id
assert isinstance(result.created, int)
assert result.usage
assert result.usage.total_tokens == result.usage.input_tokens + result.usage.output_tokens

# n, sizes, qualities, formats.
assert len(set(keep(client.images.generate(model="imagen-4-fast", n=2, **SMALL), "png", "256x256"))) == 2
for size in ("1536x1024", "1024x1792", "512x512", "333x444"):
    keep(client.images.generate(prompt="a boat on a lake", size=size, quality="low"), "png", size)
ultra = client.images.generate(model="imagen-4-ultra", prompt="a castle", size="auto", output_format="jpeg")
keep(ultra, "jpeg", "2048x2048")
for kind in ("png", "jpeg", "webp"):
    keep(client.images.generate(**SMALL, output_format=kind, output_compression=60), kind, "256x256")
for shape, there, missing in (("url", "url", "b64_json"), ("b64_json", "b64_json", "url")):
    (row,) = client.images.generate(**SMALL, response_format=shape).data or []
    assert getattr(row, there)
    assert getattr(row, missing) is None
for quality in ("low", "medium", "high", "auto", "standard", "hd", "xhigh", "max"):
    answer = client.images.generate(**{**SMALL, "quality": quality}, response_format="url")
    assert answer.quality in ("low", "medium", "high", "xhigh", "max")

# A name that the operator gave to a model.
keep(client.images.generate(model="dall-e-3", **SMALL), "png", "256x256")

# Ours beside OpenAI's.
extra = {"aspect_ratio": "16:9", "seed": 7, "steps": 6, "guidance_scale": 3, "negative_prompt": "clouds", "foo": 1}
twice = [client.images.generate(prompt="a hill", model="imagen-4.0-generate-001", extra_body=extra) for _ in range(2)]
assert len({drawn(data) for result in twice for data in keep(result, "png", "1408x768")}) == 1
assert twice[0].data
assert twice[0].data[0].seed == 7  # type: ignore[attr-defined]
raw = client.images.with_raw_response.generate(**SMALL, extra_body={"foo": 1}, user="u-1")
assert raw.headers["x-ignored-params"] == "foo"
assert int(raw.headers["openai-processing-ms"]) > 0
assert raw.parse().safety_identifier == "u-1"

# Refusals, each of its class, after one attempt.
error = refused(openai.BadRequestError, 1, lambda: client.images.generate(prompt="x", size="100x100"))
assert (error.type, error.param, error.code) == ("invalid_request_error", "size", "invalid_value")
error = refused(openai.BadRequestError, 1, lambda: client.images.generate(prompt="x", n=11))
assert error.param == "n"
error = refused(openai.BadRequestError, 1, lambda: client.images.generate(prompt=""))
assert error.param == "prompt"
error = refused(openai.BadRequestError, 1, lambda: client.images.generate(prompt="x", background="transparent"))
assert error.param == "background"
error = refused(openai.NotFoundError, 1, lambda: client.images.generate(prompt="x", model="dall-e-9"))
assert error.code == "model_not_found"
other = openai.OpenAI(base_url=f"{url}/v1", api_key="sk-wrong", http_client=httpx2.Client(transport=Line()))
error = refused(openai.AuthenticationError, 1, lambda: other.images.generate(prompt="x"))
assert error.code == "invalid_api_key"
other = client.with_options(api_key=poor)
error = refused(openai.RateLimitError, 1, lambda: other.images.generate(prompt="x"))
assert error.code == "insufficient_quota"
error = refused(openai.BadRequestError, 1, lambda: client.images.generate(prompt="a naked woman having sex, porn"))
assert (error.type, error.code) == ("image_generation_user_error", "moderation_blocked")
assert "sexual" in error.message
error = refused(openai.BadRequestError, 1, lambda: client.images.edit(image=b"\x89PNG" + bytes(3_000_000), prompt="x"))
assert (error.param, error.code) == ("image", "unsupported_operation")
error = refused(openai.NotFoundError, 1, lambda: client.chat.completions.create(model="imagen-4", messages=[]))
assert error.code == "unknown_url"
named = {"idempotency-key": "check-1"}
client.images.generate(**SMALL, extra_headers=named)
error = refused(openai.ConflictError, 1, lambda: client.images.generate(**SMALL, n=2, extra_headers=named))
assert error.code == "idempotency_key_reused"


def credits() -> float:
    return float(httpx2.get(f"{url}/v1/get-user-credits", headers={"x-api-key": key}).json()["credits"])


# An answer that is lost: the SDK asks again by itself, gets the same pictures, and they are paid once.
before = credits()
sent.clear()
Line.losing = True
again = client.images.generate(**SMALL, model="imagen-4-fast")
assert [request.headers["x-stainless-retry-count"] for request in sent] == ["0", "1"]
assert again._request_id == lost[0].headers["x-request-id"]
assert round(before - credits(), 6) == 0.025

# Models.
names = {model.id for model in client.models.list()}
assert {"imagen", "imagen-4", "imagen-4-fast", "imagen-4-ultra"} <= names
assert client.models.retrieve("imagen-4").object == "model"
refused(openai.NotFoundError, 1, lambda: client.models.retrieve("dall-e-9"))
print("ok")
