"""Relations and positions of a prompt: what is asked, and that small moves make it true."""

from __future__ import annotations

import pytest

from imagend.sketch.arrange import arranged
from imagend.sketch.relations import RELATIONS, asked_of, holds_relation
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.text import read

WORDS = {
    "left_of": "left of", "right_of": "right of", "above": "above", "below": "below", "next_to": "next to",
    "in_front_of": "in front of", "behind": "behind", "on_top_of": "on top of",
}  # fmt: skip


def asked(prompt: str) -> list[tuple[str, str, str]]:
    return [(a.one.kind, a.name, a.other.kind if a.other else "") for a in asked_of(read(prompt))]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a dog to the left of a cat", [("dog", "left_of", "cat")]),
        ("a red ball on the left, a cube on the right", [("ball", "at_left", ""), ("cube", "at_right", "")]),
        ("a cat on a table in a room", [("cat", "on_top_of", "table")]),
        ("a dog and a cat next to a big red car", [("cat", "next_to", "car")]),
        ("a dog on the beach", []),
        ("a dog, left of it nothing", []),
        ("a house by the lake with a tree", []),
    ],
)
def test_what_a_prompt_asks(prompt: str, expected: list[tuple[str, str, str]]) -> None:
    assert asked(prompt) == expected


@pytest.mark.parametrize("relation", sorted(RELATIONS - {"on"}))
@pytest.mark.parametrize("aspect", [9 / 16, 1.0, 16 / 9])
def test_a_missed_relation_is_made_true(relation: str, aspect: float) -> None:
    for x in (1, 7, 14):
        scene = Scene(things=(Thing(kind="mouse", x=x, y=2, size=2), Thing(kind="chair", x=7, y=2, size=4)))
        after = arranged(scene, aspect, read(f"a mouse {WORDS[relation]} a chair"))
        assert holds_relation(relation, after.things[0], after.things[1], aspect)


def test_plurals_and_absent_things_are_left_alone() -> None:
    scene = Scene(things=(Thing(kind="mouse", x=1), Thing(kind="mouse", x=4), Thing(kind="chair", x=9)))
    assert arranged(scene, 1.0, read("two mice right of a chair")) == scene
    assert arranged(scene, 1.0, read("a dog right of a chair")) == scene


def test_the_coloured_one_is_meant() -> None:
    scene = Scene(things=(Thing(kind="ball", color="red", x=3), Thing(kind="ball", color="blue", x=12)))
    after = arranged(scene, 1.0, read("a red ball to the right of a blue ball"))
    assert after.things[0].x > after.things[1].x
