"""What the tests of the Google dialect share: calls, and what every refusal must look like."""

from __future__ import annotations

from typing import Any

import httpx

from imagend.core.recipe import Recipe
from tests.api.house import Guest

MODEL = "imagen-4.0-generate-001"
PATH = f"/v1beta/models/{MODEL}:predict"
CONTENT = f"/v1beta/models/{MODEL}:generateContent"
KITE: dict[str, Any] = {"instances": [{"prompt": "a kite"}]}


def predict(guest: Guest, parameters: Any, *, prompt: str = "a kite", model: str = MODEL) -> httpx.Response:
    body = {"instances": [{"prompt": prompt}], "parameters": parameters}
    return guest.http.post(f"/v1beta/models/{model}:predict", json=body)


def said(text: str, **config: Any) -> dict[str, Any]:
    """A generateContent body with one turn."""
    body: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    return {**body, "generationConfig": config} if config else body


def recipe_of(guest: Guest, answer: httpx.Response) -> Recipe:
    assert answer.status_code == 200, answer.text
    return guest.house.services.desk.look(guest.account_id, answer.headers["x-request-id"]).recipe


def kept(guest: Guest) -> tuple[int, int]:
    """What a request could have left behind: jobs and credits."""
    return guest.num_jobs, guest.available


def assert_refused(answer: httpx.Response, number: int, status: str, words: str = "") -> None:
    assert answer.status_code == number, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert (error["code"], error["status"], error["details"]) == (number, status, [])
    assert set(error) == {"code", "message", "status", "details"}
    assert words in error["message"], error["message"]
