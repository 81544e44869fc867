"""Collects SVG shapes; the one place that knows how a style changes fills and lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from zlib import crc32


@lru_cache(maxsize=16384)
def mix(color: str, other: str, share: float) -> str:
    """Blend two `#rrggbb` colours; share 0 gives the first, 1 the second."""
    (a, b, c), (x, y, z) = _channels(color), _channels(other)
    return f"#{round(a + (x - a) * share):02x}{round(b + (y - b) * share):02x}{round(c + (z - c) * share):02x}"


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """The colours one thing is drawn with, all `#rrggbb`."""

    base: str  # the colour its caption names
    accent: str = "#f4f1ea"  # belly, roof trim, wheels' hubs: whatever the kind sets against the base
    line: str = "#3a2e2a"  # eyes, mouths, thin details

    @property
    def shade(self) -> str:
        return mix(self.base, "#1e1630", 0.22)

    @property
    def light(self) -> str:
        return mix(self.base, "#fffaf0", 0.32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one thing shall be drawn: what a kind's drawing function is given besides the pen."""

    ink: Ink
    pose: str = "stand"
    detail: str = "none"
    variant: int = 0  # 0..7: proportions, markings, hair; two of a kind must differ visibly
    words: str | None = None  # the text that stands on it


@dataclass(slots=True)
class Pen:
    """Shapes in the local units of whoever draws (a kind: y 0..100 downwards, feet at 100, x 0..100*aspect)."""

    style: str = "illustration"
    parts: list[str] = field(default_factory=list)
    grade: Callable[[str], str] | None = None  # puts every colour into the light of the scene

    def linear(
        self, stops: list[tuple[float, str]], *,
        start: tuple[float, float] = (0.0, 0.0), end: tuple[float, float] = (0.0, 1.0),
    ) -> str:  # fmt: skip
        """A fill that runs through (offset 0..1, colour) along a line in the shape's own box, downwards by default.

        A colour may carry alpha (`#rrggbbaa`).
        """
        ends = f'x1="{start[0]:.4g}" y1="{start[1]:.4g}" x2="{end[0]:.4g}" y2="{end[1]:.4g}"'
        return self._gradient("linearGradient", ends, stops)

    def radial(
        self, stops: list[tuple[float, str]], *, center: tuple[float, float] = (0.5, 0.5), radius: float = 0.5
    ) -> str:
        """A fill that runs through (offset 0..1, colour) from the centre outwards, in the shape's own box."""
        return self._gradient("radialGradient", f'cx="{center[0]:.4g}" cy="{center[1]:.4g}" r="{radius:.4g}"', stops)

    def _gradient(self, tag: str, shape: str, stops: list[tuple[float, str]]) -> str:
        inside = "".join(self._stop(offset, color) for offset, color in stops)
        name = f"g{crc32((shape + inside).encode()):x}"  # named by content: pens that are joined never collide
        self.parts.append(f'<{tag} id="{name}" {shape}>{inside}</{tag}>')
        return f"url(#{name})"

    def _stop(self, offset: float, color: str) -> str:
        alpha = f' stop-opacity="{int(color[7:9], 16) / 255:.3g}"' if len(color) == 9 else ""
        return f'<stop offset="{offset:.3g}" stop-color="{self._graded(color[:7])}"{alpha}/>'

    def _graded(self, color: str) -> str:
        return self.grade(color) if self.grade is not None and color.startswith("#") else color

    def path(
        self, d: str, fill: str | None = None, *,
        stroke: str | None = None, width: float = 1.0, opacity: float = 1.0,
    ) -> None:  # fmt: skip
        self.parts.append(f'<path d="{d}"{self._paint(fill, stroke, width, opacity)}/>')

    def ellipse(
        self, cx: float, cy: float, rx: float, ry: float | None = None, fill: str | None = None, *,
        stroke: str | None = None, width: float = 1.0, opacity: float = 1.0, turn: float = 0.0,
    ) -> None:  # fmt: skip
        turned = f' transform="rotate({turn:.4g} {cx:.5g} {cy:.5g})"' if turn else ""
        shape = f'cx="{cx:.5g}" cy="{cy:.5g}" rx="{rx:.4g}" ry="{rx if ry is None else ry:.4g}"'
        self.parts.append(f"<ellipse {shape}{self._paint(fill, stroke, width, opacity)}{turned}/>")

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str | None = None, *,
        r: float = 0.0, stroke: str | None = None, width: float = 1.0, opacity: float = 1.0,
    ) -> None:  # fmt: skip
        shape = f'x="{x:.5g}" y="{y:.5g}" width="{w:.5g}" height="{h:.5g}" rx="{r:.4g}"'
        self.parts.append(f"<rect {shape}{self._paint(fill, stroke, width, opacity)}/>")

    def polygon(self, points: list[tuple[float, float]], fill: str | None = None, *, opacity: float = 1.0) -> None:
        self.path("M" + " L".join(f"{x:.5g} {y:.5g}" for x, y in points) + " Z", fill, opacity=opacity)

    def line(self, d: str, color: str, width: float, *, opacity: float = 1.0) -> None:
        """A stroke without a fill (whiskers, strings, mouths), with round ends."""
        self.path(d, None, stroke=color, width=width, opacity=opacity)

    def raw(self, svg: str) -> None:
        self.parts.append(svg)

    @contextmanager
    def group(self, transform: str = "", *, opacity: float = 1.0) -> Iterator[None]:
        """Everything drawn inside is moved together."""
        moved = f' transform="{transform}"' if transform else ""
        faded = f' opacity="{opacity:.3g}"' if opacity < 1 else ""
        self.parts.append(f"<g{moved}{faded}>")
        yield
        self.parts.append("</g>")

    def svg(self) -> str:
        return "".join(self.parts)

    def _paint(self, fill: str | None, stroke: str | None, width: float, opacity: float) -> str:
        if self.style == "drawing":
            return self._outline(fill, stroke, width)
        # Opacity of the paint, not of the element: the latter costs the rasteriser a layer per shape.
        text = ' fill="none"'
        if fill:
            text = f' fill="{self._graded(fill)}"' + (f' fill-opacity="{opacity:.3g}"' if opacity < 1 else "")
        if stroke:
            text += f' stroke="{self._graded(stroke)}" stroke-width="{width:.4g}" stroke-linecap="round"'
            text += ' stroke-linejoin="round"' + (f' stroke-opacity="{opacity:.3g}"' if opacity < 1 else "")
        return text

    def _outline(self, fill: str | None, stroke: str | None, width: float) -> str:
        """Line drawing: paper inside, ink outside; only nearly black fills (eyes, noses) stay filled."""
        dark = fill is not None and fill.startswith("#") and sum(_channels(fill)) < 200
        inside = "none" if fill is None else ("#26221f" if dark else "#fffefb")
        thickness = width if stroke and fill is None else 1.3
        return (
            f' fill="{inside}" stroke="#26221f" stroke-width="{thickness:.4g}"'
            ' stroke-linecap="round" stroke-linejoin="round"'
        )
