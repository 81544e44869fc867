"""LoRAs in every dialect: how they are asked for, what wrong ones hear, and where the names on offer are listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from imagend.core.catalog import Catalog
from imagend.core.loras import Loras
from tests.api.google_calls import assert_refused, kept, predict, recipe_of, said
from tests.api.house import Guest, cards, open_house

WANTED = [{"name": "ink"}, {"name": "pixel-art", "scale": -0.5}]
READ = (("ink", 1.0), ("pixel-art", -0.5))
WITH, WITHOUT = "imagen-4", "imagen-4-fast"
CONTENT = "/v1beta/models/imagen-4.0-generate-001:generateContent"


def catalog() -> Catalog:
    """One model has LoRAs."""
    plain = cards()
    kind = Loras(names=("pixel-art", "ink"), most=4, most_scale=4.0)
    card = plain.get(WITH)
    card = replace(card, params={**card.params, "loras": kind}, documented=card.documented | {"loras"})
    return replace(plain, cards={**plain.cards, WITH: card})


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    with open_house(tmp_path_factory.mktemp("loras"), working=True, catalog=catalog()) as opened:
        yield opened.guest()


def segmind(guest: Guest, loras: Any, slug: str = WITH, version: str = "v2") -> httpx.Response:
    return guest.http.post(f"/{version}/{slug}", json={"prompt": "a kite", "loras": loras})


def openai(guest: Guest, loras: Any, model: str = WITH) -> httpx.Response:
    body = {"prompt": "a kite", "model": model, "size": "256x256", "loras": loras}
    return guest.http.post("/v1/images/generations", json=body)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_segmind(customer: Guest, version: str) -> None:
    answer = segmind(customer, WANTED, version=version)
    assert recipe_of(customer, answer).loras == READ
    assert recipe_of(customer, segmind(customer, None, version=version)).loras == ()
    before = kept(customer)
    for loras, words in (
        ([{"name": "oil"}], "loras[0].name must be one of pixel-art, ink"),
        ([{"name": "ink", "scale": 9}], "loras[0].scale must be a number from -4 to 4"),
        ("ink", "loras must be a list of at most 4 objects with name and scale"),
    ):
        refused = segmind(customer, loras, version=version)
        assert (refused.status_code, refused.json()) == (400, {"error": words})
    assert kept(customer) == before


def test_openai(customer: Guest) -> None:
    assert recipe_of(customer, openai(customer, WANTED)).loras == READ
    refused = openai(customer, [{"name": "oil"}])
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["param"], error["code"]) == ("loras", "invalid_value")
    assert "loras[0].name must be one of pixel-art, ink" in error["message"]
    assert openai(customer, 4).json()["error"]["code"] == "invalid_type"


def test_google(customer: Guest) -> None:
    assert recipe_of(customer, predict(customer, {"loras": WANTED})).loras == READ
    answer = customer.http.post(CONTENT, json=said("a kite", loras=WANTED))
    assert recipe_of(customer, answer).loras == READ
    words = "parameters.loras[0].name must be one of pixel-art, ink"
    assert_refused(predict(customer, {"loras": [{"name": "oil"}]}), 400, "INVALID_ARGUMENT", words)
    refused = customer.http.post(CONTENT, json=said("a kite", loras="ink"))
    assert_refused(refused, 400, "INVALID_ARGUMENT", "generationConfig.loras must be a list of at most 4")


def test_models_without_any_do_not_know_the_field(customer: Guest) -> None:
    google = predict(customer, {"loras": WANTED}, model="imagen-4.0-fast-generate-001")
    for answer in (segmind(customer, WANTED, WITHOUT), openai(customer, WANTED, WITHOUT), google):
        assert recipe_of(customer, answer).loras == ()
        assert answer.headers["x-ignored-params"] in ("loras", "parameters.loras")


def test_the_names_on_offer_are_listed(customer: Guest) -> None:
    rows = customer.http.get("/inference-model-information/list").json()["models"]
    listed = {row["slug"]: row["parameters"]["properties"].get("loras") for row in rows}
    assert listed[WITH]["items"]["properties"]["name"]["enum"] == ["pixel-art", "ink"]
    assert {slug for slug, loras in listed.items() if loras} == {WITH}
    paths = customer.http.get("/openapi.json").json()["paths"]
    for path in (f"/v1/{WITH}", "/v1/images/generations"):
        schema = paths[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert "pixel-art" in str(schema["properties"]["loras"])
    assert "pixel-art" not in str(paths[f"/v1/{WITHOUT}"])


def test_past_requests_show_them(customer: Guest) -> None:
    request_id = segmind(customer, WANTED, version="v1").json()["request_id"]
    shown = customer.http.get(f"/inference-request/request-history/{request_id}").text
    assert '"loras":[{"name":"ink","scale":1.0},{"name":"pixel-art","scale":-0.5}]' in shown.replace(" ", "")
