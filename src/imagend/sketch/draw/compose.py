"""A scene as one SVG: backdrop, things from far to near with their shadows, and what stands before them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from zlib import crc32

from imagend.sketch.draw.backdrops import BACK, FRONT, Painter
from imagend.sketch.draw.backdrops.sky import sun_position
from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.inks import ink_of
from imagend.sketch.draw.kinds import DRAWINGS
from imagend.sketch.draw.kinds.portrait import draw_portrait
from imagend.sketch.draw.layout import Box, boxes
from imagend.sketch.draw.light import Light
from imagend.sketch.draw.pen import Look, Pen
from imagend.sketch.draw.shadows import reflection, shadow, waterline
from imagend.sketch.draw.weather import OUTDOORS, weather_before, weather_behind
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.vocabulary import KIND

_ZOOM = {"wide": 0.84, "medium": 1.0, "close": 1.4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A painted scene in two layers, both SVG fragments over the same frame."""

    width: float  # in units of a hundredth of the short side
    height: float
    back: str  # opaque
    front: str  # things, weather and near plants
    sun: tuple[float, float] | None  # centre of a sun or moon in the sky

    def document(self, layer: str, width: int, height: int) -> str:
        """One layer, or both joined, as an SVG document of width x height pixels."""
        frame = f'width="{width}" height="{height}" viewBox="0 0 {self.width:.4f} {self.height:.4f}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {frame} preserveAspectRatio="none">{layer}</svg>'


def to_svg(scene: Scene, width: int, height: int, quotes: tuple[str, ...] = ()) -> str:
    """The scene as an SVG document of width x height pixels; `quotes` are the words its things may carry."""
    picture = compose(scene, width, height, quotes)
    return picture.document(picture.back + picture.front, width, height)


def compose(scene: Scene, width: int, height: int, quotes: tuple[str, ...] = ()) -> Composition:
    pen = Pen()
    stage = stage_of(scene, width, height, pen)
    stage.band(-1, stage.height + 1, stage.light.horizon)
    _painted(stage, BACK[scene["place"]])
    weather_behind(stage)
    split = len(pen.parts)
    _things(stage, quotes)
    front = FRONT.get(scene["place"])
    if front is not None and scene["camera"] != "close":
        _painted(stage, front)
    weather_before(stage)
    sunny = stage.shown("sun") and scene["place"] in OUTDOORS
    return Composition(
        width=stage.width, height=stage.height, back="".join(pen.parts[:split]), front="".join(pen.parts[split:]),
        sun=sun_position(stage) if sunny else None,  # shares of the frame do not depend on the camera's scale
    )  # fmt: skip


def _painted(stage: Stage, painter: Painter) -> None:
    """Paints at the scale of the camera: on a bigger stage, seen smaller, from far away, and the other way round."""
    scale = _ZOOM[stage.scene["camera"]]
    seen = replace(stage, width=stage.width / scale, height=stage.height / scale)
    with stage.pen.group(f"scale({scale})" if scale != 1 else ""):
        painter(seen)


def stage_of(scene: Scene, width: int, height: int, pen: Pen) -> Stage:
    """The frame in units of a hundredth of the short side; variation comes from the scene alone."""
    unit, seed = min(width, height) / 100, variation(scene)
    return Stage(
        pen=pen, scene=scene, light=Light.of(scene), width=width / unit, height=height / unit,
        random=Random(seed), seed=seed,
    )  # fmt: skip


def variation(scene: Scene) -> int:
    """A small integer that two equal scenes share and two different scenes rarely do.

    Style, camera and the backdrop's amounts are left out, so that changing one of them changes only that.
    """
    fixed = [scene[name] for name in ("place", "mood")]
    things = [f"{thing.kind}{thing.variant}{thing.x}" for thing in scene.things]
    return crc32("|".join(fixed + things).encode()) % 4096


def _things(stage: Stage, quotes: tuple[str, ...]) -> None:
    placed = boxes(stage)
    stage.pen.grade = stage.light.thing
    for box in placed:
        reflection(stage, box)
        shadow(stage, box)
        with stage.pen.group(_transform(box)):
            _draw(stage.pen, box, look_of(box.thing, quotes))
        waterline(stage, box)
    stage.pen.grade = None


def _draw(pen: Pen, box: Box, look: Look) -> None:
    if box.portrait:
        draw_portrait(pen, look, box.thing.kind)
    else:
        DRAWINGS[box.thing.kind](pen, look)


def _mirrored(thing: Thing) -> bool:
    return thing.flip and not KIND[thing.kind].words


def _transform(box: Box) -> str:
    """From the kind's own units (height 100) into the picture; mirrored about the middle of the box."""
    scale = box.height / 100
    if _mirrored(box.thing):
        return f"translate({box.left + box.width:.3f} {box.top:.3f}) scale({-scale:.5f} {scale:.5f})"
    return f"translate({box.left:.3f} {box.top:.3f}) scale({scale:.5f})"


def look_of(thing: Thing, quotes: tuple[str, ...]) -> Look:
    """What the drawing of a thing needs to know; words only where the kind can carry them and the quote exists."""
    number = {"none": 0, "quote1": 1, "quote2": 2}[thing.text]
    words = quotes[number - 1] if 0 < number <= len(quotes) and KIND[thing.kind].words else None
    return Look(
        ink=ink_of(thing.kind, thing.color), pose=thing.pose, detail=thing.detail,
        variant=thing.variant, words=words,
    )  # fmt: skip
