"""Each field of a scene does something that can be seen, where the vocabulary says that it does."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from imagend.sketch.draw import render
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.vocabulary import CAMERAS, MOODS, PLACES, TIMES, WEATHERS
from tests.sketch.draw.scenes import scene

OUTDOORS = ("meadow", "forest", "beach", "mountains", "city", "desert", "farm", "lake")
BARE = dict.fromkeys(("trees", "flowers", "clouds", "sun", "hills", "rocks", "birds"), "none")


def changed(one: Scene, other: Scene) -> float:
    """Share of the pixels that differ clearly."""
    first, second = (render(each, 160, 160).astype(int) for each in (one, other))
    return float((np.abs(first - second).max(axis=2) > 12).mean())


@pytest.mark.parametrize("place", OUTDOORS)
@pytest.mark.parametrize("field", ["trees", "flowers", "clouds", "sun", "hills", "rocks", "birds"])
def test_a_painted_part_is_there_when_its_field_says_so(place: str, field: str) -> None:
    shown = {"sun": "shown", "hills": "shown", "rocks": "shown", "birds": "shown"}.get(field, "many")
    least = 0.0006 if field == "birds" else 0.004
    assert changed(scene(place=place, **BARE), scene(place=place, **BARE | {field: shown})) > least


@pytest.mark.parametrize("field", ["window", "rug", "shelf", "trees", "flowers"])
def test_a_room_shows_its_parts(field: str) -> None:
    bare = dict.fromkeys(("window", "rug", "shelf"), "none") | BARE
    shown = "many" if field in ("trees", "flowers") else "shown"
    assert changed(scene(place="room", **bare), scene(place="room", **bare | {field: shown})) > 0.006


@pytest.mark.parametrize("field", ["trees", "flowers"])
def test_many_are_more_than_few(field: str) -> None:
    bare = scene(place="meadow", **BARE)
    few, many = (scene(place="meadow", **BARE | {field: amount}) for amount in ("few", "many"))
    assert changed(bare, many) > 1.5 * changed(bare, few)


def test_all_places_differ() -> None:
    for one, other in combinations(PLACES, 2):
        assert changed(scene(place=one), scene(place=other)) > 0.15, (one, other)


@pytest.mark.parametrize("place", OUTDOORS)
def test_times_and_weathers_change_an_outdoor_picture(place: str) -> None:
    for field, values in (("time", TIMES), ("weather", WEATHERS)):
        for one, other in combinations(values, 2):
            assert changed(scene(place=place, **{field: one}), scene(place=place, **{field: other})) > 0.08


def test_night_is_dark_and_snow_is_white() -> None:
    day, night = (render(scene(place="farm", time=time), 96, 96) for time in ("day", "night"))
    assert night.mean() < 0.6 * day.mean()
    snow = render(scene(place="mountains", weather="snowy"), 96, 96)
    assert snow[70:].mean() > 190


@pytest.mark.parametrize("field", ["mood", "camera"])
def test_moods_and_cameras_change_a_picture(field: str) -> None:
    for one, other in combinations({"mood": MOODS, "camera": CAMERAS}[field], 2):
        pair = (scene(place="mountains", trees="many", flowers="many", **{field: value}) for value in (one, other))
        assert changed(*pair) > 0.05, (one, other)


def test_a_colour_keeps_its_name_at_any_time() -> None:
    for time in TIMES:
        pixels = render(scene(Thing(kind="ball", color="red", size=6, y=2), place="beach", time=time), 160, 160)
        red, green, blue = (float(value) for value in pixels[88, 84])
        assert red > 1.25 * max(green, blue), (time, red, green, blue)


@pytest.mark.parametrize("kind", ["sign", "banner", "mug", "book", "cake"])
def test_quoted_words_are_written(kind: str) -> None:
    one = scene(Thing(kind=kind, text="quote2", size=6, y=3), place="studio")
    blank, first, second = (render(one, 256, 256, ("x", words)) for words in ("", "HELLO", "WORLD"))
    assert (blank != first).any()
    assert (first != second).any()


def test_words_are_never_mirrored() -> None:
    plain, flipped = (scene(Thing(kind="sign", text="quote1", size=6, flip=flip)) for flip in (False, True))
    assert np.array_equal(render(plain, 128, 128, ("ABC",)), render(flipped, 128, 128, ("ABC",)))


def test_flip_mirrors_an_animal() -> None:
    plain, flipped = (scene(Thing(kind="fox", size=6, flip=flip)) for flip in (False, True))
    assert changed(plain, flipped) > 0.03
