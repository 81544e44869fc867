"""Gives the things of a random world their positions and sizes, and checks what was asked of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from imagend.sketch.layout import (
    Box,
    box_of,
    frame,
    inside,
    largest_size,
    overlap,
    x_range,
    y_top,
)  # fmt: skip
from imagend.sketch.relations import holds_position, holds_relation
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.vocabulary import KIND, VARIANTS, X_BINS, Y_BINS
from training.world import Group, World, flies

_TRIES = 24


def place_world(rng: Random, world: World) -> Scene | None:
    """The scene of a world, or None when no free arrangement was found (draw another world then)."""
    things: list[Thing] = []
    total = sum(group.count for group in world.groups)
    for number, group in enumerate(world.groups):
        size = _size(rng, world, group, total)
        if number == 0 and world.relation:
            pair = _related(rng, world, size, _size(rng, world, world.groups[1], total))
            if pair is None:
                return None
            things.extend(pair)
        elif not (number == 1 and world.relation):
            placed = _place_group(rng, world, group, size, things)
            if placed is None:
                return None
            things.extend(placed)
    decor = _place_decor(rng, world, things)
    return Scene(world=dict(world.fields), things=tuple(things + decor))


def _size(rng: Random, world: World, group: Group, total: int) -> int:
    size = KIND[group.kind].size + {"close": 1, "medium": 0, "wide": -1}[world.fields["camera"]]
    size += {"big": 1, "small": -2, "": 0}[group.size_word] + {"near": 1, "far": -2}.get(group.position, 0)
    size -= (total > 2) + (total > 4) - (rng.random() < 0.15)
    return max(0, min(size, largest_size(group.kind, world.aspect), 7))


def _ground_rows(world: World, group: Group) -> tuple[int, int]:
    """First and last y bin for a thing that stands on the ground or floats in water."""
    place, kind = world.fields["place"], KIND[group.kind]
    if group.position == "near":
        return 0, 0
    if group.position == "far":
        return 3, 4
    if kind.name in {"fish", "whale"}:
        return (2, 8) if place == "underwater" else (1, 3)
    if kind.name == "boat" and place in {"beach", "lake"}:
        return 2, 4
    if kind.group == "building":
        return 1, 3
    return (0, 2) if kind.group in {"animal", "person", "thing"} else (0, 3)


def rows(world: World, group: Group, size: int) -> tuple[int, int]:
    top = y_top(size, world.aspect)
    if group.kind == "fish" or not flies(group):
        first, last = _ground_rows(world, group)
        return min(first, top), min(last, top)
    first = 3 if group.kind == "butterfly" else 5
    if group.position == "at_top":
        first = 8
    return max(0, min(first, top - 1)), top


def _columns(group: Group, size: int, aspect: float) -> tuple[int, int]:
    first, last = x_range(group.kind, size, aspect)
    limits = {"at_left": (0, 4), "at_right": (11, 15), "at_center": (6, 9)}.get(group.position, (0, X_BINS - 1))
    low, high = max(first, limits[0]), min(last, limits[1])
    return (low, high) if low <= high else (first, last)


def _thing(rng: Random, group: Group, x: int, y: int, size: int) -> Thing:
    return Thing(
        kind=group.kind, color=group.color, pose=group.pose, detail=group.detail, text=group.text, x=x, y=y, size=size,
        flip=rng.random() < 0.5, variant=rng.randrange(VARIANTS),
    )  # fmt: skip


def _free(box: Box, thing: Thing, others: list[Thing], aspect: float) -> bool:
    return all(
        overlap(box, box_of(other, aspect)) <= (0.0 if "none" not in (thing.text, other.text) else 0.1)
        for other in others
    )


def _attempt(
    rng: Random, world: World, group: Group, size: int, others: list[Thing], accept: Callable[[Thing], bool]
) -> Thing | None:
    """A free place for one thing; smaller sizes are tried after larger ones have found none."""
    for _ in range(_TRIES):
        first, last = rows(world, group, size)
        low, high = _columns(group, size, world.aspect)
        y = rng.randint(first, last)
        smaller = size - 1 if y >= 3 and size > 2 and not flies(group) and group.kind != "fish" else size
        thing = _thing(rng, group, rng.randint(low, high), y, smaller)
        thing = inside(thing, world.aspect)
        if accept(thing) and _free(box_of(thing, world.aspect), thing, others, world.aspect):
            return thing
    return _attempt(rng, world, group, size - 1, others, accept) if size > 1 else None


def _fits_position(group: Group, thing: Thing, aspect: float) -> bool:
    return not group.position or holds_position(group.position, thing, aspect)


def _place_group(rng: Random, world: World, group: Group, size: int, others: list[Thing]) -> list[Thing] | None:
    placed: list[Thing] = []
    for _ in range(group.count):
        thing = _attempt(
            rng, world, group, size, others + placed, lambda thing: _fits_position(group, thing, world.aspect)
        )
        if thing is None:
            return None
        size = min(size, thing.size + 1)
        placed.append(thing)
    return sorted(placed, key=lambda thing: (thing.x, thing.y))


def _related(rng: Random, world: World, size: int, other_size: int) -> list[Thing] | None:
    """Two things that stand in the world's relation: drawn until one fits, shrunk if none does."""
    for attempt in range(10 * _TRIES):
        shrink = attempt // (2 * _TRIES)
        one = _draw(rng, world, world.groups[0], max(1, size - shrink))
        other = _draw(rng, world, world.groups[1], max(1, other_size - shrink))
        one, other = _nudge(rng, world, one, other)
        words = "none" not in (one.text, other.text)
        if holds_relation(world.relation, one, other, world.aspect) and not (
            words and overlap(box_of(one, world.aspect), box_of(other, world.aspect)) > 0
        ):
            return [one, other]
    return None


def _draw(rng: Random, world: World, group: Group, size: int) -> Thing:
    first, last = rows(world, group, size)
    low, high = _columns(group, size, world.aspect)
    return _thing(rng, group, rng.randint(low, high), rng.randint(first, last), size)


def _nudge(rng: Random, world: World, one: Thing, other: Thing) -> tuple[Thing, Thing]:
    """Move the first thing to where its relation wants it, as a good first guess."""
    aspect = world.aspect
    width, height = frame(aspect)
    lower, upper = box_of(one, aspect), box_of(other, aspect)
    half = (lower.right - lower.left + upper.right - upper.left) / 2
    if world.relation == "next_to":
        side = rng.choice((-1, 1)) * (half + rng.uniform(0.0, 0.12)) / width
        one = replace(one, x=_bin(other.center_x + side, X_BINS), y=other.y if rng.random() < 0.7 else one.y)
    elif world.relation in {"in_front_of", "behind"}:
        step = rng.randint(1, 2) * (-1 if world.relation == "in_front_of" else 1)
        shift = rng.choice((-1, 1)) * rng.uniform(0.35, 0.8) * half / width
        one = replace(one, x=_bin(other.center_x + shift, X_BINS), y=min(max(other.y + step, 0), Y_BINS - 1))
    elif world.relation == "on_top_of":
        one = replace(one, size=min(one.size, max(other.size - 1, 1)))
        other = replace(other, y=min(other.y, 1))
        one = replace(one, x=other.x + rng.randint(-1, 1), y=_bin(box_of(other, aspect).top * 0.93 / height, Y_BINS))
    elif world.relation == "above":
        low = _bin(upper.top / height, Y_BINS) + 1
        one = replace(one, x=other.x + rng.randint(-2, 2), y=rng.randint(low, max(low, Y_BINS - 2)))
    elif world.relation == "below":
        low = _bin(lower.top / height, Y_BINS) + 1
        other = replace(other, x=one.x + rng.randint(-2, 2), y=rng.randint(low, max(low, Y_BINS - 2)))
    return inside(_clipped(one), aspect), inside(_clipped(other), aspect)


def _clipped(thing: Thing) -> Thing:
    return replace(thing, x=min(max(thing.x, 0), X_BINS - 1), y=min(max(thing.y, 0), Y_BINS - 1))


def _bin(share: float, bins: int) -> int:
    return min(max(int(share * bins), 0), bins - 1)


def _place_decor(rng: Random, world: World, things: list[Thing]) -> list[Thing]:
    decor: list[Thing] = []
    for kind in world.decor:
        group = Group(kind=kind, pose=rng.choice((KIND[kind].poses[0], rng.choice(KIND[kind].poses))))
        size = max(1, _size(rng, world, group, 3) - 1)
        for _ in range(10):
            thing = inside(_draw(rng, world, group, size), world.aspect)
            if KIND[kind].zone == "ground":
                thing = replace(thing, y=min(rng.choice((1, 2, 3, 3, 4, 4)), y_top(thing.size, world.aspect)))
            box = box_of(thing, world.aspect)
            if all(overlap(box, box_of(other, world.aspect)) <= 0.08 for other in things + decor):
                decor.append(thing)
                break
    return decor
