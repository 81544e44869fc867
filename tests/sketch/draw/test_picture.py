"""Any scene becomes pixels of exactly the wanted size, the same ones every time."""

from __future__ import annotations

from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest

from imagend.sketch.draw import render, thumbnail, to_svg
from imagend.sketch.draw.kinds import DRAWINGS
from imagend.sketch.draw.raster import rasterize, rasterize_layer
from imagend.sketch.scene import Thing
from imagend.sketch.vocabulary import KIND, PLACES, STYLES
from tests.sketch.draw.scenes import any_scene, scene

SIZES = ((64, 64), (96, 64), (64, 130), (257, 135), (135, 257), (320, 180))


def test_every_kind_has_a_drawing_and_no_other_name_has() -> None:
    assert set(DRAWINGS) == set(KIND)


@pytest.mark.parametrize("seed", range(60))
def test_any_scene_draws_at_any_size(seed: int) -> None:
    random = Random(seed)
    width, height = random.choice(SIZES)
    pixels = render(any_scene(random), width, height, ("Grüße & <b>", "")[: random.randrange(3)])
    assert pixels.shape == (height, width, 3)
    assert pixels.dtype == np.uint8


@pytest.mark.parametrize("style", STYLES)
def test_a_big_picture_has_exactly_its_size(style: str) -> None:
    picture = render(scene(Thing(kind="dog"), place="farm", style=style), 1408, 768)
    assert picture.shape == (768, 1408, 3)


@pytest.mark.parametrize("style", STYLES)
def test_the_same_scene_gives_the_same_bytes(style: str) -> None:
    one = scene(Thing(kind="cat"), place="meadow", style=style, flowers="many", weather="rainy")
    assert np.array_equal(render(one, 128, 96), render(one, 128, 96))


@pytest.mark.parametrize("style", STYLES)
def test_styles_do_not_look_alike(style: str) -> None:
    pictures = {name: render(scene(Thing(kind="cat"), place="lake", style=name), 96, 96) for name in STYLES}
    others = (picture for name, picture in pictures.items() if name != style)
    assert all(np.abs(pictures[style].astype(int) - other).mean() > 3 for other in others)


@pytest.mark.parametrize("place", PLACES)
def test_a_backdrop_covers_the_whole_picture(place: str) -> None:
    for camera in ("wide", "close"):
        svg = to_svg(scene(place=place, camera=camera, weather="foggy"), 190, 100)
        alpha = np.asarray(rasterize_layer(svg, 190, 100))[..., 3]
        assert alpha.min() == 255


def test_the_document_is_sound_xml_of_the_wanted_size() -> None:
    svg = to_svg(scene(Thing(kind="sign", text="quote1", size=6), place="city"), 300, 200, ('<A> & "B"',))
    root = ElementTree.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("300", "200")
    assert rasterize(svg, 300, 200).shape == (200, 300, 3)


def test_a_thumbnail_shows_the_same_picture() -> None:
    one = scene(Thing(kind="horse", size=6), place="farm", style="cinematic")
    difference = np.abs(thumbnail(one, 128, 128).astype(int) - render(one, 128, 128))
    assert difference.mean() < 30
