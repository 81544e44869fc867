"""The last word on a scene: inside, apart, readable, and the same every time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagend.sketch.guard import asked_overlaps, tidy
from imagend.sketch.layout import TOUCH, box_of, frame, overlap
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.text import read

RATIOS = (9 / 16, 3 / 4, 1.0, 4 / 3, 16 / 9)
PILE = tuple(Thing(kind=kind, x=7, y=1) for kind in ("dog", "cat", "horse"))


@pytest.mark.parametrize("aspect", RATIOS)
def test_a_pile_of_mentioned_things_is_spread_out(aspect: float) -> None:
    things = tidy(Scene(things=PILE), aspect, read("a dog, a cat and a horse")).things
    boxes = [box_of(thing, aspect) for thing in things]
    assert [thing.kind for thing in things] == ["dog", "cat", "horse"]
    assert all(overlap(a, b) <= TOUCH for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize("aspect", RATIOS)
def test_boxes_end_up_inside_the_picture(aspect: float) -> None:
    corner = Scene(things=(Thing(kind="train", x=0, y=11, size=7), Thing(kind="castle", x=15, y=0, size=7)))
    for thing in tidy(corner, aspect, read("a train and a castle")).things:
        box = box_of(thing, aspect)
        width, height = frame(aspect)
        assert box.left >= -1e-9
        assert box.right <= width + 1e-9
        assert box.top <= height


def test_overlaps_that_were_asked_for_stay() -> None:
    scene = Scene(things=(Thing(kind="dog", x=7, y=0), Thing(kind="house", x=8, y=2, size=6)))
    assert tidy(scene, 1.0, read("a dog in front of a house")) == scene
    assert tidy(scene, 1.0, read("a dog and a house")) != scene


def test_overlaps_are_asked_for_by_relations_only() -> None:
    assert asked_overlaps(read("a cat on a table and a dog next to a car")) == {frozenset({"cat", "table"})}
    assert asked_overlaps(read("a dog on the beach, a cat")) == frozenset()


def test_words_are_never_covered() -> None:
    sign = Thing(kind="sign", text="quote1", x=7, y=1, size=5)
    scene = Scene(things=(*PILE, sign))
    things = tidy(scene, 1.0, read('a dog, a cat, a horse and a sign that says "HI"')).things
    carrier = next(thing for thing in things if thing.text == "quote1")
    assert replace(carrier, size=sign.size) == sign
    assert all(overlap(box_of(carrier, 1.0), box_of(thing, 1.0)) <= 0.01 for thing in things if thing is not carrier)


def test_quotes_stand_exactly_once() -> None:
    twice = Scene(things=(Thing(kind="sign", text="quote1", x=2), Thing(kind="book", text="quote1", x=12)))
    assert [thing.text for thing in tidy(twice, 1.0, read('a sign "A" and a book')).things] == ["quote1", "none"]
    twice = replace(twice, things=twice.things[::-1])
    assert [thing.text for thing in tidy(twice, 1.0, read('a sign "A" and a book')).things] == ["none", "quote1"]
    missing = Scene(things=(Thing(kind="dog", x=2), Thing(kind="mug", x=12)))
    assert [thing.text for thing in tidy(missing, 1.0, read('a dog and a mug "A"')).things] == ["none", "quote1"]
    unasked = Scene(things=(Thing(kind="sign", text="quote2"),))
    assert tidy(unasked, 1.0, read("a sign")).things[0].text == "none"


def test_impossible_poses_and_details_are_dropped() -> None:
    thing = tidy(Scene(things=(Thing(kind="car", pose="sleep", detail="hat"),)), 1.0, read("a car")).things[0]
    assert (thing.pose, thing.detail) == ("stand", "none")


def test_the_subject_is_not_dwarfed() -> None:
    scene = Scene(things=(Thing(kind="teddy", size=1, x=13), Thing(kind="box", size=2, x=3)))
    assert tidy(scene, 1.0, read("a teddy with toys")).things[0].size == 3
    assert tidy(scene, 1.0, read("a small teddy")).things[0].size == 1
    assert tidy(scene, 1.0, read("two teddies")).things[0].size == 1
