"""One picture of the closed world, fully decided: what the network denoises and the renderer draws."""

from __future__ import annotations

from dataclasses import dataclass, field

from imagend.sketch.vocabulary import GLOBALS, SIZES, X_BINS, Y_BINS


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing in the scene. Positions are bin indices; the properties give unit coordinates."""

    kind: str
    color: str = "natural"
    pose: str = "stand"
    detail: str = "none"
    text: str = "none"  # "quote1" / "quote2": which quoted string it carries
    x: int = X_BINS // 2
    y: int = 1
    size: int = 4
    flip: bool = False  # False: faces right
    variant: int = 0

    @property
    def center_x(self) -> float:
        """Centre of the box, as a fraction of the picture's width, 0 at the left."""
        return (self.x + 0.5) / X_BINS

    @property
    def bottom_y(self) -> float:
        """Bottom of the box, as a fraction of the picture's height, 0 at the lower edge."""
        return (self.y + 0.5) / Y_BINS

    @property
    def height(self) -> float:
        """Height of the box, as a fraction of min(width, height) of the picture."""
        return SIZES[self.size]


def default_globals() -> dict[str, str]:
    return {name: values[0] for name, values in GLOBALS.items()} | {"time": "day", "camera": "medium"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Global fields by name (see `vocabulary.GLOBALS`) and up to MAX_THINGS things, in order of mention."""

    world: dict[str, str] = field(default_factory=default_globals)
    things: tuple[Thing, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.world[name]
