"""Where things end up in the picture."""

from __future__ import annotations

from imagend.sketch.draw.compose import stage_of
from imagend.sketch.draw.layout import Box, boxes
from imagend.sketch.draw.pen import Pen
from imagend.sketch.scene import Thing
from tests.sketch.draw.scenes import scene


def placed(*things: Thing, width: int = 100, height: int = 100, **world: str) -> list[Box]:
    return boxes(stage_of(scene(*things, **world), width, height, Pen()))


def test_a_box_is_in_hundredths_of_the_short_side() -> None:
    (box,) = placed(Thing(kind="ball", x=7, y=1, size=3), width=200, height=100, place="meadow")
    assert (box.height, box.width) == (20.0, 20.0)
    assert box.center == 200 * 7.5 / 16
    assert box.bottom == 100 * (1 - 1.5 / 12)


def test_near_things_are_drawn_over_far_ones_and_over_those_in_the_air() -> None:
    order = placed(Thing(kind="dog", y=0), Thing(kind="cat", y=2), Thing(kind="balloon", y=5), place="meadow")
    assert [box.thing.kind for box in order] == ["balloon", "cat", "dog"]


def test_no_kind_is_drawn_for_an_empty_slot() -> None:
    assert placed(Thing(kind="none"), place="city") == []


def test_a_shadow_needs_ground() -> None:
    (standing,) = placed(Thing(kind="horse", y=1), place="farm")
    (flying,) = placed(Thing(kind="airplane", y=8), place="farm")
    (floating,) = placed(Thing(kind="horse", y=1), place="space", hills="none")
    assert standing.ground == standing.bottom
    assert flying.ground is None
    assert floating.ground is None


def test_what_stands_on_a_thing_has_no_shadow_on_the_ground() -> None:
    things = Thing(kind="table", y=1, size=5), Thing(kind="cat", y=6, size=3)
    for place in ("meadow", "room", "beach"):
        table, cat = placed(*things, place=place)
        assert (table.thing.kind, cat.thing.kind) == ("table", "cat")
        assert cat.ground is None
        assert abs(cat.bottom - table.top) < 4


def test_nobody_stands_in_the_sea_or_on_a_wall() -> None:
    for place, edge in (("beach", 74), ("lake", 77), ("room", 62)):
        bottoms = [placed(Thing(kind="dog", y=y), place=place)[0].bottom for y in range(5)]
        assert min(bottoms) > edge
        assert bottoms == sorted(bottoms, reverse=True)


def test_a_boat_floats_on_the_open_water() -> None:
    for y in range(12):
        (box,) = placed(Thing(kind="boat", y=y), place="lake")
        assert box.afloat
        assert 57 < box.bottom < 78


def test_one_big_person_close_up_is_a_portrait() -> None:
    woman, man = Thing(kind="woman", size=7), Thing(kind="man", size=7)
    (box,) = placed(woman, place="meadow", camera="close")
    assert box.portrait
    assert box.bottom >= 100
    assert not any(box.portrait for box in placed(woman, man, place="meadow", camera="close"))
    assert not any(box.portrait for box in placed(woman, place="meadow", camera="medium"))
