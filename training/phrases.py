"""The words that captions are made of."""

from __future__ import annotations

from random import Random

RELATIONS: dict[str, tuple[str, ...]] = {
    "left_of": ("to the left of", "left of", "on the left side of"),
    "right_of": ("to the right of", "right of", "on the right side of"),
    "above": ("above", "over"),
    "below": ("below", "under"),
    "next_to": ("next to", "beside", "near"),
    "in_front_of": ("in front of",),
    "behind": ("behind",),
    "on_top_of": ("on top of", "on top of", "on", "atop"),
}
HELD_OUT_RELATIONS: dict[str, tuple[str, ...]] = {
    "left_of": ("at the left of", "left side of"), "right_of": ("at the right of", "right side of"),
    "above": ("up above", "high above"), "below": ("underneath", "beneath"), "next_to": ("close to", "alongside"),
    "in_front_of": ("before", "ahead of"), "behind": ("at the back of", "in back of"),
    "on_top_of": ("sitting on top of", "resting on top of"),
}  # fmt: skip
POSITIONS: dict[str, tuple[str, ...]] = {
    "at_left": ("on the left", "on the left side", "to the left"),
    "at_right": ("on the right", "on the right side", "to the right"),
    "at_center": ("in the center", "in the middle"),
    "at_top": ("at the top", "in the sky", "high up"),
    "at_bottom": ("at the bottom",),
    "near": ("in the foreground",),
    "far": ("in the background", "in the distance", "far away"),
}
POSE_WORDS: dict[str, tuple[str, ...]] = {
    "stand": ("standing",), "sit": ("sitting",), "sleep": ("sleeping", "lying"), "run": ("running", "playing"),
    "fly": ("flying", "floating"),
}  # fmt: skip
STYLE_OPENINGS: dict[str, tuple[str, ...]] = {
    "illustration": ("an illustration of", "illustration of", "a cartoon of"),
    "watercolor": ("a watercolor of", "a watercolor painting of", "watercolor,"),
    "drawing": ("a drawing of", "a pencil sketch of", "drawing of"),
    "pixel": ("pixel art of", "a pixel art picture of"),
    "cinematic": ("a cinematic photo of", "a photo of", "a photorealistic picture of", "3D render of"),
}
CAMERA_OPENINGS = {"close": "a close up of", "wide": "a wide shot of"}
UNKNOWN_NOUNS = ("xylophone", "zebra", "sculpture", "quux", "violin", "satellite", "telescope", "laptop", "volcano")
UNKNOWN_ADJECTIVES = ("translucent", "gothic", "asymmetric", "quirky", "baroque", "holographic", "zesty", "steampunk")
FILLER_TAILS = (
    "highly detailed", "beautiful, award winning", "masterpiece, best quality",
    "shallow depth of field", "sharp focus, intricate", "quirky holographic vibe",
)  # fmt: skip
NEUTRAL = (
    "blurry, pixelated, ugly, deformed, low quality", "blurry", "low quality, distorted", "a picture",
    "something gothic", "quux", "jpeg artifacts, watermark, text", "masterpiece, best quality",
)  # fmt: skip

_PLACES: dict[str, tuple[str, ...]] = {
    "studio": ("on a white background", "in a studio", "with a plain background"),
    "meadow": ("in a meadow", "in the field", "in a park"),
    "forest": ("in a forest", "in the woods"),
    "beach": ("on the beach", "at the beach", "by the sea"),
    "mountains": ("in the mountains", "in a mountain landscape"),
    "city": ("in the city", "on a city street", "in a town"),
    "desert": ("in the desert", "in a desert"),
    "room": ("in a room", "in a bedroom", "in the living room"),
    "space": ("in space", "in outer space"),
    "underwater": ("underwater", "under the sea"),
    "farm": ("on a farm", "at the farm"),
    "lake": ("by the lake", "at a lake", "on the lake"),
}
_TIMES: dict[str, tuple[str, ...]] = {
    "sunrise": ("at sunrise", "at dawn", "in the early morning"),
    "day": ("by day", "at noon", "in the afternoon"),
    "sunset": ("at sunset", "in the evening", "at dusk"),
    "night": ("at night", "by night", "night"),
}
_WEATHERS: dict[str, tuple[str, ...]] = {
    "clear": ("clear sky", "in clear weather", "sunlit"),
    "cloudy": ("cloudy", "under an overcast sky", "cloudy weather"),
    "rainy": ("in the rain", "rainy", "rainy weather"),
    "snowy": ("in the snow", "snowy", "in winter"),
    "foggy": ("in the fog", "foggy", "in the mist"),
}
_MOODS: dict[str, tuple[str, ...]] = {
    "neutral": ("",),
    "vivid": ("vibrant colors", "vivid", "colorful"),
    "pastel": ("pastel colors", "in pastel", "soft colors"),
    "warm": ("warm light", "cozy", "warm colors"),
    "cool": ("cool colors", "cold light", "cool"),
}
_CAMERAS: dict[str, tuple[str, ...]] = {
    "wide": ("wide shot", "wide angle", "from afar"),
    "medium": ("medium shot",),
    "close": ("close up", "portrait", "close view"),
}
_STYLES: dict[str, tuple[str, ...]] = {
    "illustration": ("illustration", "cartoon style"), "watercolor": ("watercolor", "watercolor painting"),
    "drawing": ("pencil drawing", "line art", "drawing"), "pixel": ("pixel art", "8 bit"),
    "cinematic": ("photorealistic", "cinematic", "3D render", "8k photo"),
}  # fmt: skip
_FIELDS = {
    "place": _PLACES, "time": _TIMES, "weather": _WEATHERS, "mood": _MOODS, "camera": _CAMERAS, "style": _STYLES,
}  # fmt: skip
_PAINTED: dict[str, dict[str, tuple[str, ...]]] = {
    "trees": {"few": ("a few trees", "some trees", "trees"), "many": ("many trees", "lots of trees", "trees")},
    "flowers": {"few": ("a few flowers", "some flowers", "flowers"),
                "many": ("many flowers", "full of flowers", "flowers", "wildflowers")},
    "clouds": {"few": ("a few clouds", "a cloud", "clouds"), "many": ("many clouds", "clouds")},
    "hills": {"shown": ("hills", "rolling hills")}, "rocks": {"shown": ("rocks", "some rocks")},
    "birds": {"shown": ("distant birds", "a flock of birds")},
    "window": {"shown": ("a window",)}, "rug": {"shown": ("a rug", "a carpet")}, "shelf": {"shown": ("a shelf",)},
}  # fmt: skip


def world_phrase(rng: Random, name: str, fields: dict[str, str]) -> str:
    """How a caption states the value of one field of the world."""
    value = fields[name]
    if name in _FIELDS:
        return rng.choice(_FIELDS[name][value])
    if name == "sun":
        word = "moon" if fields["time"] == "night" else "sun"
        return rng.choice(
            (f"the {word}", f"a {word}", word) if value == "shown" else (f"no {word}", f"without the {word}")
        )
    if value == "none":
        return f"{rng.choice(('no', 'without', 'without any'))} {name}"
    return rng.choice(_PAINTED[name][value])


_IRREGULAR = {
    "mouse": "mice", "sheep": "sheep", "fish": "fish", "woman": "women", "man": "men", "child": "children",
    "snowman": "snowmen", "cactus": "cacti",
}  # fmt: skip


def plural(kind: str) -> str:
    if kind in _IRREGULAR:
        return _IRREGULAR[kind]
    if kind.endswith("y"):
        return kind[:-1] + "ies"
    return kind + ("es" if kind.endswith(("s", "x", "ch", "sh")) else "s")
