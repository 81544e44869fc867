"""The policy on a real server with the bundled model: what it draws, it knows."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.system.running import Server, imagend

pytestmark = pytest.mark.system
SMALL = {"width": 256, "height": 256, "steps": 8}
MIXED_SEED = 2  # of four pictures of "zoo animals" from here on, the model puts a person into two


def finished(server: Server, slug: str, body: dict[str, Any]) -> Any:
    with server.client() as client:
        submitted = client.post(f"/v2/{slug}", json=body).json()
        until = time.monotonic() + 60
        while client.get(submitted["status_url"]).json()["status"] in ("QUEUED", "PROCESSING"):
            assert time.monotonic() < until
            time.sleep(0.05)
        return client.get(submitted["response_url"])


def test_a_prompt_that_is_not_allowed_fails_free_of_charge(server: Server) -> None:
    before = server.credits()
    answer = server.post("/v1/imagen-4-fast", {"prompt": "a photograph of a naked man", **SMALL})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Content blocked by safety filter (stage=prompt, category=sexual)")
    assert server.credits() == before


def test_a_person_that_nobody_asked_for_is_held_back(server: Server) -> None:
    """The prompt names no person, so only a look at the picture can tell."""
    body = {"prompt": "zoo animals", "num_images": 4, "seed": MIXED_SEED, **SMALL}
    with_people = finished(server, "imagen-4", body).json()
    before = server.credits()
    without = finished(server, "imagen-4", {**body, "person_generation": "DONT_ALLOW"}).json()
    assert without["status"] == "COMPLETED", without
    kept = [image["seed"] for image in without["images"]]
    assert 0 < len(kept) < 4 == len(with_people["images"])
    held_back = f"{4 - len(kept)} of 4 pictures held back by the safety filter"
    assert f"{held_back} (stage=image, category=people). Support codes: 39322892" in without["warnings"]
    assert before - server.credits() == pytest.approx(len(kept) * 0.06)


def test_the_command_line_draws_under_the_same_policy(tmp_path: Any) -> None:
    done = imagend("generate", "a naked man", "--output", str(tmp_path / "x.png"), check=False)
    assert done.returncode != 0
    assert "(stage=prompt, category=sexual). Support codes: 90789179" in done.stderr
    assert not (tmp_path / "x.png").exists()
