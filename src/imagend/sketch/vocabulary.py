"""The closed world that `sketch` can draw: every field of a scene and its allowed values.

Order is the meaning: a value's index is what the network predicts, so a change here asks for new weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# --- Global fields (one value per picture) -------------------------------------------------------

PLACES = (
    "studio", "meadow", "forest", "beach", "mountains", "city",
    "desert", "room", "space", "underwater", "farm", "lake",
)  # fmt: skip
TIMES = ("sunrise", "day", "sunset", "night")
WEATHERS = ("clear", "cloudy", "rainy", "snowy", "foggy")
STYLES = ("illustration", "watercolor", "drawing", "pixel", "cinematic")
MOODS = ("neutral", "vivid", "pastel", "warm", "cool")
CAMERAS = ("wide", "medium", "close")

AMOUNTS = ("none", "few", "many")
PRESENCE = ("none", "shown")

#: Painted parts of the backdrop; each has a name, so that a negative prompt can reach it.
BACKDROP: dict[str, tuple[str, ...]] = {
    "trees": AMOUNTS,
    "flowers": AMOUNTS,
    "clouds": AMOUNTS,
    "sun": PRESENCE,  # the sun by day, the moon by night
    "hills": PRESENCE,
    "rocks": PRESENCE,
    "birds": PRESENCE,  # small and far away
    "window": PRESENCE,  # rooms only, as are the next two
    "rug": PRESENCE,
    "shelf": PRESENCE,
}

GLOBALS: dict[str, tuple[str, ...]] = {
    "place": PLACES,
    "time": TIMES,
    "weather": WEATHERS,
    "style": STYLES,
    "mood": MOODS,
    "camera": CAMERAS,
    **BACKDROP,
}

# --- Fields of one thing in the scene ------------------------------------------------------------

COLORS = (
    "natural", "red", "orange", "yellow", "green", "blue", "purple", "pink",
    "brown", "black", "white", "gray", "turquoise", "gold",
)  # fmt: skip
POSES = ("stand", "sit", "sleep", "run", "fly")
DETAILS = ("none", "hat", "scarf", "glasses", "crown", "bow", "freckles")
TEXTS = ("none", "quote1", "quote2")  # which quoted string of the prompt stands on the thing
VARIANTS = 8  # drawing variation: two puppies differ

X_BINS = 16  # centre of the box, fraction of the width:   (i + 0.5) / 16
Y_BINS = 12  # bottom of the box, fraction of the height above the lower edge: (i + 0.5) / 12
#: Height of the box as a fraction of min(width, height) of the picture.
SIZES = (0.07, 0.10, 0.14, 0.20, 0.285, 0.405, 0.575, 0.80)

MAX_THINGS = 10
MAX_COUNT = 5
MAX_QUOTES = 2

Zone = Literal["ground", "air", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What the world knows of one kind of thing; the drawing itself lives in `draw`."""

    name: str
    zone: Zone
    aspect: float  # width / height of its box when it stands
    size: int  # usual index into SIZES at a medium camera
    color: str  # what "natural" mostly looks like, for captions that name no colour
    poses: tuple[str, ...] = ("stand",)
    details: bool = False  # can wear a hat, scarf, glasses, crown, bow
    words: bool = False  # can carry a quoted text
    group: str = "thing"  # animal, person, vehicle, building, plant, thing


def _animal(
    name: str, aspect: float, size: int, color: str, poses: str = "stand sit sleep run", zone: Zone = "ground"
) -> Kind:
    return Kind(
        name=name, zone=zone, aspect=aspect, size=size, color=color,
        poses=tuple(poses.split()), details=True, group="animal",
    )  # fmt: skip


def _kind(
    group: str, name: str, aspect: float, size: int, color: str, zone: Zone = "ground", *, words: bool = False
) -> Kind:
    return Kind(name=name, zone=zone, aspect=aspect, size=size, color=color, group=group, words=words)


KINDS: tuple[Kind, ...] = (
    _animal("dog", 1.15, 4, "gold"),
    _animal("cat", 1.05, 4, "orange"),
    _animal("rabbit", 0.85, 3, "gray"),
    _animal("bear", 1.20, 5, "brown"),
    _animal("fox", 1.25, 4, "orange"),
    _animal("horse", 1.15, 5, "brown", "stand sleep run"),
    _animal("cow", 1.35, 5, "white", "stand sleep run"),
    _animal("sheep", 1.20, 4, "white", "stand sleep run"),
    _animal("pig", 1.30, 4, "pink", "stand sleep run"),
    _animal("lion", 1.25, 5, "gold"),
    _animal("elephant", 1.35, 6, "gray", "stand sleep run"),
    _animal("mouse", 1.15, 2, "gray"),
    _animal("teddy", 0.80, 4, "brown", "sit stand sleep"),
    _animal("frog", 1.20, 3, "green", "sit run"),
    _animal("turtle", 1.50, 3, "green", "stand sleep"),
    _animal("penguin", 0.70, 4, "black", "stand sleep"),
    _animal("duck", 1.05, 3, "yellow", "stand sleep fly"),
    _animal("owl", 0.75, 3, "brown", "stand sleep fly", "both"),
    _animal("bird", 1.20, 2, "blue", "stand fly", "both"),
    _animal("butterfly", 1.15, 2, "orange", "fly", "air"),
    _animal("fish", 1.60, 3, "orange", "stand", "air"),
    _animal("whale", 1.90, 5, "blue", "stand", "both"),
    _animal("dinosaur", 1.20, 6, "green", "stand sleep run"),
    _animal("woman", 0.42, 6, "red", "stand sit run"),
    _animal("man", 0.42, 6, "blue", "stand sit run"),
    _animal("child", 0.48, 5, "yellow", "stand sit run"),
    _animal("astronaut", 0.60, 5, "white", "stand fly", "both"),
    _animal("robot", 0.72, 5, "gray", "stand sit run"),
    _animal("snowman", 0.70, 5, "white", "stand"),
    _kind("vehicle", "car", 2.00, 4, "red"),
    _kind("vehicle", "bus", 2.10, 5, "yellow"),
    _kind("vehicle", "truck", 1.90, 5, "blue"),
    _kind("vehicle", "bicycle", 1.55, 4, "red"),
    _kind("vehicle", "train", 2.60, 5, "green"),
    _kind("vehicle", "boat", 1.00, 5, "white"),
    _kind("vehicle", "airplane", 2.00, 4, "white", "air"),
    _kind("vehicle", "rocket", 0.55, 5, "white", "both"),
    _kind("vehicle", "hotairballoon", 0.75, 5, "red", "air"),
    _kind("building", "house", 1.10, 6, "white"),
    _kind("building", "cabin", 1.20, 6, "brown"),
    _kind("building", "castle", 1.15, 6, "gray"),
    _kind("building", "lighthouse", 0.45, 6, "white"),
    _kind("building", "windmill", 0.90, 6, "white"),
    _kind("building", "tent", 1.50, 4, "orange"),
    _kind("plant", "tree", 0.85, 6, "green"),
    _kind("plant", "pine", 0.60, 6, "green"),
    _kind("plant", "palm", 0.85, 6, "green"),
    _kind("plant", "cactus", 0.70, 5, "green"),
    _kind("plant", "sunflower", 0.55, 4, "yellow"),
    _kind("plant", "flower", 0.60, 3, "pink"),
    _kind("plant", "mushroom", 0.95, 3, "red"),
    _kind("thing", "ball", 1.00, 3, "red"),
    _kind("thing", "cube", 1.05, 3, "blue"),
    _kind("thing", "mug", 1.15, 3, "white", words=True),
    _kind("thing", "apple", 0.95, 2, "red"),
    _kind("thing", "pumpkin", 1.20, 3, "orange"),
    _kind("thing", "book", 1.25, 3, "blue", words=True),
    _kind("thing", "lamp", 0.60, 4, "yellow"),
    _kind("thing", "candle", 0.40, 3, "white"),
    _kind("thing", "guitar", 0.42, 5, "brown"),
    _kind("thing", "umbrella", 1.00, 4, "red"),
    _kind("thing", "balloon", 0.55, 4, "red", "air"),
    _kind("thing", "kite", 0.80, 3, "red", "air"),
    _kind("thing", "star", 1.00, 2, "yellow", "air"),
    _kind("thing", "heart", 1.05, 2, "red", "air"),
    _kind("thing", "chair", 0.70, 4, "brown"),
    _kind("thing", "table", 1.60, 4, "brown"),
    _kind("thing", "bench", 1.80, 4, "brown"),
    _kind("thing", "sign", 1.15, 5, "brown", words=True),
    _kind("thing", "banner", 3.00, 3, "red", "air", words=True),
    _kind("thing", "cake", 1.05, 3, "pink", words=True),
    _kind("thing", "clock", 1.00, 3, "white"),
    _kind("thing", "gift", 1.00, 3, "red"),
    _kind("thing", "box", 1.20, 3, "brown"),
)

KIND_NAMES: tuple[str, ...] = ("none", *(kind.name for kind in KINDS))
KIND: dict[str, Kind] = {kind.name: kind for kind in KINDS}

#: Fields of one thing and how many values each has; value 0 of `kind` is "no thing in this slot".
THING_FIELDS: dict[str, int] = {
    "kind": len(KIND_NAMES),
    "color": len(COLORS),
    "pose": len(POSES),
    "detail": len(DETAILS),
    "text": len(TEXTS),
    "x": X_BINS,
    "y": Y_BINS,
    "size": len(SIZES),
    "flip": 2,
    "variant": VARIANTS,
}
