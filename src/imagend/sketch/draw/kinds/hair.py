"""Hair for people: a part behind the head and a part over it, in units of a head 20 in radius."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imagend.sketch.draw.kinds.coat import Coat, coat_of, is_lines, volume
from imagend.sketch.draw.kinds.curves import Knot, fleece, oval, smooth
from imagend.sketch.draw.pen import Pen, mix

SKINS = ("#f7d3b9", "#e9b690", "#f9dcc8", "#8d5b3d", "#f2c7a4", "#c98d62", "#a8714b", "#fbe0cd")
HAIRS = ("#7a4526", "#33211f", "#c8702c", "#241c22", "#e3b261", "#4b2d21", "#2a1d1c", "#93401f")


def skin_of(variant: int) -> Coat:
    """Warm shadows, so that faces never turn grey."""
    body = SKINS[variant % 8]
    return Coat(
        body=body, shade=mix(body, "#a8452e", 0.24), light=mix(body, "#fff4e2", 0.4), deep=mix(body, "#7a2f20", 0.4),
        pale=mix(body, "#fff4e6", 0.6), line=mix("#4a2a26", body, 0.1), dark=False,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Hair:
    style: str
    color: str
    fine: bool = False  # close up: single strands and shine

    @property
    def shade(self) -> str:
        return mix(self.color, "#1c0c18", 0.32)

    @property
    def light(self) -> str:
        return mix(self.color, "#ffe3a8", 0.3)

    @property
    def covers_ears(self) -> bool:
        return self.style in ("waves", "straight", "bob", "sidebob", "curls")


def _both(pen: Pen, knots: list[Knot], color: str) -> None:
    pen.path(smooth(knots), color)
    pen.path(smooth([(-knot[0], *knot[1:]) for knot in knots]), color)


def _strands(pen: Pen, hair: Hair, curves: tuple[str, ...], color: str, width: float = 0.7) -> None:
    if hair.fine and not is_lines(pen):
        for d in curves:
            pen.line(d, color, width, opacity=0.75)


def _mass(pen: Pen, hair: Hair, knots: list[Knot]) -> None:
    pen.path(smooth(knots), hair.shade)


# --- behind the head -----------------------------------------------------------------------------


def _long_behind(pen: Pen, hair: Hair) -> None:
    _mass(pen, hair, [
        (0, -25), (16, -22), (24, -8), (24, 8), (28, 24), (25, 38), (17, 42), (8, 37), (-8, 37), (-17, 42), (-25, 38),
        (-28, 24), (-24, 8), (-24, -8), (-16, -22),
    ])  # fmt: skip
    waves: list[Knot] = [(18, -8), (24, 6), (21, 18), (26, 28), (21, 39), (14, 34), (17, 24), (13, 14)]
    _both(pen, waves, hair.color)
    _strands(pen, hair,
        ("M20 2 C24 12 17 18 22 28 C24 33 21 36 18 38", "M-20 2 C-24 12 -17 18 -22 28 C-24 33 -21 36 -18 38"),
        hair.light, 0.9)  # fmt: skip
    _strands(pen, hair,
        ("M17 8 C20 16 15 22 18 32", "M-17 8 C-20 16 -15 22 -18 32", "M23 8 C25 14 22 20 25 28",
        "M-23 8 C-25 14 -22 20 -25 28"), hair.shade)  # fmt: skip


def _straight_behind(pen: Pen, hair: Hair) -> None:
    _mass(pen, hair, [
        (0, -25), (17, -21), (24, -6), (25, 16), (25, 38, 0.5), (12, 40), (-12, 40), (-25, 38, 0.5), (-25, 16),
        (-24, -6), (-17, -21),
    ])  # fmt: skip
    _both(pen, [(18, -8), (23.6, 4), (24, 22), (23, 37, 0.6), (15, 38, 0.6), (15, 14)], hair.color)
    _strands(pen, hair, ("M20 2 L20.6 34", "M-20 2 L-20.6 34", "M17.6 10 L17.8 35", "M-17.6 10 L-17.8 35"), hair.shade)


def _bob_behind(pen: Pen, hair: Hair) -> None:
    _mass(pen, hair, [
        (0, -25), (17, -21), (24, -6), (25, 10), (22, 22), (10, 21), (-10, 21), (-22, 22), (-25, 10), (-24, -6),
        (-17, -21),
    ])  # fmt: skip


def _bun_behind(pen: Pen, hair: Hair) -> None:
    volume(pen, smooth(oval(0, -28, 10.5, 9)), coat_of(hair.color), 2)
    _strands(pen, hair, ("M-6 -30 Q0 -34 6 -29", "M-4 -26 Q1 -30 7 -26"), hair.light)
    _mass(pen, hair, [(0, -24), (16, -20), (21, -6), (19, 6), (-19, 6), (-21, -6), (-16, -20)])


def _tail_behind(pen: Pen, hair: Hair) -> None:
    _mass(pen, hair, [(0, -24), (16, -20), (21, -6), (19, 6), (-19, 6), (-21, -6), (-16, -20)])
    pen.path(smooth([(-12, -20), (-24, -22), (-33, -10), (-33, 10), (-27, 22, 0.4), (-25, 6), (-20, -6)]), hair.color)
    _strands(pen, hair, ("M-20 -16 Q-30 -8 -29 12",), hair.light)


def _plaits_behind(pen: Pen, hair: Hair) -> None:
    _mass(pen, hair, [(0, -24), (16, -20), (21, -6), (19, 8), (-19, 8), (-21, -6), (-16, -20)])
    for side in (-1, 1):
        for y, r in ((10, 6.4), (18, 6), (26, 5.4), (33, 4.4)):
            pen.ellipse(side * (21 + (y - 10) * 0.1), y, r, 5.4, hair.color if y % 4 else hair.shade)
        pen.ellipse(side * 23.6, 37.5, 2.8, 2, "#e4574c")
        pen.path(smooth([(side * 21.6, 38), (side * 25.6, 38), (side * 24.6, 46, 0.3)]), hair.color)


def _bunches_behind(pen: Pen, hair: Hair) -> None:
    for side in (-1, 1):
        pen.path(smooth([
            (side * 15, -15), (side * 27, -18), (side * 33, -4), (side * 28, 8, 0.5), (side * 21, -2),
        ]), hair.color)  # fmt: skip
        pen.ellipse(side * 18.5, -13, 3.2, 3.2, "#e4574c")


def _cloud_behind(pen: Pen, hair: Hair) -> None:
    pen.path(fleece(oval(0, -5, 27, 25), 15, 0.42), hair.shade)
    pen.path(fleece(oval(-0.6, -7, 25, 22.5), 14, 0.4), hair.color)


def _short_behind(pen: Pen, hair: Hair) -> None:
    _mass(pen, hair, [(0, -23), (15, -20), (20, -7), (18.6, 6), (-18.6, 6), (-20, -7), (-15, -20)])


def _none(pen: Pen, hair: Hair) -> None:
    """Nothing on this side."""


# --- over the forehead ---------------------------------------------------------------------------


def _parted(pen: Pen, hair: Hair) -> None:
    pen.path(smooth([
        (6, -23.5), (-8, -25), (-19, -17), (-22.5, -2), (-20.5, 8), (-17.6, 4), (-15, -5), (-6, -11), (4, -16),
    ]), hair.color)  # fmt: skip
    pen.path(smooth([
        (4, -23.6), (13, -23.6), (20.5, -15), (22.5, -2), (20.5, 8), (17.6, 4), (15.4, -6), (10, -12), (4.6, -18),
    ]), hair.color)  # fmt: skip
    _strands(pen, hair,
        ("M4 -20 C-6 -19 -16 -13 -19 0", "M3 -22.6 C-8 -22.6 -18 -15 -20.6 -3", "M7 -21 C14 -18 18.6 -10 19.6 0"),
        hair.light, 0.9)  # fmt: skip
    _strands(pen, hair, ("M4 -17.6 C-5 -15 -14 -10 -17.4 1", "M8 -18 C13 -14 16.4 -8 18 1"), hair.shade)


def _fringe(pen: Pen, hair: Hair) -> None:
    pen.path(smooth([
        (0, -25), (13, -22.6), (21.5, -12), (23, 4), (20, 12, 0.6), (17.6, 0), (16, -6, 0.4), (9, -5.4), (0, -6.6),
        (-9, -5.4), (-16, -6, 0.4), (-17.6, 0), (-20, 12, 0.6), (-23, 4), (-21.5, -12), (-13, -22.6),
    ]), hair.color)  # fmt: skip
    _strands(pen, hair,
        ("M-8 -20 Q-13 -13 -12.6 -7", "M-2 -21 Q-4 -13 -4 -8", "M5 -21 Q6 -13 5 -8", "M11 -19 Q14 -12 13 -7"),
        hair.shade)  # fmt: skip
    if not is_lines(pen):
        pen.path(smooth([(-15, -14), (-7, -19), (7, -19), (15, -14), (7, -16.2), (-7, -16.2)]), hair.light, opacity=0.5)


def _drawn_back(pen: Pen, hair: Hair) -> None:
    pen.path(smooth([
        (0, -24.5), (13, -21.6), (20.6, -10), (20, 0, 0.6), (17, -5), (11, -13.6), (0, -15.8), (-11, -13.6),
        (-17, -5), (-20, 0, 0.6), (-20.6, -10), (-13, -21.6),
    ]), hair.color)  # fmt: skip
    _strands(pen, hair, ("M-14 -12 Q-8 -20 -1 -23", "M14 -12 Q8 -20 1 -23", "M-6 -15.6 L-2 -22", "M6 -15.6 L2 -22"),
        hair.light)  # fmt: skip


def _curls_over(pen: Pen, hair: Hair) -> None:
    pen.path(fleece([
        (-19, -4), (-17, -17), (-6, -24), (6, -24), (17, -17), (19, -4), (13, -9), (5, -12), (-5, -12), (-13, -9),
    ], 16, 0.42), hair.color)  # fmt: skip
    _strands(pen, hair, ("M-12 -16 Q-8 -20 -4 -17", "M2 -19 Q6 -22 10 -18", "M10 -13 Q14 -16 16 -12"), hair.light, 1)


def _side_swept(pen: Pen, hair: Hair) -> None:
    pen.path(smooth([
        (-8, -22), (4, -26), (16, -21), (20.6, -9), (19.4, 2, 0.6), (17, -4), (14.6, -10), (4, -11.6), (-8, -16),
        (-14, -11), (-17, -4), (-19.4, 2, 0.6), (-20.4, -9), (-16, -19),
    ]), hair.color)  # fmt: skip
    _strands(pen, hair, ("M-8 -19 C0 -15 8 -15 15 -13", "M-6 -22 C2 -19 12 -19 17 -14"), hair.light, 0.9)


def _quiff(pen: Pen, hair: Hair) -> None:
    pen.path(smooth([
        (-16, -17), (-12, -25), (-2, -29.6), (10, -29), (17, -22), (20.4, -9), (19.2, 1, 0.6), (16.6, -6), (12, -13),
        (2, -14.4), (-9, -13.6), (-15.6, -6), (-19.2, 1, 0.6), (-20.4, -8),
    ]), hair.color)  # fmt: skip
    _strands(pen, hair, ("M-10 -16 C-6 -22 2 -26 10 -26", "M-4 -16 C0 -20 6 -23 13 -22"), hair.light, 0.9)


def _cropped(pen: Pen, hair: Hair) -> None:
    pen.path(smooth([
        (0, -23), (13, -20), (19.4, -9), (18.6, 0, 0.6), (16, -8, 0.6), (9, -13.4), (0, -14.4), (-9, -13.4),
        (-16, -8, 0.6), (-18.6, 0, 0.6), (-19.4, -9), (-13, -20),
    ]), hair.color)  # fmt: skip


def _tousled(pen: Pen, hair: Hair) -> None:
    pen.path(smooth([
        (-19.6, 1, 0.4), (-21, -9), (-17, -18, 0.5), (-19, -24, 0.3), (-10, -23), (-5, -28, 0.3), (1, -24.4),
        (8, -28, 0.3), (12, -22), (19, -21, 0.4), (20.6, -9), (19.4, 1, 0.4), (16, -7), (11, -10, 0.4),
        (9, -6.6, 0.3), (4, -11), (-1, -7, 0.3), (-5, -11), (-10, -6.4, 0.3), (-15.6, -9),
    ]), hair.color)  # fmt: skip
    _strands(pen, hair, ("M-10 -19 Q-3 -23 4 -20", "M6 -21 Q12 -20 15 -15"), hair.light, 0.9)


_Half = Callable[[Pen, Hair], None]
_STYLES: dict[str, tuple[_Half, _Half]] = {
    "waves": (_long_behind, _parted), "straight": (_straight_behind, _fringe), "bob": (_bob_behind, _fringe),
    "sidebob": (_bob_behind, _parted), "bun": (_bun_behind, _drawn_back), "ponytail": (_tail_behind, _side_swept),
    "plaits": (_plaits_behind, _parted), "bunches": (_bunches_behind, _fringe), "curls": (_cloud_behind, _curls_over),
    "swept": (_short_behind, _side_swept), "quiff": (_short_behind, _quiff), "cropped": (_none, _cropped),
    "tousled": (_short_behind, _tousled), "curly": (_short_behind, _curls_over), "bald": (_none, _none),
}  # fmt: skip

_WHO = {
    "woman": ("waves", "bob", "bun", "curls", "waves", "ponytail", "straight", "plaits"),
    "man": ("swept", "quiff", "tousled", "cropped", "quiff", "curly", "bald", "swept"),
    "child": ("tousled", "bunches", "bob", "curly", "plaits", "swept", "ponytail", "tousled"),
}


def hair_of(who: str, variant: int, *, fine: bool = False) -> Hair:
    return Hair(style=_WHO[who][variant % 8], color=HAIRS[variant % 8], fine=fine)


def hair_behind(pen: Pen, hair: Hair) -> None:
    _STYLES[hair.style][0](pen, hair)


def hair_over(pen: Pen, hair: Hair) -> None:
    _STYLES[hair.style][1](pen, hair)


def beard(pen: Pen, hair: Hair) -> None:
    """A full beard, drawn on the face before its mouth."""
    pen.path(smooth([
        (-17.6, 0, 0.5), (-15.6, 6), (-9, 8), (-4, 7.4), (0, 8.6), (4, 7.4), (9, 8), (15.6, 6), (17.6, 0, 0.5),
        (17, 12), (10, 22), (0, 25), (-10, 22), (-17, 12),
    ]), hair.color)  # fmt: skip
    _strands(pen, hair, ("M-13 10 Q-11 17 -6 21", "M13 10 Q11 17 6 21", "M-7 18 Q-4 22 0 23"), hair.light, 0.8)
