"""How a living thing's colour becomes body, shadow and light, and how a shape gets its soft volume."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zlib import crc32

from imagend.sketch.draw.pen import Ink, Look, Pen, mix

BLUSH = "#f08a86"
_DARK = 80.0
_CLOTHS = ("#d9483b", "#2f6fb3", "#e8a92e", "#3f8f5f", "#8a55b5", "#e0709a", "#1f9a92", "#c8642b")


def brightness(color: str) -> float:
    """Perceived brightness of `#rrggbb`, 0 to 255 (ITU-R BT.601 weights)."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


@dataclass(frozen=True, slots=True, kw_only=True)
class Coat:
    """One colour seen as fur, skin or feathers."""

    body: str
    shade: str  # below and behind
    light: str  # on top, muzzles
    deep: str  # ears, markings: clearly darker (or, on black, clearly lighter) than the body
    pale: str  # belly, muzzle, chest
    line: str  # closed eyes, mouths, toes
    dark: bool  # features need a light rim

    def behind(self) -> Coat:
        """The same coat on the far side."""
        return coat_of(mix(self.body, self.shade, 0.75))


def coat_of(color: str, line: str = "#3a2e2a") -> Coat:
    bright = brightness(color)
    if bright < _DARK:
        body = mix(color, "#a49cbc", 0.17)
        return Coat(
            body=body, shade=mix(color, "#120e1c", 0.25), light=mix(color, "#cfc8e4", 0.34),
            line=mix(body, "#fff4e4", 0.7), deep=mix(color, "#0e0a18", 0.3), pale=mix(color, "#d8d0e0", 0.42),
            dark=True,
        )  # fmt: skip
    if bright > 222:
        return Coat(
            body=mix(color, "#fffdf8", 0.5), shade=mix(color, "#8796bd", 0.42), light="#ffffff", line=line,
            deep=mix(color, "#a8a4b8", 0.5), pale="#ffffff", dark=False,
        )  # fmt: skip
    return Coat(
        body=color, shade=mix(color, "#2b1440", 0.24), light=mix(color, "#fff6df", 0.34), line=mix(line, color, 0.12),
        deep=mix(color, "#4a1c10", 0.34), pale=mix(color, "#fff8ea", 0.68), dark=False,
    )  # fmt: skip


def coat(ink: Ink, variant: int = 0) -> Coat:
    """The coat of one animal; `variant` shifts it slightly, never away from its colour's name."""
    shifts = (("#ffffff", 0.0), ("#fff2d8", 0.14), ("#40200c", 0.06), ("#ffe0b0", 0.08))
    other, share = shifts[variant % 4]
    if brightness(ink.base) < _DARK:
        share *= 0.5
    return coat_of(mix(ink.base, other, share), ink.line)


def cloth(look: Look, step: int = 0) -> str:
    """A colour for a hat or scarf that stands out from the wearer."""
    ordered = [_CLOTHS[(look.variant * 3 + step + index) % len(_CLOTHS)] for index in range(len(_CLOTHS))]
    return next(color for color in ordered if _distance(color, look.ink.base) > 130)


def _distance(first: str, second: str) -> float:
    return sum(abs(int(first[i : i + 2], 16) - int(second[i : i + 2], 16)) for i in (1, 3, 5))


def is_lines(pen: Pen) -> bool:
    """Whether only outlines are wanted, so that shading shapes would be clutter."""
    return pen.style == "drawing"


@contextmanager
def inside(pen: Pen, d: str) -> Iterator[Pen]:
    """Clip what is drawn to the closed path `d`: draw on the pen that this gives.

    The name comes from the shape, so equal names mean equal clips wherever drawings are put together.
    """
    name = f"c{crc32(d.encode()):08x}"
    inner = Pen(style=pen.style, grade=pen.grade)
    yield inner
    if inner.parts:
        pen.raw(f'<clipPath id="{name}"><path d="{d}"/></clipPath><g clip-path="url(#{name})">{inner.svg()}</g>')


@contextmanager
def form(pen: Pen, d: str, coat: Coat, depth: float = 4.0) -> Iterator[Pen]:
    """A body with a soft shadow along its lower right edge; markings drawn on the pen that this gives stay inside."""
    if is_lines(pen):
        pen.path(d, coat.body)
        with inside(pen, d) as inner:
            yield inner
        return
    pen.path(d, coat.shade)
    with inside(pen, d) as inner:
        with inner.group(f"translate({-0.35 * depth:.3g} {-depth:.3g})"):
            inner.path(d, coat.body)
        yield inner


def volume(pen: Pen, d: str, coat: Coat, depth: float = 4.0) -> None:
    """A plain `form`."""
    with form(pen, d, coat, depth):
        pass


def tint(
    pen: Pen, cx: float, cy: float, rx: float, ry: float, color: str, *, opacity: float = 0.5, turn: float = 0.0
) -> None:  # fmt: skip
    """A soft spot of colour (blush, shine) that line drawings leave out."""
    if not is_lines(pen):
        pen.ellipse(cx, cy, rx, ry, color, opacity=opacity, turn=turn)


def glint(pen: Pen, cx: float, cy: float, radius: float) -> None:
    """A white point of light, plain white in every style."""
    pen.raw(f'<circle cx="{cx:.4g}" cy="{cy:.4g}" r="{radius:.3g}" fill="#ffffff"/>')
