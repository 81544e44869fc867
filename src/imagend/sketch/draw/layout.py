"""Where things stand: boxes in the units of the stage, from far to near."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.scene import Thing
from imagend.sketch.vocabulary import KIND

PEOPLE = frozenset({"woman", "man", "child"})
#: Kinds that float on the water of a lake or sea.
AFLOAT = frozenset({"boat", "duck", "whale", "fish"})

#: Where firm ground begins, 0 at the horizon and 1 at the lower edge.
_FIRM = {"beach": 0.40, "lake": 0.48, "room": 0.14}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing's place in the picture; y runs downwards, `bottom` is where its feet are."""

    thing: Thing
    left: float
    bottom: float
    width: float
    height: float
    ground: float | None  # y of the surface its shadow falls on; None where there is none
    afloat: bool = False
    portrait: bool = False  # head and shoulders, cut off by the lower edge
    near: float = 0.0  # order of drawing among what stands; usually the bottom

    @property
    def top(self) -> float:
        return self.bottom - self.height

    @property
    def center(self) -> float:
        return self.left + self.width / 2


def boxes(stage: Stage) -> list[Box]:
    """All things, farthest first: things in the air and high ones before those in front of them."""
    things = [thing for thing in stage.scene.things if thing.kind != "none"]
    face = _face(stage, things)
    placed = [_bust(stage, thing) if thing is face else _box(stage, thing) for thing in things]
    return sorted(_settled(stage, placed), key=_nearness)


def _nearness(box: Box) -> tuple[bool, float]:
    """What hangs in the air is behind what stands; a portrait is behind the small things before it."""
    standing = box.ground is not None or KIND[box.thing.kind].zone == "ground"
    return standing, box.near if standing else box.bottom


def _face(stage: Stage, things: list[Thing]) -> Thing | None:
    """Whose portrait this is: in a close-up, the one big person."""
    big = [thing for thing in things if thing.kind in PEOPLE and thing.size >= 5 and thing.pose != "run"]
    return big[0] if stage.scene["camera"] == "close" and len(big) == 1 else None


def _bust(stage: Stage, thing: Thing) -> Box:
    height = {5: 66.0, 6: 76.0}.get(thing.size, 86.0)
    width, bottom = height * 0.9, stage.height + 0.5
    middle = min(max(thing.center_x * stage.width, width * 0.45), stage.width - width * 0.45)
    return Box(
        thing=thing, left=middle - width / 2, bottom=bottom, width=width, height=height, ground=None, portrait=True
    )


def _box(stage: Stage, thing: Thing) -> Box:
    kind = KIND[thing.kind]
    height = thing.height * 100
    width = height * kind.aspect
    bottom = stage.height * (1 - thing.bottom_y)
    afloat = _floats(stage, thing)
    if afloat:
        bottom = _to_water(stage, bottom)
    return Box(
        thing=thing, left=thing.center_x * stage.width - width / 2, bottom=bottom, width=width, height=height,
        ground=_ground(stage, thing, bottom), afloat=afloat, near=bottom,
    )  # fmt: skip


def _floats(stage: Stage, thing: Thing) -> bool:
    place = stage.scene["place"]
    if thing.pose in ("fly", "sleep") or thing.kind not in AFLOAT:
        return False
    return place == "lake" or (place == "beach" and thing.kind in ("boat", "whale"))


def _to_water(stage: Stage, bottom: float) -> float:
    """Into the band of open water, keeping the order of nearer and farther."""
    low, high = (0.13, 0.36) if stage.scene["place"] == "lake" else (0.10, 0.27)
    share = min(1.0, max(0.0, (bottom - stage.horizon) / stage.depth))
    return stage.place_below(low + (high - low) * share)


def _ground(stage: Stage, thing: Thing, bottom: float) -> float | None:
    """What a thing stands on, where its feet are below the horizon and it is not in the air."""
    zone, place = KIND[thing.kind].zone, stage.scene["place"]
    if place == "space" and not stage.shown("hills"):
        return None
    if place == "underwater" and (zone != "ground" or thing.kind in AFLOAT):
        return None
    if zone == "air" or (thing.pose == "fly" and zone == "both"):
        return _below(stage, bottom)
    top = {"studio": stage.height * 0.45, "room": stage.height * 0.60}.get(place, stage.horizon)
    return bottom if bottom >= top else None


def _below(stage: Stage, bottom: float) -> float | None:
    """A faint shadow on the ground under something that hovers close above it."""
    return None if bottom < stage.horizon else bottom + 5.0


def _settled(stage: Stage, placed: list[Box]) -> list[Box]:
    """Every box on firm ground, and what stood on top of another thing on top of it still, without a shadow."""
    settled: dict[int, Box] = {}
    for box in sorted(placed, key=lambda box: box.bottom, reverse=True):
        below = _support(box, placed)
        if below is None:
            settled[id(box)] = _ashore(stage, box)
            continue
        moved = settled[id(below)]
        settled[id(box)] = replace(
            box, bottom=box.bottom + moved.bottom - below.bottom, ground=None, near=moved.near + 0.1
        )
    return list(settled.values())


def _support(box: Box, others: list[Box]) -> Box | None:
    """The thing whose top carries this box."""
    for other in others:
        inside = other.left < box.center < other.left + other.width
        touching = abs(other.top - box.bottom) < 0.22 * other.height and other.bottom > box.bottom + 2
        if inside and touching and not other.portrait:
            return other
    return None


def _ashore(stage: Stage, box: Box) -> Box:
    """Off the water of a beach or lake and away from a room's wall, keeping the order of nearer and farther."""
    edge = _FIRM.get(stage.scene["place"], 0.0)
    if box.afloat or box.ground != box.bottom or edge == 0.0:
        return box
    share = max(0.0, (box.bottom - stage.horizon) / stage.depth)
    bottom = max(box.bottom, stage.place_below(edge + (1 - edge) * share))
    return replace(box, bottom=bottom, ground=bottom, near=bottom)
