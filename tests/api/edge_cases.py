"""Ground of the table of edge cases: who sends, short ways to send, and what to look at."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
from PIL import Image

from imagend.core.recipe import Recipe
from tests.api.house import Guest

SMALL: dict[str, Any] = {"width": 256, "height": 256}
FAST = "imagen-4-fast"
PROMPT_ERROR = "Prompt is Mandatory and must be string"
REJECTED = "Unauthorized. API key is invalid or may have expired..."
MISSING = "Missing Authorization or x-api-key in header"
GOOGLE = "/v1beta/models/imagen-4.0-generate-001:predict"
VERTEX = "/v1/projects/p/locations/l/publishers/google/models/imagen-4.0-generate-001:predict"
OPENAI = "/v1/images/generations"
BYTES = {"content-type": "application/json"}


def v1(guest: Guest, slug: str = FAST, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    return guest.http.post(f"/v1/{slug}", json={"prompt": "a kite", **fields}, headers=headers or {})


def v2(guest: Guest, slug: str = FAST, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    return guest.http.post(f"/v2/{slug}", json={"prompt": "a kite", **fields}, headers=headers or {})


def google(guest: Guest, path: str = GOOGLE, **parameters: Any) -> httpx.Response:
    return guest.http.post(path, json={"instances": [{"prompt": "a kite"}], "parameters": parameters})


def openai(guest: Guest, **fields: Any) -> httpx.Response:
    return guest.http.post(OPENAI, json={"prompt": "a kite", **fields})


def recipe(guest: Guest, answer: httpx.Response) -> Recipe:
    """What an accepted order became."""
    assert answer.status_code == 200, answer.text
    return guest.house.services.desk.look(guest.account_id, answer.headers["x-request-id"]).recipe


def size(guest: Guest, answer: httpx.Response) -> tuple[int, int]:
    found = recipe(guest, answer)
    return found.width, found.height


def error(answer: httpx.Response) -> str:
    """The words of a refusal, in any of the three envelopes."""
    said = answer.json()["error"]
    return str(said if isinstance(said, str) else said["message"])


def refused(guest: Guest, answer: httpx.Response, status: int, words: str = "") -> None:
    """The status, the words, and nothing left behind."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    assert words in error(answer), error(answer)
    assert answer.headers["x-request-id"]
    assert (guest.num_jobs, guest.available) == (0, 100_000_000)


def accepted(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def picture(data: bytes | str) -> Image.Image:
    """Bytes, or base64 text, as a picture."""
    raw = base64.b64decode(data, validate=True) if isinstance(data, str) else data
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image
