"""Takes out of a decoded scene what its prompt rules out: more things than it counts, and what it says "no" to.

The network decides what stands in a scene; this only removes, it never adds. Both follow from the prompt's own words. A
negative prompt is another matter: it works through guidance alone.
"""

from __future__ import annotations

from dataclasses import replace

from imagend.sketch.scene import Scene, Thing
from imagend.sketch.text import Words
from imagend.sketch.vocabulary import BACKDROP, COLORS, KIND

_NUMBERS = {"a": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_VAGUE = frozenset({"some", "many", "few"})
_ENDS = frozenset({",", "and", "with", "next_to", "says"})
#: words that let things stand in a scene without naming their kind
_GENERIC = frozenset({"toys", "animal", "person", "vehicle", "building", "plant"})
_PAINTED = {
    "tree": "trees", "flower": "flowers", "cloud": "clouds", "sun": "sun", "moon": "sun", "hills": "hills",
    "rocks": "rocks", "flock": "birds", "bird": "birds", "window": "window", "rug": "rug", "shelf": "shelf",
}  # fmt: skip


def counted(scene: Scene, words: Words) -> Scene:
    """The scene without surplus things and without anything after a "no"."""
    limits, refused = read_counts(words)
    things = list(scene.things)
    for kind, colors in limits.items():
        for slot in _surplus(things, kind, colors):
            del things[slot]
    kept = tuple(thing for thing in things if thing.kind not in refused or thing.kind in limits)
    painted = {_PAINTED[name]: "none" for name in refused if name in _PAINTED}
    assert set(painted) <= set(BACKDROP)
    return replace(scene, things=kept, world=scene.world | painted)


def read_counts(words: Words) -> tuple[dict[str, list[str | None]], frozenset[str]]:
    """Named kinds with one colour (or None) for each thing asked for, where all are counted; and the refused names."""
    limits: dict[str, list[str | None]] = {}
    open_ended: set[str] = set(_GENERIC & set(words.names))
    refused: set[str] = set()
    number, color, negated = 0, None, False
    for name in words.names:
        if name == "no":
            negated = True
        elif name in _ENDS:
            number, color, negated = 0, None, False
        elif name in _NUMBERS:
            number = _NUMBERS[name]
        elif name in _VAGUE:
            number = 99
        elif name in COLORS:
            color = name
        elif negated and (name in KIND or name in _PAINTED):
            refused.add(name)
        elif name in KIND:
            limits.setdefault(name, []).extend([color] * number)
            open_ended |= {name} if number in {0, 99} else set()
            number, color = 0, None
    generic = bool(open_ended & _GENERIC)
    definite = {} if generic else {kind: colors for kind, colors in limits.items() if kind not in open_ended}
    return definite, frozenset(refused)


def _surplus(things: list[Thing], kind: str, colors: list[str | None]) -> list[int]:
    """Slots to clear, last first: things of other colours than asked go before things of the right ones."""
    slots = [i for i, thing in enumerate(things) if thing.kind == kind]
    unasked = [i for i in slots if None not in colors and things[i].color not in colors]
    worst_first = sorted(slots, key=lambda i: (things[i].text != "none", i not in unasked, -i))
    return sorted(worst_first[: max(0, len(slots) - len(colors))], reverse=True)
