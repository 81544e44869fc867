"""What the light of a scene does to colours: sky, haze, ambient tint and mood, all as `#rrggbb` in and out."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass
from functools import lru_cache

from imagend.sketch.draw.pen import mix
from imagend.sketch.scene import Scene

Rgb = tuple[float, float, float]

#: Sky colours from the zenith to the horizon.
_SKIES = {
    "sunrise": ("#4f7cc9", "#92a7de", "#f3b6bd", "#ffdca8"),
    "day": ("#2f86e4", "#64b2f4", "#a6dafb", "#e2f5fd"),
    "sunset": ("#3a3b86", "#8b4d97", "#ec7868", "#ffc66e"),
    "night": ("#0c1440", "#1a2c68", "#314a90", "#6079b4"),
}
#: What a closed cloud cover looks like at that time, and how much of it each weather brings.
_OVERCAST = {"sunrise": "#c9b6bd", "day": "#b8c6d3", "sunset": "#a98a96", "night": "#262f4c"}
_COVER = {"clear": 0.0, "cloudy": 0.45, "rainy": 0.72, "snowy": 0.62, "foggy": 0.66}
_WHITENED = {"clear": 0.0, "cloudy": 0.05, "rainy": -0.10, "snowy": 0.28, "foggy": 0.22}

#: What is multiplied into painted land and into the things that stand on it.
_LAND: dict[str, Rgb] = {
    "sunrise": (1.04, 0.92, 0.90), "day": (1.0, 1.0, 1.0),
    "sunset": (1.02, 0.79, 0.74), "night": (0.36, 0.52, 0.80),
}  # fmt: skip
_THINGS: dict[str, Rgb] = {
    "sunrise": (1.02, 0.96, 0.93), "day": (1.0, 1.0, 1.0),
    "sunset": (1.02, 0.90, 0.84), "night": (0.70, 0.74, 0.92),
}  # fmt: skip
_DULL = {"clear": 0.0, "cloudy": 0.10, "rainy": 0.26, "snowy": 0.10, "foggy": 0.22}
_SUNS = {"sunrise": "#fff0c2", "day": "#fff6cf", "sunset": "#ffe2a0", "night": "#f6f1dc"}
_GLOWS = {"sunrise": "#ffd9a0", "day": "#fff3c4", "sunset": "#ffb765", "night": "#b9c8f2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light of one scene; every method takes and gives `#rrggbb`."""

    time: str
    weather: str
    mood: str
    place: str

    @classmethod
    def of(cls, scene: Scene) -> Light:
        return cls(time=scene["time"], weather=scene["weather"], mood=scene["mood"], place=scene["place"])

    @property
    def night(self) -> bool:
        return self.time == "night"

    @property
    def snowy(self) -> bool:
        return self.weather == "snowy"

    @property
    def sky(self) -> tuple[str, str, str, str]:
        """Zenith to horizon."""
        return _sky(self.time, self.weather, self.mood)

    @property
    def horizon(self) -> str:
        """The colour that distance fades into."""
        return _horizon(self.time, self.weather, self.mood)

    @property
    def haze(self) -> float:
        """How much of a very far thing is air, 0..1."""
        return {"clear": 0.52, "cloudy": 0.55, "rainy": 0.68, "snowy": 0.66, "foggy": 0.90}[self.weather]

    @property
    def sun(self) -> str:
        return self.moody(_SUNS[self.time])

    @property
    def glow(self) -> str:
        return self.moody(_GLOWS[self.time])

    @property
    def shadow(self) -> str:
        return {"sunrise": "#2f2140", "day": "#1b2d3a", "sunset": "#2d1633", "night": "#05081c"}[self.time]

    @property
    def shadow_opacity(self) -> float:
        return 0.42 if self.weather == "clear" else 0.30

    def land(self, color: str, depth: float = 0.0) -> str:
        """A painted thing of the backdrop at a depth of 0 (near) to 1 (far away)."""
        return _landed(self, color, min(1.0, depth))

    def thing(self, color: str) -> str:
        """One colour of a thing: tinted less than the land, so that a red ball stays red at night."""
        if self.place in ("studio", "room"):
            indoors = _THINGS[self.time] if self.time != "night" else (0.93, 0.90, 0.92)
            return _graded(color, indoors, 0.0, self.mood)
        if self.place == "space":
            return _graded(color, (0.95, 0.96, 1.0), 0.0, self.mood)
        if self.place == "underwater":
            return mix(_graded(color, _THINGS[self.time], 0.0, self.mood), self.moody("#2f9fc4"), 0.10)
        lit = _graded(color, _THINGS[self.time], _DULL[self.weather] * 0.6, self.mood)
        return mix(lit, self.horizon, 0.12 if self.weather == "foggy" else 0.0)

    def moody(self, color: str) -> str:
        """The mood alone, for what shines by itself."""
        return _graded(color, (1.0, 1.0, 1.0), 0.0, self.mood)


@lru_cache(maxsize=128)
def _sky(time: str, weather: str, mood: str) -> tuple[str, str, str, str]:
    top, high, low, horizon = (
        _graded(_covered(color, index, time, weather), (1.0, 1.0, 1.0), 0.0, mood)
        for index, color in enumerate(_SKIES[time])
    )
    return top, high, low, horizon


@lru_cache(maxsize=128)
def _horizon(time: str, weather: str, mood: str) -> str:
    sky = _sky(time, weather, mood)
    return mix(sky[2], sky[3], 0.6)


def _covered(color: str, index: int, time: str, weather: str) -> str:
    """One colour of the clear sky behind the clouds that the weather brings."""
    cover = _COVER[weather] * {"day": 1.0, "night": 0.75}.get(time, 0.55)  # a low sun shines through
    covered = mix(color, mix(_OVERCAST[time], "#ffffff", 0.06 * index), cover)
    white = _WHITENED[weather] * {"day": 1.0, "night": 0.25}.get(time, 0.45)
    return mix(covered, "#ffffff", white) if white >= 0 else mix(covered, "#2c3a4c", -white)


@lru_cache(maxsize=8192)
def _landed(light: Light, color: str, depth: float) -> str:
    lit = _graded(color, _LAND[light.time], _DULL[light.weather], light.mood)
    lit = mix(lit, "#1d3272", 0.24) if light.night else lit  # moonlight is blue
    return mix(lit, light.horizon, depth * light.haze)


@lru_cache(maxsize=8192)
def _graded(color: str, tint: Rgb, dull: float, mood: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (min(1.0, value * share) for value, share in zip((red, green, blue), tint, strict=True))
    gray = 0.3 * red + 0.55 * green + 0.15 * blue
    red, green, blue = (value + (gray - value) * dull for value in (red, green, blue))
    return _hex(*_MOODS[mood](red, green, blue))


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, value))):02x}" for value in (red, green, blue))


def _neutral(red: float, green: float, blue: float) -> Rgb:
    return red, green, blue


def _vivid(red: float, green: float, blue: float) -> Rgb:
    hue, light, strength = rgb_to_hls(red, green, blue)
    return hls_to_rgb(hue, light * 0.98, min(1.0, strength * 1.28 + 0.04 * (strength > 0.05)))


def _pastel(red: float, green: float, blue: float) -> Rgb:
    hue, light, strength = rgb_to_hls(red, green, blue)
    return hls_to_rgb(hue, light + (0.94 - light) * 0.34, strength * 0.82)


def _warm(red: float, green: float, blue: float) -> Rgb:
    return red * 1.05 + 0.015, green * 0.985, blue * 0.84


def _cool(red: float, green: float, blue: float) -> Rgb:
    return red * 0.86, green * 0.98, min(1.0, blue * 1.06 + 0.03)


_MOODS = {"neutral": _neutral, "vivid": _vivid, "pastel": _pastel, "warm": _warm, "cool": _cool}
