"""Which colours a thing is drawn with."""

from __future__ import annotations

from imagend.sketch.draw.pen import Ink, mix
from imagend.sketch.vocabulary import KIND

#: The colour names of the vocabulary, without "natural".
HEX = {
    "red": "#e0443e", "orange": "#f08a33", "yellow": "#f7cb3d", "green": "#5aa84b", "blue": "#3f7fd6",
    "purple": "#8a57c2", "pink": "#f294b4", "brown": "#96603c", "black": "#35323a", "white": "#f7f3ec",
    "gray": "#9aa0a8", "turquoise": "#35b8b2", "gold": "#e2ac4a",
}  # fmt: skip

#: Kinds whose own colour is not the plain colour name.
_NATURAL = {
    "dog": "#dfa556", "cat": "#ee9a4d", "rabbit": "#b9aea6", "bear": "#8a5a3a", "fox": "#e67a34", "horse": "#8f5a37",
    "cow": "#faf6ef", "sheep": "#f8f2e6", "pig": "#f5b0b6", "lion": "#e3a94e", "elephant": "#98a2b0",
    "mouse": "#a9a7ad", "teddy": "#a9744a", "frog": "#6cb84c", "turtle": "#6f9e4a", "penguin": "#343a4a",
    "duck": "#f8cf45", "owl": "#94694a", "bird": "#4a90dd", "butterfly": "#f29239", "fish": "#f5893b",
    "whale": "#4a83bf", "dinosaur": "#6bb057", "astronaut": "#f2f1f0", "robot": "#a7b1bd", "snowman": "#fbfaf7",
    "house": "#f6ead6", "cabin": "#97623b", "castle": "#b3b0b4", "lighthouse": "#f9f4ec", "windmill": "#f5ecdc",
    "tree": "#5d9f45", "pine": "#3f7d4e", "palm": "#57a548", "cactus": "#5a9a52", "flower": "#f286ab",
    "guitar": "#b06f37", "chair": "#a8703f", "table": "#a06a3e", "bench": "#9c663b", "box": "#c6965f",
    "sign": "#a8703f", "candle": "#f6ecd8", "pumpkin": "#f0872e", "apple": "#e0403a", "cake": "#f6a9c0",
}  # fmt: skip

#: What is set against each colour (bellies, trims, hubs).
_ACCENT = {
    "red": "#fdf1e3", "orange": "#fff1dc", "yellow": "#fff7e0", "green": "#f3f1cf", "blue": "#eef4fb",
    "purple": "#f4e9fb", "pink": "#fff0f2", "brown": "#efdcc2", "black": "#f1ece6", "white": "#e4dcd2",
    "gray": "#eceef0", "turquoise": "#e9faf6", "gold": "#fff2d6",
}  # fmt: skip


def ink_of(kind: str, color: str) -> Ink:
    """The inks of a kind in one of the vocabulary's colours; "natural" is the kind's own."""
    name = KIND[kind].color if color == "natural" else color
    base = _NATURAL.get(kind, HEX[name]) if color == "natural" else HEX[name]
    accent = _ACCENT[name]
    line = "#2a2430" if name != "black" else "#17151c"
    return Ink(base=base, accent=mix(accent, base, 0.06), line=line)
