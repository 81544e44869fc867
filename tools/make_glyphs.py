"""Turn the fontsource files of one font into the outline data that the renderer writes words with.

Run by hand when the font or its character set changes (needs `fonttools` and `brotli`, which the package does not):

    npm pack @fontsource/m-plus-rounded-1c && tar xzf fontsource-m-plus-rounded-1c-*.tgz
    python tools/make_glyphs.py package src/imagend/sketch/draw/fonts
"""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import Any

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

FAMILY = "m-plus-rounded-1c"
WEIGHT = 800
SUBSETS = ("latin", "latin-ext", "vietnamese", "greek", "cyrillic", "cyrillic-ext")
#: Code points kept: Latin with its accents, Greek, Cyrillic, Vietnamese, punctuation, currencies, arrows.
RANGES = ((0x20, 0x17F), (0x1FA, 0x21B), (0x370, 0x45F), (0x48A, 0x4FF), (0x1E80, 0x1EF9), (0x2010, 0x22FF))
KERNED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,'’-!?"


def outline(font: TTFont, glyph_name: str) -> str:
    """SVG path data in font units, y downwards, baseline at 0; only absolute M, L, Q and Z."""
    glyphs = font.getGlyphSet()
    pen = SVGPathPen(glyphs, ntos=lambda value: str(round(value)))
    glyphs[glyph_name].draw(TransformPen(pen, (1, 0, 0, -1, 0, 0)))
    return spelled_out(pen.getCommands())


def spelled_out(commands: str) -> str:
    """Replace H and V, which `SVGPathPen` prefers for straight lines, by L: then every number pair is a point."""
    out: list[str] = []
    x = y = "0"
    for command in _split(commands):
        letter, numbers = command[0], command[1:].replace(",", " ").split()
        if letter == "H":
            letter, numbers = "L", [numbers[0], y]
        elif letter == "V":
            letter, numbers = "L", [x, numbers[0]]
        if numbers:
            x, y = numbers[-2:]
        out.append(letter + " ".join(numbers))
    return "".join(out)


def _split(commands: str) -> list[str]:
    parts: list[str] = []
    for character in commands:
        if character.isalpha():
            parts.append(character)
        else:
            parts[-1] += character
    return parts


def kerning(font: TTFont) -> dict[str, int]:
    """Pair adjustments of the letters in KERNED, from the `kern` feature's pair lookups."""
    if "GPOS" not in font:
        return {}
    names = {chr(code): name for code, name in font.getBestCmap().items() if chr(code) in KERNED}
    table = font["GPOS"].table
    wanted = {i for f in table.FeatureList.FeatureRecord if f.FeatureTag == "kern" for i in f.Feature.LookupListIndex}
    pairs: dict[str, int] = {}
    for index in sorted(wanted):
        for entry in table.LookupList.Lookup[index].SubTable:
            subtable = getattr(entry, "ExtSubTable", entry)
            for first, first_name in names.items():
                for second, second_name in names.items():
                    if value := _pair(subtable, first_name, second_name):
                        pairs.setdefault(first + second, value)
    return pairs


def _pair(subtable: Any, first: str, second: str) -> int:
    if subtable.LookupType != 2 or first not in subtable.Coverage.glyphs:
        return 0
    if subtable.Format == 1:
        records = subtable.PairSet[subtable.Coverage.glyphs.index(first)].PairValueRecord
        return next((_advance(r.Value1) for r in records if r.SecondGlyph == second), 0)
    left = subtable.ClassDef1.classDefs.get(first, 0)
    right = subtable.ClassDef2.classDefs.get(second, 0)
    return _advance(subtable.Class1Record[left].Class2Record[right].Value1)


def _advance(value: Any) -> int:
    return int(getattr(value, "XAdvance", 0) or 0) if value else 0


def collect(package: Path) -> dict[str, Any]:
    glyphs: dict[str, list[Any]] = {}
    pairs: dict[str, int] = {}
    for subset in SUBSETS:
        font = TTFont(package / "files" / f"{FAMILY}-{subset}-{WEIGHT}-normal.woff2")
        for code, name in font.getBestCmap().items():
            if any(first <= code <= last for first, last in RANGES) and unicodedata.category(chr(code))[0] in "LNPSZ":
                glyphs.setdefault(chr(code), [font["hmtx"][name][0], outline(font, name)])
        pairs |= kerning(font) if subset == "latin" else {}
    return {"units": font["head"].unitsPerEm, "kerning": pairs, "glyphs": dict(sorted(glyphs.items()))}


def as_text(data: dict[str, Any]) -> str:
    """JSON with one glyph per line, so that a change of the font reads as a change of lines."""
    rows = ",\n".join(
        f"{json.dumps(character, ensure_ascii=False)}:{json.dumps(glyph, separators=(',', ':'))}"
        for character, glyph in data["glyphs"].items()
    )
    head = json.dumps({k: v for k, v in data.items() if k != "glyphs"}, ensure_ascii=False, separators=(",", ":"))
    return head[:-1] + ',"glyphs":{\n' + rows + "\n}}\n"


def main() -> None:
    package, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    (target / "glyphs.json").write_text(as_text(collect(package)), encoding="utf-8")
    shutil.copyfile(package / "LICENSE", target / "OFL.txt")


if __name__ == "__main__":
    main()
