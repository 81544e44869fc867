"""Eyes, noses and mouths that all friendly faces share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from imagend.sketch.draw.kinds.coat import BLUSH, Coat, coat, glint, tint
from imagend.sketch.draw.pen import Look, Pen

Mood = Literal["calm", "happy", "asleep"]
EYE = "#2b2024"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What a head's drawing function is given besides the pen."""

    coat: Coat
    look: Look
    mood: Mood = "calm"

    @property
    def variant(self) -> int:
        return self.look.variant


def face_of(look: Look, mood: Mood | None = None) -> Face:
    moods: dict[str, Mood] = {"sleep": "asleep", "run": "happy", "fly": "happy"}
    return Face(coat=coat(look.ink, look.variant), look=look, mood=mood or moods.get(look.pose, "calm"))


def eye(pen: Pen, face: Face, x: float, y: float, radius: float = 2.6, iris: str | None = None) -> None:
    """A round dark eye with a highlight; asleep, a soft arc. `iris` gives cats and owls coloured eyes."""
    if face.mood == "asleep":
        pen.line(
            f"M{x - radius * 1.25:.4g} {y:.4g} Q{x:.4g} {y + radius * 1.5:.4g} {x + radius * 1.25:.4g} {y:.4g}",
            face.coat.line, max(1.1, radius * 0.42),
        )  # fmt: skip
        return
    if iris:
        pen.ellipse(x, y, radius * 1.32, radius * 1.38, iris)
    elif face.coat.dark:
        pen.ellipse(x, y, radius * 1.3, radius * 1.36, "#efe6d8")
    pen.ellipse(x, y, radius * 0.92, radius * 1.06, EYE)
    glint(pen, x + radius * 0.3, y - radius * 0.38, radius * 0.34)
    glint(pen, x - radius * 0.34, y + radius * 0.4, radius * 0.16)


def eyes(
    pen: Pen, face: Face, x: float, y: float, apart: float, radius: float = 2.6, iris: str | None = None
) -> None:  # fmt: skip
    """Two eyes `apart` around x; turned a little to the right, so the far one is nearer to the middle."""
    eye(pen, face, x - apart / 2, y, radius, iris)
    eye(pen, face, x + apart / 2, y, radius, iris)


def cheeks(pen: Pen, x: float, y: float, apart: float, radius: float = 3.4, opacity: float = 0.38) -> None:
    for side in (-0.5, 0.5):
        tint(pen, x + apart * side, y, radius * 1.15, radius * 0.8, BLUSH, opacity=opacity)


def nose(pen: Pen, x: float, y: float, size: float, color: str = EYE) -> None:
    """A rounded triangle, point down."""
    s = size
    pen.path(
        f"M{x - s:.4g} {y - s * 0.45:.4g} C{x - s * 0.9:.4g} {y - s * 0.95:.4g} {x + s * 0.9:.4g} {y - s * 0.95:.4g}"
        f" {x + s:.4g} {y - s * 0.45:.4g} C{x + s:.4g} {y + s * 0.1:.4g} {x + s * 0.4:.4g} {y + s * 0.75:.4g}"
        f" {x:.4g} {y + s * 0.75:.4g} C{x - s * 0.4:.4g} {y + s * 0.75:.4g} {x - s:.4g} {y + s * 0.1:.4g}"
        f" {x - s:.4g} {y - s * 0.45:.4g} Z",
        color,
    )
    glint(pen, x - s * 0.3, y - s * 0.42, s * 0.2)


def snout_mouth(pen: Pen, face: Face, x: float, y: float, wide: float, color: str | None = None) -> None:
    """The soft double curve below an animal's nose; open with a tongue when happy."""
    color = color or face.coat.line
    low = y + wide * 0.55
    if face.mood == "happy":
        half, edge, depth = wide * 0.72, y + 1.4, y + wide * 1.5
        pen.path(
            f"M{x - half:.4g} {edge:.4g} Q{x:.4g} {y + 3:.4g} {x + half:.4g} {edge:.4g}"
            f" C{x + half:.4g} {depth:.4g} {x - half:.4g} {depth:.4g} {x - half:.4g} {edge:.4g} Z",
            "#7c2f38",
        )
        pen.ellipse(x + wide * 0.05, y + wide * 0.92, half * 0.62, wide * 0.36, "#ef8088")
    pen.line(
        f"M{x - wide:.4g} {y + 1:.4g} Q{x - wide * 0.5:.4g} {low:.4g} {x:.4g} {y + 0.6:.4g}"
        f" Q{x + wide * 0.5:.4g} {low:.4g} {x + wide:.4g} {y + 1:.4g}",
        color, 1.15,
    )  # fmt: skip


def smile(pen: Pen, x: float, y: float, wide: float, color: str, width: float = 1.2) -> None:
    pen.line(f"M{x - wide:.4g} {y:.4g} Q{x:.4g} {y + wide * 0.9:.4g} {x + wide:.4g} {y:.4g}", color, width)


def whiskers(pen: Pen, x: float, y: float, apart: float, length: float, color: str) -> None:
    for side in (-1, 1):
        start = x + side * apart / 2
        for lift in (-1.0, 0.9):
            pen.line(
                f"M{start:.4g} {y + lift * 1.1:.4g} Q{start + side * length * 0.5:.4g} {y + lift * 1.6:.4g}"
                f" {start + side * length:.4g} {y + lift * 3.2:.4g}",
                color, 0.7, opacity=0.75,
            )  # fmt: skip
