"""Gives a decoded scene the relations and positions that its prompt asks for, where the network missed them.

The network decides where things stand; this moves one thing of a pair as little as makes the words true. It has no
chance in it. What the network does on its own is reported beside it in the model card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from imagend.sketch.layout import box_of, inside, largest_size, overlap, x_range, y_top
from imagend.sketch.relations import Asked, asked_of, holds
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.text import Words
from imagend.sketch.vocabulary import KIND, Y_BINS

_ON_THE_GROUND = 4  # highest row of what stands on the ground
_LIFTED = frozenset({"above", "below", "on_top_of", "at_top", "far"})


def arranged(scene: Scene, aspect: float, words: Words) -> Scene:
    """The scene with every asked relation and position true, or unchanged where no small move makes it so."""
    for asked in asked_of(words):
        one = asked.one.find(scene)
        other = asked.other.find(scene) if asked.other is not None else None
        if one is None or one == other or (asked.other is not None and other is None):
            continue
        for start in (scene.things, _swapped(scene.things, one, other, aspect)):
            things = _moved(asked, start, one, other, aspect)
            if _true(asked, things, one, other, aspect):
                scene = replace(scene, things=things)
                break
    return scene


def _swapped(things: tuple[Thing, ...], one: int, other: int | None, aspect: float) -> tuple[Thing, ...]:
    """The two things in each other's columns."""
    if other is None:
        return things
    columns = {one: things[other].x, other: things[one].x}
    return tuple(
        inside(replace(thing, x=columns[i]), aspect) if i in columns else thing for i, thing in enumerate(things)
    )


def _true(asked: Asked, things: tuple[Thing, ...], one: int, other: int | None, aspect: float) -> bool:
    return holds(asked, things[one], None if other is None else things[other], aspect)


def _moved(asked: Asked, things: tuple[Thing, ...], one: int, other: int | None, aspect: float) -> tuple[Thing, ...]:
    """Things after the cheapest move of either of the two that makes `asked` true and covers nothing else."""
    if _true(asked, things, one, other, aspect):
        return things
    best, cheapest = things, float("inf")
    for slot in (one, other):
        if slot is None:
            continue
        rest = [thing for i, thing in enumerate(things) if i not in (one, other)]
        for cost, candidate in _places(things[slot], aspect, lifted=asked.name in _LIFTED):
            if cost >= cheapest:
                break
            tried = (*things[:slot], candidate, *things[slot + 1 :])
            if _true(asked, tried, one, other, aspect) and _free(candidate, rest, aspect):
                best, cheapest = tried, cost
    return best


def _free(thing: Thing, others: list[Thing], aspect: float) -> bool:
    box = box_of(thing, aspect)
    return all(overlap(box, box_of(other, aspect)) <= (0.3 if other.text == "none" else 0.0) for other in others)


def _places(thing: Thing, aspect: float, *, lifted: bool) -> Iterator[tuple[float, Thing]]:
    """Places for a thing, nearest first; a size smaller counts as four columns."""
    flying = KIND[thing.kind].zone != "ground" or thing.pose == "fly"
    places = []
    for smaller in range(4):
        size = min(thing.size, largest_size(thing.kind, aspect)) - smaller
        if size < 0:
            break
        first, last = x_range(thing.kind, size, aspect)
        top = y_top(size, aspect) if flying or lifted else min(y_top(size, aspect), _ON_THE_GROUND)
        for x in range(first, last + 1):
            for y in range(min(top, Y_BINS - 1) + 1):
                cost = 4.0 * smaller + abs(x - thing.x) + 1.5 * abs(y - thing.y)
                places.append((cost, x, y, size))
    for cost, x, y, size in sorted(places):
        yield cost, replace(thing, x=x, y=y, size=size)
