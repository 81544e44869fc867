"""Tidies a decoded scene: counts kept, boxes inside the picture, things apart that nobody asked to overlap, words free.

The network draws positions from a distribution, and some of them touch; this is the last word. It moves as little as it
can and has no chance in it, so a scene always becomes the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from imagend.sketch.arrange import arranged
from imagend.sketch.counts import counted
from imagend.sketch.layout import TOUCH, box_of, inside, largest_size, overlap, x_range, y_top
from imagend.sketch.relations import several
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.text import Words
from imagend.sketch.vocabulary import KIND, MAX_QUOTES

_OVERLAPPING = frozenset({"in_front_of", "behind", "on_top_of", "on"})
_LIFTING = frozenset({"above", "below", "on_top_of", "on", "at_top", "fly"})
_SMALL = frozenset({"small", "far", "wide", "at_top"})
_HORIZON = 4  # highest row on which things of the ground stand
_DECOR_TOUCH = 0.3  # overlap that things nobody mentioned may have
_LOWER = 2  # how many sizes a thing may lose to find a free place

Pair = frozenset[str]


def tidy(scene: Scene, aspect: float, words: Words) -> Scene:
    """The scene as it can be drawn for a picture of width / height = `aspect` and a prompt's words."""
    scene = counted(scene, words)
    high = bool(_LIFTING & set(words.names))
    things = [_grounded(_drawable(thing, len(words.quotes)), high, words) for thing in scene.things]
    things = [inside(thing, aspect) for thing in _prominent(things, words)]
    things = _carry_words(things, words)
    mentioned = [thing.kind in words.names for thing in things]
    order = sorted(range(len(things)), key=lambda i: (things[i].text == "none", not mentioned[i], i))
    settled: dict[int, Thing] = {}
    for number in order:
        others = [(other, mentioned[i] and mentioned[number]) for i, other in settled.items()]
        thing = _settle(things[number], others, aspect, asked_overlaps(words))
        if thing is not None:
            settled[number] = thing
    return arranged(replace(scene, things=tuple(settled[number] for number in sorted(settled))), aspect, words)


def asked_overlaps(words: Words) -> frozenset[Pair]:
    """Pairs of kinds that the prompt sets in front of, behind or on top of each other."""
    pairs, before, joined = set(), "", False
    for name in words.names:
        if name in _OVERLAPPING:
            joined = bool(before)
        elif name in KIND:
            if joined:
                pairs.add(frozenset({before, name}))
            before, joined = name, False
        elif name in {",", "and"}:
            joined = False
    return frozenset(pairs)


def _drawable(thing: Thing, quotes: int) -> Thing:
    """Without poses, details and words that this kind cannot have."""
    kind = KIND[thing.kind]
    readable = kind.words and thing.text in ("quote1", "quote2")[: min(quotes, MAX_QUOTES)]
    return replace(
        thing,
        pose=thing.pose if thing.pose in kind.poses else kind.poses[0],
        detail=thing.detail if kind.details else "none",
        text=thing.text if readable else "none",
    )


def _grounded(thing: Thing, lifted: bool, words: Words) -> Thing:
    """Back on the ground with what cannot fly, unless the prompt may have lifted it."""
    flying = KIND[thing.kind].zone != "ground" or thing.pose == "fly"
    asked = lifted and thing.kind in words.names
    return thing if flying or asked else replace(thing, y=min(thing.y, _HORIZON))


def _prominent(things: list[Thing], words: Words) -> list[Thing]:
    """The subject, a single thing that a prompt names first, is not much smaller than its kind usually is."""
    names = words.names
    subject = next((number for number, name in enumerate(names) if name in KIND), None)
    if subject is None or not things or things[0].kind != names[subject] or several(names, subject):
        return things
    if _SMALL & set(names):
        return things
    least = KIND[things[0].kind].size - ("close" not in names)
    return [replace(things[0], size=max(things[0].size, least)), *things[1:]]


def _carry_words(things: list[Thing], words: Words) -> list[Thing]:
    """Each quoted string stands once, on what the prompt names for it if that is there and can carry words."""
    things = list(things)
    for name in ("quote1", "quote2")[: len(words.quotes)]:
        bearer = _bearer(words.names, name)
        able = [i for i, thing in enumerate(things) if KIND[thing.kind].words and thing.text in ("none", name)]
        ranked = sorted(able, key=lambda i: (things[i].kind != bearer, things[i].text != name, i))
        for rank, i in enumerate(ranked):
            things[i] = replace(things[i], text="none" if rank else name)
    return things


def _bearer(names: tuple[str, ...], quote: str) -> str:
    """The kind that a prompt names last before a quoted string, or first after it."""
    if quote not in names:
        return ""
    at = names.index(quote)
    return next((name for name in (*reversed(names[:at]), *names[at:]) if name in KIND), "")


def _settle(thing: Thing, others: list[tuple[Thing, bool]], aspect: float, asked: frozenset[Pair]) -> Thing | None:
    """The nearest free place; where there is none, the thing stays, unless it would cover words."""
    for candidate in _candidates(thing, aspect):
        if all(_apart(candidate, other, both, aspect, asked) for other, both in others):
            return candidate
    covers = any(
        (thing.text, other.text) != ("none", "none") and overlap(box_of(thing, aspect), box_of(other, aspect)) > TOUCH
        for other, _ in others
    )
    return None if covers and thing.text == "none" and not any(both for _, both in others) else thing


def _apart(one: Thing, other: Thing, both_mentioned: bool, aspect: float, asked: frozenset[Pair]) -> bool:
    shared = overlap(box_of(one, aspect), box_of(other, aspect))
    if (one.text, other.text) != ("none", "none"):
        return shared <= 0.01
    if frozenset({one.kind, other.kind}) in asked and one.kind != other.kind:
        return True
    return shared <= (TOUCH if both_mentioned else _DECOR_TOUCH)


def _candidates(thing: Thing, aspect: float) -> Iterator[Thing]:
    """The thing itself, then places further and further away, then smaller."""
    largest = min(thing.size, largest_size(thing.kind, aspect))
    for size in range(largest, max(largest - _LOWER, 0) - 1, -1):
        first, last = x_range(thing.kind, size, aspect)
        top = y_top(size, aspect)
        ground = KIND[thing.kind].zone == "ground" and thing.y <= _HORIZON
        places = [
            (2 * abs(x - thing.x) + 3 * abs(y - thing.y), x, y)
            for x in range(first, last + 1)
            for y in range(max(0, thing.y - 2), min(top, _HORIZON if ground else top, thing.y + 2) + 1)
        ]
        yield from (replace(thing, size=size, x=x, y=y) for _, x, y in sorted(places))
