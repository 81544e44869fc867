"""Words become outlines: every letter, in order, inside the box."""

from __future__ import annotations

import re

import pytest

from imagend.sketch.draw import lettering
from imagend.sketch.draw.lettering import contrast, drawable, missing, readable_on, set_into, width_of, write
from imagend.sketch.draw.pen import Pen

TEXTS = [
    "A", "HI", "WELCOME", "OPEN 24 HOURS", "Guten Tag!", "Ñandú", "Привет", "Καλημέρα", "Żółć ąęś", "Tiếng Việt",
    "Happy Birthday to you, dear Grandmother!", "Donaudampfschifffahrtsgesellschaft", "...", "gypq", "№ 5 — €9",
    "The quick brown fox jumps over the lazy dog, and then some",
]  # fmt: skip
BOARDS = ("#d9483b", "#f5c83f", "#5fa350", "#3f78c4", "#ee8fae", "#9a6a43", "#2c2a33", "#f7f4ee", "#9299a3", "#dca83a")


def points(path: str) -> list[tuple[float, float]]:
    numbers = [float(value) for value in re.findall(r"-?\d*\.?\d+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("box", [(10.0, 20.0, 90.0, 40.0), (0.0, 0.0, 20.0, 80.0), (-5.0, 3.0, 300.0, 12.0)])
def test_fits_its_box(text: str, box: tuple[float, float, float, float]) -> None:
    x, y, w, h = box
    placed = points(set_into(text, x, y, w, h).path)
    assert placed
    assert all(x - 0.05 * w <= px <= x + 1.05 * w and y - 0.1 <= py <= y + h + 0.1 for px, py in placed)


@pytest.mark.parametrize("length", range(1, 61))
def test_any_length_fits(length: int) -> None:
    text = "".join("abcdefg hij KLM no"[i % 18] for i in range(length))
    placed = points(set_into(text, 0, 0, 100, 50).path)
    assert all(-5 <= px <= 105 and -0.1 <= py <= 50.1 for px, py in placed)


@pytest.mark.parametrize("text", TEXTS)
def test_keeps_every_letter_in_order(text: str) -> None:
    lines = set_into(text, 0, 0, 100, 60).lines
    assert "".join(lines).replace(" ", "") == drawable(text).replace(" ", "")
    assert len(lines) <= 4
    assert not missing(text)


def test_draws_exactly_the_glyphs_of_the_font() -> None:
    glyphs = lettering.font().glyphs
    letters = [re.sub(r"[^A-Z]", "", glyphs[c][1]) for c in "OPEN24"]
    assert re.sub(r"[^A-Z]", "", set_into("OPEN24", 0, 0, 50, 20).path) == "".join(letters)


def test_short_words_stay_on_one_line_in_a_wide_box() -> None:
    assert set_into("OPEN 24 HOURS", 0, 0, 300, 30).lines == ("OPEN 24 HOURS",)
    assert len(set_into("OPEN 24 HOURS", 0, 0, 60, 60).lines) > 1
    assert len(set_into("one two three four", 0, 0, 20, 90, most_lines=2).lines) == 2


def test_a_whole_page_of_words_is_set_at_once() -> None:
    text = "some words " * 300
    setting = set_into(text, 0, 0, 100, 50)
    assert len(setting.lines) == 4
    assert " ".join(setting.lines) == text.strip()


def test_reports_what_the_font_lacks_and_draws_a_box_for_it() -> None:
    assert missing("Hi 🙂 世") == {"🙂", "世"}
    assert points(set_into("🙂", 0, 0, 10, 10).path)


def test_joins_accents_and_drops_invisible_characters() -> None:
    assert drawable("N\u0303andu\u0301") == "Ñandú"
    assert drawable("a\u200db\ufe0f \n c") == "ab c"
    assert not missing("N\u0303andu\u0301\ufe0f")


def test_nothing_to_write_writes_nothing() -> None:
    pen = Pen()
    write(pen, None, 0, 0, 10, 10, "#000000")
    write(pen, " \u200d ", 0, 0, 10, 10, "#000000")
    assert pen.parts == []


@pytest.mark.parametrize(("board", "style", "light"), [
    ("#9a6a43", "illustration", True), ("#f7f4ee", "illustration", False),
    ("#9a6a43", "drawing", False), ("#2c2a33", "drawing", True),
])  # fmt: skip
def test_letters_are_light_on_dark_boards_and_dark_on_paper(board: str, style: str, light: bool) -> None:
    pen = Pen(style=style)
    write(pen, "HI", 0, 0, 10, 10, board)
    assert ('fill="#fff8e7"' in pen.svg()) is light


def test_kerning_brings_letters_together() -> None:
    assert width_of("AV") < width_of("A") + width_of("V")


@pytest.mark.parametrize("board", BOARDS)
def test_letters_stand_out_from_their_board(board: str) -> None:
    assert contrast(readable_on(board), board) >= 3.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
