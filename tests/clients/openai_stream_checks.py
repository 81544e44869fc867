"""The newest openai package: streams with previews. Arguments: URL, key, folder to write what arrived into."""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai

url, key, folder = sys.argv[1:]
client = openai.OpenAI(base_url=f"{url}/v1", api_key=key)
asked: dict[str, Any] = {"prompt": "three red balls on a beach at sunset", "size": "768x512", "partial_images": 3}
SEED = {"seed": 3}
LONG: dict[str, Any] = {"prompt": "a city", "size": "2048x2048", "quality": "max", "n": 4, "stream": True}


def keep(name: str, event: Any) -> None:
    Path(folder, f"{name}.{event.output_format}").write_bytes(base64.b64decode(event.b64_json))


def raised(kind: type[openai.APIError], call: Callable[[], object]) -> openai.APIError:
    found = None
    try:
        call()
    except kind as error:
        found = error
    assert found, f"{kind.__name__} expected"
    return found


def check(events: list[Any], name: str, kind: str) -> None:
    *partial, completed = events
    assert [event.type for event in partial] == ["image_generation.partial_image"] * 3
    assert [event.partial_image_index for event in partial] == [0, 1, 2]
    assert completed.type == "image_generation.completed"
    assert completed.usage.total_tokens == completed.usage.input_tokens + completed.usage.output_tokens
    for event in events:
        assert (event.output_format, event.size, event.quality, event.background) == (
            kind,
            "768x512",
            "medium",
            "opaque",
        )
        assert abs(event.created_at - time.time()) < 60
    for event in partial:
        keep(f"{name}-{event.partial_image_index}", event)
    keep(f"{name}-final", completed)


async def later() -> list[Any]:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key) as slow:
        stream = await slow.images.generate(**asked, stream=True, output_format="jpeg", extra_body=SEED)
        return [event async for event in stream]


check(list(client.images.generate(**asked, stream=True, extra_body=SEED)), "sync", "png")
check(asyncio.run(later()), "async", "jpeg")

# No previews, and one event for each of several pictures.
plain: dict[str, Any] = {"prompt": "a tree", "size": "256x256", "stream": True}
(only,) = client.images.generate(**plain)
assert only.type == "image_generation.completed"
events = list(client.images.generate(**plain, n=2, partial_images=1))
assert [event.type.rpartition(".")[2] for event in events] == ["partial_image", "completed", "completed"]
assert events[1].b64_json != events[2].b64_json

# Refused before the stream begins: an ordinary error of its class.
for fields, code in (
    ({"partial_images": 4}, "invalid_value"),
    ({"n": 0}, "invalid_value"),
    ({"prompt": "a naked woman having sex, porn"}, "moderation_blocked"),
):
    refusal = raised(openai.BadRequestError, lambda fields=fields: client.images.generate(**{**plain, **fields}))
    assert refusal.code == code

headers = {"x-api-key": key}


def state(request_id: str) -> str:
    return str(httpx2.get(f"{url}/v2/requests/{request_id}/status", headers=headers).json()["status"])


def credits() -> float:
    return float(httpx2.get(f"{url}/v1/get-user-credits", headers=headers).json()["credits"])


# An error in the middle of a stream.
before = credits()
stream = client.images.generate(**LONG)
httpx2.delete(f"{url}/v2/requests/{stream.response.headers['x-request-id']}", headers=headers)
error = raised(openai.APIError, lambda: list(stream))
assert error.code == "cancelled"
assert "cancelled" in error.message

# A reader that goes away: the request ends and nothing is paid.
stream = client.images.generate(**LONG, partial_images=3)
first = next(iter(stream))
assert first.type == "image_generation.partial_image"
stream.close()
request_id = stream.response.headers["x-request-id"]
deadline = time.monotonic() + 10
while state(request_id) == "PROCESSING" and time.monotonic() < deadline:
    pass
assert state(request_id) == "FAILED"
assert credits() == before
print("ok")
