"""What a prompt counts and refuses, and that only surplus things go."""

from __future__ import annotations

from collections import Counter

import pytest

from imagend.sketch.counts import counted, read_counts
from imagend.sketch.scene import Scene, Thing, default_globals
from imagend.sketch.text import read


@pytest.mark.parametrize(
    ("prompt", "limits"),
    [
        ("a dog and two cats", {"dog": [None], "cat": [None, None]}),
        ("a red ball and a blue ball", {"ball": ["red", "blue"]}),
        ("dogs in a meadow", {}),
        ("a dog and some dogs", {}),
        ("three sleeping gray mice", {"mouse": ["gray"] * 3}),
        ("a teddy with toys", {}),
        ("a cat, no dogs", {"cat": [None]}),
    ],
)
def test_what_is_counted(prompt: str, limits: dict[str, list[str | None]]) -> None:
    assert read_counts(read(prompt))[0] == limits


def test_surplus_things_go_and_wrong_colours_first() -> None:
    balls = tuple(Thing(kind="ball", color=color) for color in ("natural", "red", "blue", "red"))
    scene = Scene(things=(*balls, Thing(kind="cat")))
    left = counted(scene, read("a red ball and a blue ball"))
    assert Counter((thing.kind, thing.color) for thing in left.things) == {
        ("ball", "red"): 1, ("ball", "blue"): 1, ("cat", "natural"): 1,
    }  # fmt: skip
    assert counted(scene, read("balls")) == scene
    assert counted(scene, read("five balls")) == scene


def test_refused_things_and_painted_parts_go() -> None:
    world = default_globals() | {"trees": "many", "clouds": "few", "sun": "shown"}
    scene = Scene(world=world, things=(Thing(kind="tree"), Thing(kind="dog")))
    after = counted(scene, read("a dog, no trees, without clouds"))
    assert [thing.kind for thing in after.things] == ["dog"]
    assert (after["trees"], after["clouds"], after["sun"]) == ("none", "none", "shown")
