"""What anyone can wear: hat, scarf, glasses, crown, bow, freckles."""

from __future__ import annotations

from dataclasses import dataclass

from imagend.sketch.draw.kinds.coat import cloth, is_lines
from imagend.sketch.draw.kinds.curves import smooth
from imagend.sketch.draw.kinds.faces import Face
from imagend.sketch.draw.pen import Pen, mix


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where things sit on a head, in the head's own units."""

    top: tuple[float, float]  # crown of the head
    span: float  # width of the head a little below the crown
    eyes: tuple[float, float] = (2.0, -1.0)  # between the eyes
    apart: float = 15.0
    neck: tuple[float, float] = (0.0, 18.0)
    collar: float = 24.0  # width of the neck
    lean: float = 0.0  # degrees


def wear_under(pen: Pen, face: Face, seat: Seat) -> None:
    """The part that goes on before the head: a scarf."""
    if face.look.detail == "scarf":
        _scarf(pen, face, seat)


def wear_over(pen: Pen, face: Face, seat: Seat) -> None:
    """The part that goes on after the head."""
    x, y = seat.top
    detail = face.look.detail
    if detail in ("hat", "crown", "bow"):
        with pen.group(f"translate({x:.4g} {y:.4g}) rotate({seat.lean:.4g}) scale({seat.span / 30:.4g})"):
            {"hat": _hat, "crown": _crown, "bow": _bow}[detail](pen, face)
    elif detail == "glasses":
        _glasses(pen, seat)
    elif detail == "freckles":
        _freckles(pen, face, seat)


def _hat(pen: Pen, face: Face) -> None:
    color = cloth(face.look)
    (_beanie, _brimmed, _cap)[face.variant % 3](pen, color)


def _beanie(pen: Pen, color: str) -> None:
    pen.path("M-13.5 1 C-14 -13 -7 -17 0 -17 C7 -17 14 -13 13.5 1 Z", color)
    if not is_lines(pen):
        pen.path("M3 -16.8 C9 -16 14 -11 13.5 1 L8 1 C9 -8 7 -14 3 -16.8 Z", mix(color, "#24103a", 0.16))
    pen.rect(-15.5, -2.5, 31, 7, mix(color, "#ffffff", 0.72), r=3.5)
    pen.ellipse(0, -18.5, 4.6, 4.6, mix(color, "#ffffff", 0.78))


def _brimmed(pen: Pen, color: str) -> None:
    straw = "#e9c98a"
    pen.ellipse(0, 0.5, 23, 5.6, mix(straw, "#6b3f12", 0.18))
    pen.ellipse(0, -0.6, 23, 5, straw)
    pen.path("M-12 -1 C-13 -13 -8 -15.5 0 -15.5 C8 -15.5 13 -13 12 -1 C6 1.4 -6 1.4 -12 -1 Z",
        mix(straw, "#fff6dc", 0.3))  # fmt: skip
    pen.path("M-12.3 -5.6 C-6 -3.2 6 -3.2 12.3 -5.6 L12 -1 C6 1.4 -6 1.4 -12 -1 Z", color)


def _cap(pen: Pen, color: str) -> None:
    pen.path("M5 -1 C12 -3.6 22 -3 25 1.6 C20 3.4 12 3 5 3 Z", mix(color, "#24103a", 0.25))
    pen.path("M-14 2 C-15 -12 -7 -15 0 -15 C8 -15 14 -11 14 2 C5 -0.5 -5 -0.5 -14 2 Z", color)
    pen.line("M0 -15 C4 -11 5 -5 4.6 0.4", mix(color, "#ffffff", 0.4), 0.9)
    pen.ellipse(0, -15, 2, 1.5, mix(color, "#ffffff", 0.6))


def _crown(pen: Pen, face: Face) -> None:
    gold = "#f2c238" if face.look.ink.base.lower() != "#f2c238" else "#f7d873"
    pen.path("M-12.5 2 L-14.5 -12.5 L-7 -5.5 L0 -15.5 L7 -5.5 L14.5 -12.5 L12.5 2 C5 4 -5 4 -12.5 2 Z", gold)
    pen.path("M-12.5 2 L-13 -2 C-5 0 5 0 13 -2 L12.5 2 C5 4 -5 4 -12.5 2 Z", mix(gold, "#a8551a", 0.35))
    for x, y, color in ((-14.5, -13, "#e4574c"), (0, -16, "#4f9fd8"), (14.5, -13, "#e4574c")):
        pen.ellipse(x, y, 2, 2, color)


def _bow(pen: Pen, face: Face) -> None:
    color = cloth(face.look)
    dark = mix(color, "#24103a", 0.25)
    with pen.group("translate(-7 -2) rotate(-16)"):
        for side in (-1, 1):
            pen.path(smooth([(0, 0, 0.3), (side * 7, -6.4), (side * 12.5, -5), (side * 12, 5), (side * 7, 6)]), color)
            pen.path(f"M0 0 Q{side * 5} -2.4 {side * 8} -1 Q{side * 5} 1 0 0 Z", dark)
        pen.ellipse(0, 0, 3.2, 3.6, mix(color, "#ffffff", 0.22))


def _glasses(pen: Pen, seat: Seat) -> None:
    x, y = seat.eyes
    radius = seat.apart * 0.38
    frame = "#33383f"
    for side in (-0.5, 0.5):
        middle = x + side * seat.apart
        if not is_lines(pen):
            pen.ellipse(middle, y, radius, radius, "#dff1ff", opacity=0.2)
        pen.ellipse(middle, y, radius, radius, None, stroke=frame, width=max(1.0, radius * 0.22))
        outer = middle + side * 2 * radius
        pen.line(f"M{outer:.4g} {y - 0.6:.4g} L{outer + side * 5:.4g} {y - 1.8:.4g}", frame, 1.1)
    gap = seat.apart / 2 - radius
    pen.line(f"M{x - gap:.4g} {y - 0.8:.4g} Q{x:.4g} {y - 2.4:.4g} {x + gap:.4g} {y - 0.8:.4g}", frame, 1.2)


def _freckles(pen: Pen, face: Face, seat: Seat) -> None:
    x, y = seat.eyes
    color = mix(face.coat.deep, "#8a4a28", 0.6)
    for side in (-1, 1):
        for dx, dy in ((0.0, 0.0), (2.2, 1.4), (-2.0, 1.8), (0.6, 3.2), (-3.4, 0.2)):
            pen.ellipse(x + side * (seat.apart * 0.52 + dx), y + seat.apart * 0.36 + dy, 0.75, 0.65, color, opacity=0.8)


def _scarf(pen: Pen, face: Face, seat: Seat) -> None:
    x, y = seat.neck
    half = seat.collar / 2
    color = cloth(face.look)
    stripe, dark = mix(color, "#ffffff", 0.68), mix(color, "#24103a", 0.22)
    with pen.group(f"translate({x:.4g} {y:.4g})"):
        for start, end, shown in ((half * 0.45, half * 0.3, dark), (half * 0.15, half * 0.62, color)):
            pen.path(smooth([(start - 4, 0), (start + 4, 0), (end + 5, 20, 0.3), (end - 4, 21, 0.3)]), shown)
        pen.line(f"M{half * 0.62 - 3.6:.4g} 17.2 L{half * 0.62 + 4.2:.4g} 16.4", stripe, 1.8)
        band = [
            (-half, -4), (0, -1), (half, -4), (half + 2, 1), (half * 0.8, 5), (0, 8), (-half * 0.8, 5),
            (-half - 2, 1),
        ]  # fmt: skip
        pen.path(smooth(band), color)
        pen.line(f"M{-half * 0.95:.4g} 1.6 Q0 6.4 {half * 0.95:.4g} 1.6", stripe, 1.8)
