"""Every vehicle, building, plant and thing draws itself: inside its box, filling it, each variant in its own way."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
import resvg_py
from PIL import Image

from imagend.sketch.draw.kinds import DRAWINGS
from imagend.sketch.draw.pen import Ink, Look, Pen
from imagend.sketch.vocabulary import KINDS, VARIANTS

MARGIN = 20.0  # units around the box that are rasterised too, to see what sticks out
ROOM = 4.0
COLORS = ("#d9483b", "#f7f4ee", "#2c2a33", "#5fa350")
OURS = [kind for kind in KINDS if kind.group in ("vehicle", "building", "plant", "thing")]
NAMES = [kind.name for kind in OURS]
BY_NAME = {kind.name: kind for kind in OURS}
CARRIERS = [kind.name for kind in OURS if kind.words]


def drawn(
    name: str, *, base: str = COLORS[0], variant: int = 0, style: str = "illustration", words: str | None = None
) -> str:
    pen = Pen(style=style)
    DRAWINGS[name](pen, Look(ink=Ink(base=base), variant=variant, words=words))
    return pen.svg()


def pixels(name: str, shapes: str, scale: float = 1.5) -> np.ndarray:
    """RGBA of the box and MARGIN units around it."""
    width, height = 100 * BY_NAME[name].aspect + 2 * MARGIN, 100 + 2 * MARGIN
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale:.0f}" height="{height * scale:.0f}"'
        f' viewBox="{-MARGIN} {-MARGIN} {width} {height}">{shapes}</svg>'
    )
    return np.asarray(Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))).convert("RGBA"))


def ink_box(name: str, shapes: str) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what is painted, in units of the box."""
    scale = 1.5
    rows, columns = np.nonzero(pixels(name, shapes, scale)[..., 3] > 40)
    left, top = columns.min() / scale - MARGIN, rows.min() / scale - MARGIN
    return left, top, (columns.max() + 1) / scale - MARGIN, (rows.max() + 1) / scale - MARGIN


@pytest.mark.parametrize("name", NAMES)
def test_every_variant_and_colour_is_well_formed_and_finite(name: str) -> None:
    for variant in range(VARIANTS):
        for base in COLORS:
            for style in ("illustration", "drawing"):
                shapes = drawn(name, base=base, variant=variant, style=style)
                ElementTree.fromstring(f"<svg>{shapes}</svg>")
                assert not re.search(r"nan|inf|None", shapes)
                assert not re.search(r'(?:fill|stroke)="(?!none|url\(#|#[0-9a-f]{6}")', shapes)


@pytest.mark.parametrize("name", NAMES)
def test_stays_in_its_box_fills_it_and_stands_on_the_ground(name: str) -> None:
    wide = 100 * BY_NAME[name].aspect
    for variant in range(VARIANTS):
        left, top, right, bottom = ink_box(name, drawn(name, variant=variant))
        assert left >= -ROOM, variant
        assert top >= -ROOM, variant
        assert right <= wide + ROOM, variant
        assert bottom <= 100 + ROOM, variant
        assert bottom >= 97 or BY_NAME[name].zone != "ground", variant
        assert max((right - left) / wide, (bottom - top) / 100) >= 0.7, variant


@pytest.mark.parametrize("name", NAMES)
def test_variants_differ_and_repeat(name: str) -> None:
    drawings = [drawn(name, variant=variant) for variant in range(VARIANTS)]
    assert len(set(drawings)) == VARIANTS
    assert all(a != b for a, b in pairwise(drawings))
    assert drawings == [drawn(name, variant=variant) for variant in range(VARIANTS)]


@pytest.mark.parametrize("name", NAMES)
def test_shows_the_colour_it_is_asked_for(name: str) -> None:
    for variant in range(VARIANTS):
        picture = pixels(name, drawn(name, base="#c81ec8", variant=variant)).astype(int)
        painted = picture[..., 3] > 200
        red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
        magenta = painted & (red - green > 60) & (blue - green > 60)
        assert magenta.sum() / painted.sum() > 0.08, variant


@pytest.mark.parametrize("name", CARRIERS)
def test_words_are_written(name: str) -> None:
    for variant in range(VARIANTS):
        blank, written = (pixels(name, drawn(name, variant=variant, words=words)) for words in (None, "OPEN 24 HOURS"))
        other = pixels(name, drawn(name, variant=variant, words="OPEN 24 HOUSE"))
        assert (blank != written).any(axis=-1).sum() > 150, variant
        assert (other != written).any(axis=-1).sum() > 5, variant


@pytest.mark.parametrize("name", CARRIERS)
@pytest.mark.parametrize("base", COLORS)
def test_words_can_be_read_in_line_drawings(name: str, base: str) -> None:
    """Dark letters on paper, light ones where the thing itself is inked."""
    blank, written = (drawn(name, base=base, style="drawing", words=words) for words in (None, "HI"))
    blank_picture, picture = pixels(name, blank)[..., :3].astype(int), pixels(name, written)[..., :3].astype(int)
    assert (abs(blank_picture - picture).max(axis=-1) > 120).sum() > 60


@pytest.mark.parametrize("name", CARRIERS)
@pytest.mark.parametrize("words", ["HI", "Happy Birthday to you, dear Grandmother!", "Привет"])
def test_words_stay_on_the_thing(name: str, words: str) -> None:
    for variant in range(VARIANTS):
        blank = pixels(name, drawn(name, variant=variant, words=" "))[..., 3]
        written = pixels(name, drawn(name, variant=variant, words=words))[..., 3]
        assert (written.astype(int) - blank > 128).sum() == 0, variant
