"""The course of a picture on terminals, and on what is none."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from rich.console import Console

from imagend.cli.showing import Course, Shown, half_blocks


def terminal(colours: str | None = "truecolor") -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system=colours, width=100)  # type: ignore[arg-type]


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_two_pixels_a_character() -> None:
    picture = Image.new("RGB", (200, 100), "red")
    picture.paste("blue", (0, 50, 200, 100))
    lines = half_blocks(picture, columns=20).plain.splitlines()
    assert lines == ["▀" * 20] * 5
    styles = {str(span.style) for span in half_blocks(picture, columns=20).spans}
    assert "rgb(255,0,0) on rgb(255,0,0)" in styles
    assert "rgb(0,0,255) on rgb(0,0,255)" in styles


def test_a_terminal_shows_steps_the_queue_and_the_forming_picture() -> None:
    console = terminal()
    with Course(console=console) as course:
        assert course.draws
        course.show(Shown(waiting=3))
        course.show(Shown(done=7, total=20, pixels=np.full((32, 64, 3), 200, np.uint8)))
    assert "3 before this one" in printed(console) or "7/20" in printed(console)
    assert "▀" in printed(console)


def test_previews_are_not_asked_for_where_they_could_not_be_seen() -> None:
    assert not Course(console=terminal("standard")).draws
    assert not Course(console=terminal(), quiet=True).draws


def test_a_pipe_stays_clean() -> None:
    console = Console(file=io.StringIO(), force_terminal=False)
    with Course(console=console) as course:
        course.show(Shown(done=1, total=2, preview=b"never opened"))
    assert printed(console) == ""
