"""What clients really send and must get a picture for. Row names are those of the contract's edge cases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imagend.core.job import Job
from tests.api.house import Guest


def job_of(guest: Guest, answer: Any) -> Job:
    assert answer.status_code == 200, answer.text
    return guest.house.services.desk.look(guest.account_id, answer.json()["request_id"])


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [
        ("application/json", ""),
        ("application/json; charset=utf-8", ""),
        ("APPLICATION/JSON", ""),
        ("text/plain", "  \n"),
        ("text/plain;charset=UTF-8", ""),
        (None, "\t"),
        ("", ""),
    ],
)
def test_e15_e18_content_types(guest: Guest, kind: str | None, prefix: str) -> None:
    content = (prefix + json.dumps({"prompt": "a kite"})).encode()
    headers = {} if kind is None else {"content-type": kind}
    job_of(guest, guest.http.post("/v2/imagen", content=content, headers=headers))


def test_a_body_in_chunks(guest: Guest) -> None:
    job_of(guest, guest.http.post("/v2/imagen", content=iter([b'{"prompt":', b'"a ', b'kite"}'])))


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (" White fluffy bear", " White fluffy bear"),
        ("夕焼けの猫 🐈‍⬛ “quoted”", "夕焼けの猫 🐈‍⬛ “quoted”"),
        ("𝒜 four-byte", "𝒜 four-byte"),
        ("a\0b", "ab"),
        ("x" * 32_000, "x" * 32_000),
    ],
)
def test_e4_prompts(guest: Guest, sent: str, stored: str) -> None:
    request_id = guest.finished(sent, width=256, height=256)
    assert guest.http.get(f"/v2/requests/{request_id}").json()["prompt"] == stored


@pytest.mark.parametrize(
    ("slug", "fields", "size"),
    [
        ("imagen", {}, (1408, 768)),
        ("imagen-4", {}, (1280, 896)),
        ("imagen-4-fast", {}, (1408, 768)),
        ("imagen-4-ultra", {}, (2048, 2048)),
        ("imagen-4-ultra", {"aspect_ratio": "16:9"}, (2816, 1536)),
        ("imagen-4", {"aspect_ratio": None}, (1280, 896)),
        ("imagen-4-fast", {"aspect_ratio": "9:16"}, (768, 1408)),
        ("imagen-4-fast", {"width": 512, "height": 512}, (512, 512)),
        ("imagen-4-fast", {"width": 640}, (640, 512)),
        ("imagen-4-fast", {"height": "333"}, (512, 333)),
        ("imagen-4-fast", {"width": 301.0, "height": 999, "aspect_ratio": "1:1"}, (301, 999)),
        ("imagen-4", {"width": 256}, (256, 512)),
    ],
)
def test_e22_to_e25_sizes(guest: Guest, slug: str, fields: dict[str, Any], size: tuple[int, int]) -> None:
    recipe = job_of(guest, guest.http.post(f"/v2/{slug}", json={"prompt": "a kite", **fields})).recipe
    assert (recipe.width, recipe.height) == size


@pytest.mark.parametrize(
    ("slug", "fields", "attribute", "value"),
    [
        ("imagen-4-fast", {"steps": 1}, "steps", 1),
        ("imagen-4-fast", {"steps": "100"}, "steps", 100),
        ("imagen-4-fast", {"guidance_scale": 1}, "guidance_scale", 1.0),
        ("imagen-4-fast", {"guidance_scale": "20"}, "guidance_scale", 20.0),
        ("imagen-4-fast", {"scheduler": "DDIM"}, "scheduler", "DDIM"),
        ("imagen-4-fast", {"scheduler": "PNDM"}, "scheduler", "PNDM"),
        ("imagen-4-fast", {"scheduler": "LMSDiscrete"}, "scheduler", "LMSDiscrete"),
        ("imagen-4-fast", {"scheduler": "DPMSolverMultistep"}, "scheduler", "DPMSolverMultistep"),
        ("imagen-4-fast", {"scheduler": "EulerAncestralDiscrete"}, "scheduler", "EulerAncestralDiscrete"),
        ("imagen", {"scheduler": "DDIM"}, "scheduler", "DDIM"),
        ("imagen-4-fast", {"seed": 0}, "seed", 0),
        ("imagen-4-fast", {"seed": 2**31 - 1}, "seed", 2**31 - 1),
        ("imagen-4", {"negative_prompt": ""}, "negative_prompt", ""),
        ("imagen-4", {}, "negative_prompt", "blurry, pixelated"),
        ("imagen-4-fast", {"samples": "3"}, "count", 3),
        ("imagen", {"output_format": "jpg"}, "output_format", "jpeg"),
    ],
)
def test_e29_e31_values(guest: Guest, slug: str, fields: dict[str, Any], attribute: str, value: Any) -> None:
    recipe = job_of(guest, guest.http.post(f"/v2/{slug}", json={"prompt": "a kite", **fields})).recipe
    assert getattr(recipe, attribute) == value


@pytest.mark.parametrize(
    ("slug", "fields", "people", "level"),
    [
        ("imagen", {"person_generation": "allow_adult"}, "ALLOW_ADULT", "BLOCK_LOW_AND_ABOVE"),
        ("imagen", {"person_generation": "DONT_ALLOW"}, "DONT_ALLOW", "BLOCK_LOW_AND_ABOVE"),
        ("imagen", {"safety_filter_level": "block_only_high"}, "ALLOW_ADULT", "BLOCK_ONLY_HIGH"),
        ("imagen-4", {"person_generation": "DONT_ALLOW"}, "DONT_ALLOW", "BLOCK_MEDIUM_AND_ABOVE"),
    ],
)
def test_e37_e39_safety(guest: Guest, slug: str, fields: dict[str, Any], people: str, level: str) -> None:
    safety = job_of(guest, guest.http.post(f"/v2/{slug}", json={"prompt": "a kite", **fields})).recipe.safety
    assert (safety.people, safety.level) == (people, level)


@pytest.mark.parametrize(
    "price", [("imagen", 0.06), ("imagen-4", 0.06), ("imagen-4-fast", 0.025), ("imagen-4-ultra", 0.075)]
)
def test_prices(guest: Guest, price: tuple[str, float]) -> None:
    guest.submit(slug=price[0])
    assert guest.http.get("/v1/get-user-credits").json()["credits"] == 100.0 - price[1]


def test_e32_minus_one_draws_another_seed_each_time(guest: Guest) -> None:
    jobs = [
        job_of(guest, guest.http.post("/v2/imagen", json={"prompt": "a", "seed": seed})) for seed in (-1, "-1", None)
    ]
    assert len({job.recipe.seed for job in jobs}) == 3
    assert all(0 <= job.recipe.seed < 2**31 for job in jobs)
