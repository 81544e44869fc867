"""The mark is read again after what happens to pictures on their way; and by whom."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from PIL import Image

from bench.material import ATTACKS, Pixels, clouds, drawings, leaves
from imagend.provenance.detect import Found, find
from imagend.provenance.mark import embed

ID = 0xDEADBEEF
KINDS = ("drawings 512", "drawings 1024", "leaves 1024", "clouds 1024")
PROMPTS = ("two dogs and a red ball in a meadow", "a boat on a lake at sunset", "a sign that says hello, watercolor")


@cache
def marked(kind: str) -> list[Pixels]:
    name, side = kind.split()
    make = {"drawings": lambda n: list(drawings(n, PROMPTS)), "leaves": lambda n: [leaves(n, 1)],
            "clouds": lambda n: [clouds(n, 1)]}[name]  # fmt: skip
    return [embed(pixels, ID) for pixels in make(int(side))]


def found(kind: str, attack: str, known: int | None) -> list[Found | None]:
    return [find(ATTACKS[attack](Image.fromarray(pixels)), known) for pixels in marked(kind)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attack", ["as saved", "JPEG 75", "WebP 75", "75 %", "75 %, JPEG 75", "50 %", "130 %", "grey"])
def test_anybody_reads_it(kind: str, attack: str) -> None:
    assert [one and one.server_id for one in found(kind, attack, None)] == [ID] * len(marked(kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attack", ["JPEG 50", "cut 5 %", "cut 10 %, 75 %, JPEG 75"])
def test_its_server_recognizes_it(kind: str, attack: str) -> None:
    assert [one and one.server_id for one in found(kind, attack, ID)] == [ID] * len(marked(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_another_server_is_not_taken_for_it(kind: str) -> None:
    for one in found(kind, "75 %, JPEG 75", ID ^ 1):
        assert one is not None
        assert one.server_id == ID


@pytest.mark.parametrize("size", [(256, 2816), (1408, 768), (768, 1408), (300, 257)])
def test_all_shapes(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 3), 120, np.uint8)
    pixels += np.linspace(0, 90, size[0]).astype(np.uint8)[None, :, None]
    one = find(ATTACKS["JPEG 75"](Image.fromarray(embed(pixels, ID))), ID)
    assert one is not None
    assert one.server_id == ID


def test_modes_that_clients_save() -> None:
    picture = Image.fromarray(marked("drawings 512")[0])
    for mode in ("RGBA", "L", "P", "CMYK"):
        one = find(picture.convert(mode), ID)
        assert one is not None, mode
        assert one.server_id == ID
