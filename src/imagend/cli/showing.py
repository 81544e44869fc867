"""How a picture comes along, on a terminal: a bar of denoising steps, and above it the forming picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

COLUMNS = 48  # characters across a preview, each two pixels high


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is known at one moment."""

    done: int = 0  # steps
    total: int = 0
    waiting: int | None = None  # requests before this one
    preview: bytes | None = None  # a picture file
    pixels: Any = None  # or its pixels, uint8 [height, width, 3]


class Course:
    """Shows moments as they come; writes to stderr, and nothing where that is no terminal or `quiet` is set."""

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._quiet = quiet or not self._console.is_terminal
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=self._console,
        )  # fmt: skip
        self._task = self._bar.add_task("steps", total=None)
        self._live = Live(self._bar, console=self._console, transient=True, auto_refresh=not self._quiet)

    def __enter__(self) -> Self:
        if not self._quiet:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, now: Shown) -> None:
        if self._quiet:
            return
        words = f"{now.waiting} before this one" if now.waiting else "steps"
        self._bar.update(self._task, description=words, completed=now.done, total=now.total or None)
        if self.draws and (now.preview or now.pixels is not None):
            self._live.update(Group(half_blocks(_picture(now)), self._bar))

    @property
    def draws(self) -> bool:
        """Whether previews are worth asking for: the terminal has colours enough."""
        return not self._quiet and self._console.color_system == "truecolor"


def _picture(now: Shown) -> Any:
    from PIL import Image

    if now.pixels is not None:
        return Image.fromarray(now.pixels)
    assert now.preview is not None
    return Image.open(io.BytesIO(now.preview))


def half_blocks(picture: Any, columns: int = COLUMNS) -> Text:
    """A PIL image in characters: each shows two pixels, the upper as its own colour, the lower behind it."""
    rows = max(2, 2 * round(columns * picture.height / picture.width / 2))
    small = picture.convert("RGB").resize((columns, rows))
    text = Text(end="")
    for row in range(0, rows, 2):
        for column in range(columns):
            upper, lower = small.getpixel((column, row)), small.getpixel((column, row + 1))
            text.append("▀", style=f"rgb({upper[0]},{upper[1]},{upper[2]}) on rgb({lower[0]},{lower[1]},{lower[2]})")
        text.append("\n")
    return text
