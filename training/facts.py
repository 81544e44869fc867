"""Does a scene show what its caption states?"""

from __future__ import annotations

from imagend.sketch.layout import TOUCH, box_of, overlap
from imagend.sketch.relations import holds_position, holds_relation
from imagend.sketch.scene import Scene, Thing
from imagend.sketch.vocabulary import KIND
from training.captions import Fact

_TOYS = frozenset({"ball", "cube", "box", "teddy", "car", "gift"})


def category(fact: Fact) -> tuple[str, ...]:
    """Under which headings a fact is scored."""
    if fact[0] == "relation" and fact[2] == "next_to":
        return ("relation", "next_to apart")
    return (str(fact[0]),)


def holds(fact: Fact, scene: Scene, aspect: float, heading: str) -> bool:
    match fact:
        case ("place" | "time" | "weather" | "style" | "mood" | "camera" as name, value):
            return scene[str(name)] == value
        case ("kind" | "absent" as name, kind):
            return any(thing.kind == kind for thing in scene.things) == (name == "kind")
        case ("count", kind, number, color):
            return len(_of(scene, kind, color)) == number
        case ("several", kind, color):
            return len(_of(scene, kind, color)) > 1
        case ("color", kind, color):
            return bool(_of(scene, kind, color))
        case ("pose", kind, pose):
            return any(thing.pose == pose for thing in _of(scene, kind, None))
        case ("detail", kind, detail):
            return any(thing.detail == detail for thing in _of(scene, kind, None))
        case ("text", kind, text):
            return any(thing.text == text for thing in _of(scene, kind, None))
        case ("position", handle, position):
            return any(holds_position(str(position), thing, aspect) for thing in _handled(scene, handle))
        case ("relation", one, relation, other):
            return _related(scene, one, str(relation), other, aspect, apart=heading == "next_to apart")
        case ("backdrop", name, value):
            return _painted(scene, str(name), str(value))
        case ("toys",):
            return sum(thing.kind in _TOYS for thing in scene.things) >= 2
    raise AssertionError(fact)


def _of(scene: Scene, kind: object, color: object) -> list[Thing]:
    return [thing for thing in scene.things if thing.kind == kind and color in (None, thing.color)]


def _handled(scene: Scene, handle: object) -> list[Thing]:
    """Things of a handle's kind, of its colour if any has it."""
    assert isinstance(handle, tuple)
    kind, color = handle
    return _of(scene, kind, color) or _of(scene, kind, None)


def _related(scene: Scene, one: object, relation: str, other: object, aspect: float, *, apart: bool) -> bool:
    pairs = [(a, b) for a in _handled(scene, one) for b in _handled(scene, other) if a is not b]
    if apart:
        return any(overlap(box_of(a, aspect), box_of(b, aspect)) <= TOUCH for a, b in pairs)
    return any(holds_relation(relation, a, b, aspect) for a, b in pairs)


def _painted(scene: Scene, name: str, value: str) -> bool:
    """A painted part; "some" and "many" are told apart only from none, since captions say just "trees"."""
    assert all(kind in KIND for kind in ("tree", "flower"))
    return (scene[name] == "none") == (value == "none")
