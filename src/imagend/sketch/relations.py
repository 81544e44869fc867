"""What positions and relations mean, as tests on boxes, and which of them a prompt asks for."""

from __future__ import annotations

from dataclasses import dataclass

from imagend.sketch.layout import TOUCH, box_of, frame, overlap
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.text import Words
from imagend.sketch.vocabulary import COLORS, KIND
from imagend.sketch.words import PLURAL

RELATIONS = frozenset({"left_of", "right_of", "above", "below", "next_to", "in_front_of", "behind", "on_top_of", "on"})
POSITIONS = frozenset({"at_left", "at_right", "at_center", "at_top", "at_bottom", "near", "far"})
_ENDS = frozenset({",", "and", "no", "with"})


def holds_position(position: str, thing: Thing, aspect: float) -> bool:
    box = box_of(thing, aspect)
    middle = (box.bottom + box.top) / 2 / frame(aspect)[1]
    tests = {
        "at_left": thing.center_x < 0.38, "at_right": thing.center_x > 0.62, "at_center": 0.33 < thing.center_x < 0.67,
        "at_top": middle > 0.55, "at_bottom": middle < 0.5, "near": thing.y <= 1, "far": thing.y >= 3 or middle > 0.5,
    }  # fmt: skip
    return tests[position]


def holds_relation(relation: str, one: Thing, other: Thing, aspect: float) -> bool:
    a, b = box_of(one, aspect), box_of(other, aspect)
    apart = overlap(a, b) <= TOUCH
    offset = abs(one.center_x - other.center_x) * frame(aspect)[0]
    widths = (a.right - a.left + b.right - b.left) / 2
    gap = offset - widths
    level = min(a.top, b.top) - max(a.bottom, b.bottom) > 0.25 * min(one.height, other.height)
    tests = {
        "left_of": apart and one.x < other.x and gap > -0.25 * widths,
        "right_of": apart and one.x > other.x and gap > -0.25 * widths,
        "next_to": apart and level and gap < 0.3,
        "above": apart and a.bottom > b.bottom + 0.6 * other.height and offset < max(0.3, 0.6 * widths),
        "below": apart and b.bottom > a.bottom + 0.6 * one.height and offset < max(0.3, 0.6 * widths),
        "in_front_of": one.y < other.y and offset < 0.95 * widths,
        "behind": one.y > other.y and offset < 0.95 * widths,
        "on_top_of": b.bottom + 0.6 * other.height < a.bottom < b.top + 0.1 and offset < 0.35 * (b.right - b.left),
    }
    return tests[relation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing as a prompt names it."""

    kind: str
    color: str | None = None
    plural: bool = False

    def find(self, scene: Scene) -> int | None:
        """Slot of the thing that is meant, the first where several fit; None for none or for a plural."""
        slots = [i for i, thing in enumerate(scene.things) if thing.kind == self.kind]
        colored = [i for i in slots if scene.things[i].color == self.color]
        found = colored if self.color is not None and len(slots) > 1 else slots
        return found[0] if found and not self.plural else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One relation ("one left_of other") or one position ("one at_left", other None) of a prompt."""

    one: Named
    name: str
    other: Named | None = None


def asked_of(words: Words) -> tuple[Asked, ...]:
    """Relations and positions that a prompt states of single things, in order."""
    asked: list[Asked] = []
    before: Named | None = None
    relation, color = "", None
    names = words.names
    for number, name in enumerate(names):
        if name in KIND:
            named = Named(kind=name, color=color, plural=several(names, number))
            if relation and before is not None:
                asked.append(Asked(one=before, name=relation, other=named))
            before, relation, color = named, "", None
        elif name in COLORS:
            color = name
        elif name in RELATIONS and before is not None:
            relation = "on_top_of" if name == "on" else name
        elif name in POSITIONS and before is not None and not relation:
            asked.append(Asked(one=before, name=name))
        elif name in _ENDS:
            relation, color = "", None
            before = None if name == "," else before
    return tuple(asked)


def several(names: tuple[str, ...], number: int) -> bool:
    """Whether the noun at `number` is a plural or has a number above one before it ("two red fish")."""
    if names[number + 1 : number + 2] == (PLURAL,):
        return True
    for name in reversed(names[:number]):
        if name in {"two", "three", "four", "five", "some", "many", "few"}:
            return True
        if name in {"a", ",", "and"} or name in KIND or name in RELATIONS:
            return False
    return False


def holds(asked: Asked, one: Thing, other: Thing | None, aspect: float) -> bool:
    if other is None:
        return holds_position(asked.name, one, aspect)
    return holds_relation(asked.name, one, other, aspect)
