"""The colour heuristic is weak; these tests say where, so that nobody trusts it with more."""

from __future__ import annotations

import numpy as np
import pytest

from imagend.safety.scores import Severity
from imagend.safety.skin import Skin, largest_region, shrunk
from tools.safety_pictures import painted

PICTURES = painted()


def held(name: str) -> float:
    pictures = next(pictures for key, pictures in PICTURES.items() if key.startswith(name))
    return sum(bool(Skin().scores(picture, ())) for picture in pictures) / len(pictures)


def test_much_skin_is_found_and_a_small_face_is_not() -> None:
    assert held("a large patch") > 0.8
    assert held("a face") == 0


def test_a_close_face_is_taken_for_nudity() -> None:
    assert held("a close-up face") > 0.5


@pytest.mark.parametrize("name", ["all grass", "all sky", "all stone"])
def test_other_colours_pass(name: str) -> None:
    assert held(name) == 0


def test_who_knows_what_he_drew_is_believed() -> None:
    picture = PICTURES["a large patch of skin (60 % of the picture), six tones"][0]
    assert Skin().scores(picture, ("studio", "ball")) == {}
    assert Skin("HIGH").scores(picture, ()) == {"sexual": Severity.HIGH}


def test_a_flat_wall_is_no_skin() -> None:
    assert Skin().scores(np.full((64, 64, 3), (210, 158, 124), np.uint8), ()) == {}


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 300, 3), (47, 49, 3), (1408, 768, 3), (2048, 2048, 3)])
def test_all_sizes(shape: tuple[int, int, int]) -> None:
    picture = np.zeros(shape, np.uint8)
    assert max(shrunk(picture).shape[:2]) <= 48
    assert Skin().scores(picture, ()) == {}


def test_regions_join_at_sides_only() -> None:
    mask = np.array([[1, 1, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0]], bool)
    assert largest_region(mask) == 3
    assert largest_region(np.zeros((2, 2), bool)) == 0
