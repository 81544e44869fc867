"""Words as path outlines: the same letters on every machine, at any size, without a font library.

The outlines come from "M PLUS Rounded 1c" ExtraBold (SIL Open Font License 1.1, see `fonts/OFL.txt`);
`tools/make_glyphs.py` makes the data file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from imagend.sketch.draw.pen import Pen, mix
from imagend.sketch.draw.shapes import placed

CAP_HEIGHT = 730.0  # font units, as is everything below that is not scaled
LEADING = 1060.0
LONGEST_WORD = 14  # characters; longer ones are broken, because they would make everything tiny
#: What stands for a character without a glyph: a hollow box.
BOX = (640.0, "M60 -690L580 -690L580 -10L60 -10ZM130 -620L130 -80L510 -80L510 -620Z")

_NUMBERS = re.compile(r"-?\d+")


@dataclass(frozen=True, slots=True)
class Font:
    units: float
    glyphs: dict[str, tuple[float, str]]  # advance width and outline, y downwards from the baseline
    kerning: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """A text that was set into a box."""

    lines: tuple[str, ...]
    size: float  # units of the box per em
    path: str  # SVG path data in the coordinates of the box


@cache
def font() -> Font:
    data = json.loads(files(__package__).joinpath("fonts", "glyphs.json").read_text(encoding="utf-8"))
    glyphs = {character: (float(advance), outline) for character, (advance, outline) in data["glyphs"].items()}
    return Font(data["units"], glyphs, data["kerning"])


def missing(text: str) -> set[str]:
    """The characters of `text` that the font lacks; each is drawn as a hollow box."""
    return {character for character in drawable(text) if not character.isspace() and character not in font().glyphs}


def drawable(text: str) -> str:
    """Composed characters (NFC) without the invisible ones: joiners, variation selectors, control characters."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(c for c in composed if unicodedata.category(c) not in ("Cf", "Cc") and not "\ufe00" <= c <= "\ufe0f")


def set_into(text: str, x: float, y: float, w: float, h: float, *, most_lines: int = 4) -> Lettering:
    """Set `text` centred into a box, in as many lines as make it largest. An empty text gives an empty path."""
    words = list(_broken(drawable(text).split()))
    layouts = [_wrap(words, count) for count in range(1, min(most_lines, len(words)) + 1)]
    if not layouts:
        return Lettering(lines=(), size=0.0, path="")
    lines = max(layouts, key=lambda candidate: _scale(candidate, w, h))
    scale = _scale(lines, w, h)
    top, bottom = _extent(lines)
    baseline = y + h / 2 - scale * (top + bottom) / 2
    parts = [
        _outlines(line, x + w / 2 - scale * width_of(line) / 2, baseline + i * scale * LEADING, scale)
        for i, line in enumerate(lines)
    ]
    return Lettering(lines=tuple(lines), size=scale * font().units, path="".join(parts))


def write(
    pen: Pen, text: str | None, x: float, y: float, w: float, h: float, board: str, *, most_lines: int = 4
) -> None:
    """Draw `text` into the box, in letters that stand out from a `board` of that colour.

    Letters are filled in every style and not shaded by the light of the scene, so that they stay legible.
    """
    if text and (d := set_into(text, x, y, w, h, most_lines=most_lines).path):
        if pen.style == "drawing":  # there a board is paper unless it is nearly black
            board = "#000000" if sum(bytes.fromhex(board[1:])) < 200 else "#ffffff"
        pen.raw(f'<path d="{d}" fill="{readable_on(board)}"/>')


def readable_on(board: str) -> str:
    """Cream or a deep tone of the board itself, whichever stands out more (WCAG 2 contrast ratio)."""
    return max(("#fff8e7", mix(board, "#1c1226", 0.84)), key=lambda letters: contrast(letters, board))


def contrast(color: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    darker, lighter = sorted((_luminance(color), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def width_of(line: str) -> float:
    """Width in font units, kerning included."""
    kerning = font().kerning
    return sum(_glyph(c)[0] for c in line) + sum(kerning.get(a + b, 0.0) for a, b in pairwise(line))


def _glyph(character: str) -> tuple[float, str]:
    return font().glyphs.get(character, BOX)


def _broken(words: list[str]) -> Iterator[str]:
    for word in words:
        pieces = -(-len(word) // LONGEST_WORD)
        step = -(-len(word) // pieces)
        yield from (word[i : i + step] for i in range(0, len(word), step))


def _wrap(words: list[str], count: int) -> list[str]:
    """At most `count` lines, the widest as narrow as can be: halve the range of widths until it is found."""
    widths, space = [width_of(word) for word in words], width_of(" ")
    narrow, wide = max(widths), sum(widths) + space * len(words)
    while wide - narrow > 1:
        middle = (narrow + wide) / 2
        narrow, wide = (narrow, middle) if len(_filled(words, widths, space, middle)) <= count else (middle, wide)
    return _filled(words, widths, space, wide)


def _filled(words: list[str], widths: list[float], space: float, limit: float) -> list[str]:
    """Lines filled one after the other up to `limit`, which no word exceeds."""
    lines, used = [words[0]], widths[0]
    for word, width in zip(words[1:], widths[1:], strict=True):
        if used + space + width <= limit:
            lines[-1] += f" {word}"
            used += space + width
        else:
            lines.append(word)
            used = width
    return lines


def _scale(lines: list[str], w: float, h: float) -> float:
    top, bottom = _extent(lines)
    return min(w / max(map(width_of, lines)), h / (bottom - top))


def _extent(lines: list[str]) -> tuple[float, float]:
    """Ink above and below the first baseline; never less than capitals, so that words without ascenders sit level."""
    top = min(-CAP_HEIGHT, *(_heights(c)[0] for c in lines[0]))
    bottom = max(0.0, *(_heights(c)[1] for c in lines[-1]))
    return top, bottom + (len(lines) - 1) * LEADING


@cache
def _heights(character: str) -> tuple[float, float]:
    ys = [float(value) for value in _NUMBERS.findall(_glyph(character)[1])[1::2]]
    return (min(ys), max(ys)) if ys else (0.0, 0.0)


def _outlines(line: str, x: float, baseline: float, scale: float) -> str:
    kerning, parts = font().kerning, []
    for i, character in enumerate(line):
        x += scale * kerning.get(line[i - 1 : i + 1], 0.0) if i else 0.0
        advance, outline = _glyph(character)
        parts.append(placed(outline, x, baseline, scale, scale))
        x += scale * advance
    return "".join(parts)


def _luminance(color: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in bytes.fromhex(color[1:]))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
