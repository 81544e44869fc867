"""Same seed, same picture: every pixel of it, alone and inside a mixed batch of eight."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.system.running import Server, pixels_of

MIXED: list[dict[str, Any]] = [
    {"prompt": "a red ball", "scheduler": "DDIM", "steps": 12, "guidance_scale": 2, "seed": 1},
    {"prompt": "a cat in a room", "scheduler": "PNDM", "steps": 9, "guidance_scale": 1, "seed": 2},
    {"prompt": "a boat", "scheduler": "LMSDiscrete", "steps": 20, "guidance_scale": 4, "seed": 3},
    {"prompt": "a castle", "scheduler": "DPMSolverMultistep", "steps": 8, "guidance_scale": 7.5, "seed": 4},
    {"prompt": "two dogs", "scheduler": "EulerAncestralDiscrete", "steps": 15, "guidance_scale": 2, "seed": 5},
    {"prompt": "a tree", "scheduler": "FlowMatchEuler", "steps": 10, "guidance_scale": 3, "seed": 6},
    {"prompt": "", "negative_prompt": "tree", "scheduler": "DDIM", "steps": 11, "guidance_scale": 5, "seed": 7},
    {"prompt": "a robot", "scheduler": "DDIM", "steps": 12, "guidance_scale": 2, "seed": 8, "width": 300},
]


def draw(server: Server, body: dict[str, Any]) -> str:
    sizes = {"width": 256, "height": 320, "output_format": "png"}
    answer = server.post("/v1/imagen-4-fast", sizes | body | {"prompt": body["prompt"] or "a meadow"})
    assert answer.status_code == 200, answer.text
    with server.client() as client:
        return pixels_of(client.get(answer.json()["output"]).content)


def test_alone_and_in_a_mixed_batch(server: Server) -> None:
    alone = [draw(server, body) for body in MIXED]
    assert len(set(alone)) == len(MIXED)
    with ThreadPoolExecutor(len(MIXED)) as pool:
        together = list(pool.map(lambda body: draw(server, body), MIXED))
    assert together == alone


def test_a_drawn_seed_can_be_used_again(server: Server) -> None:
    body = {"prompt": "a red ball", "width": 256, "height": 256, "steps": 6, "seed": -1, "output_format": "png"}
    first, second = (server.post("/v1/imagen-4-fast", body) for _ in range(2))
    seeds = [answer.headers["x-seed-value"] for answer in (first, second)]
    assert seeds[0] != seeds[1]
    again = server.post("/v1/imagen-4-fast", body | {"seed": int(seeds[0])})
    with server.client() as client:
        pictures = [pixels_of(client.get(answer.json()["output"]).content) for answer in (first, second, again)]
    assert pictures[0] == pictures[2] != pictures[1]


@pytest.mark.parametrize("field", ["steps", "guidance_scale", "scheduler", "seed", "negative_prompt"])
def test_every_knob_changes_the_picture(server: Server, field: str) -> None:
    base = {"prompt": "three cats in a forest", "steps": 8, "guidance_scale": 2, "scheduler": "DDIM", "seed": 9}
    other = {"steps": 2, "guidance_scale": 9, "scheduler": "EulerAncestralDiscrete", "seed": 10,
             "negative_prompt": "trees, cat"}  # fmt: skip
    assert draw(server, base) != draw(server, base | {field: other[field]})
