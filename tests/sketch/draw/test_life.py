"""Every animal and person draws, in its box, in every pose, with everything it can wear."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import resvg_py
from PIL import Image

from imagend.sketch.draw.kinds import Drawing, birds, farm, people, pets, sea, toys, wild
from imagend.sketch.draw.kinds.fitting import Sketchpad
from imagend.sketch.draw.kinds.portrait import draw_portrait
from imagend.sketch.draw.pen import Ink, Look, Pen
from imagend.sketch.vocabulary import DETAILS, KIND, VARIANTS, Kind

DRAWINGS: dict[str, Drawing] = {
    name: drawing for part in (birds, farm, people, pets, sea, toys, wild) for name, drawing in part.DRAWINGS.items()
}
LIVING = [kind for kind in KIND.values() if kind.group == "animal"]
INK = Ink(base="#d08a3c")
MARGIN = 20


def _svg(drawing: Drawing, look: Look, style: str = "illustration") -> str:
    pen = Pen(style=style)
    drawing(pen, look)
    return pen.svg()


def _looks(kind: Kind, details: tuple[str, ...] = DETAILS) -> list[Look]:
    """Every pose with every detail; the variants go round."""
    pairs = [(pose, detail) for pose in kind.poses for detail in details]
    return [
        Look(ink=INK, pose=pose, detail=detail, variant=index % VARIANTS) for index, (pose, detail) in enumerate(pairs)
    ]


def _painted_box(svg: str, kind: Kind) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what is visible, in the drawing's own units."""
    wide, high = 100 * kind.aspect + 2 * MARGIN, 100 + 2 * MARGIN
    frame = f'viewBox="{-MARGIN} {-MARGIN} {wide} {high}" width="{wide}" height="{high}"'
    png = bytes(resvg_py.svg_to_bytes(svg_string=f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>{svg}</svg>'))
    alpha = Image.open(io.BytesIO(png)).getchannel("A").point(lambda value: 255 if value > 24 else 0)
    box = alpha.getbbox()
    assert box is not None
    return box[0] - MARGIN, box[1] - MARGIN, box[2] - MARGIN, box[3] - MARGIN


def test_every_living_kind_has_a_drawing() -> None:
    assert sorted(DRAWINGS) == sorted(kind.name for kind in LIVING)


@pytest.mark.parametrize("kind", LIVING, ids=lambda kind: kind.name)
def test_every_look_is_well_formed(kind: Kind) -> None:
    for look in _looks(kind):
        for style in ("illustration", "drawing"):
            svg = _svg(DRAWINGS[kind.name], look, style)
            ElementTree.fromstring(f"<svg>{svg}</svg>")
            assert not re.search(r"nan|inf|None", svg)
            colors = re.findall(r'(?:fill|stroke)="([^"]*)"', svg)
            assert all(re.fullmatch(r"none|#[0-9a-f]{6}", color) for color in colors)


@pytest.mark.parametrize("kind", LIVING, ids=lambda kind: kind.name)
def test_every_pose_fills_its_box(kind: Kind) -> None:
    for look in _looks(kind, ("none", "hat", "scarf")):  # whatever reaches beyond the body
        left, top, right, bottom = _painted_box(_svg(DRAWINGS[kind.name], look), kind)
        assert min(left, top, 100 * kind.aspect - right) >= -4, look
        assert abs(bottom - 100) <= 4, look
        assert (right - left) / (100 * kind.aspect) >= 0.7 or (bottom - top) / 100 >= 0.7, look


@pytest.mark.parametrize("kind", LIVING, ids=lambda kind: kind.name)
def test_variants_details_and_poses_differ(kind: Kind) -> None:
    drawing, plain = DRAWINGS[kind.name], Look(ink=INK, pose=kind.poses[0])
    assert len({_svg(drawing, replace(plain, variant=variant)) for variant in range(VARIANTS)}) == VARIANTS
    assert len({_svg(drawing, replace(plain, detail=detail)) for detail in DETAILS}) == len(DETAILS)
    assert len({_svg(drawing, replace(plain, pose=pose)) for pose in kind.poses}) == len(kind.poses)


@pytest.mark.parametrize("kind", LIVING, ids=lambda kind: kind.name)
def test_the_named_colour_shows(kind: Kind) -> None:
    red, blue = (
        _svg(DRAWINGS[kind.name], Look(ink=Ink(base=base), pose=kind.poses[0])) for base in ("#d8412f", "#3f84d4")
    )
    assert red != blue
    assert "#d8412f" in red
    assert "#3f84d4" in blue


@pytest.mark.parametrize("who", ["woman", "man", "child"])
def test_portraits_reach_from_the_crown_to_the_lower_edge(who: str) -> None:
    frame = replace(KIND[who], aspect=0.9)
    portraits = set()
    for variant, detail in zip(range(VARIANTS), (*DETAILS, "none"), strict=True):
        pen = Pen()
        draw_portrait(pen, Look(ink=INK, detail=detail, variant=variant), who)
        left, top, right, bottom = _painted_box(pen.svg(), frame)
        assert min(left, top, 90 - right) >= -4
        assert top <= 12
        assert abs(bottom - 100) <= 2
        portraits.add(pen.svg())
    assert len(portraits) == VARIANTS


def test_drawing_twice_gives_the_same() -> None:
    look = Look(ink=INK, pose="run", detail="hat", variant=3)
    assert _svg(DRAWINGS["dog"], look) == _svg(DRAWINGS["dog"], look)


def test_the_sketchpad_measures_turned_shapes() -> None:
    pad = Sketchpad()
    with pad.group("translate(10 0) rotate(90)"):
        pad.rect(0, 0, 20, 4, "#000000")
    assert pad.left <= 6
    assert pad.right >= 10
    assert pad.top == pytest.approx(0, abs=6)
    assert pad.bottom == pytest.approx(20, abs=6)
