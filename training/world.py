"""Random worlds: what stands in a scene and what is true of it, before anything has a position.

Defaults are learned from omission on purpose: a caption names "day" or "illustration" less often than it names "night"
or "watercolor", so a caption without them means the default. Places are named at one rate, whichever it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from imagend.sketch.vocabulary import AMOUNTS, BACKDROP, COLORS, DETAILS, KIND, KINDS, MAX_COUNT, PLACES, PRESENCE

PRIORS: dict[str, dict[str, float]] = {
    "time": {"day": 0.58, "sunrise": 0.12, "sunset": 0.15, "night": 0.15},
    "weather": {"clear": 0.6, "cloudy": 0.1, "rainy": 0.1, "snowy": 0.1, "foggy": 0.1},
    "style": {"illustration": 0.6, "watercolor": 0.1, "drawing": 0.1, "pixel": 0.1, "cinematic": 0.1},
    "mood": {"neutral": 0.64, "vivid": 0.09, "pastel": 0.09, "warm": 0.09, "cool": 0.09},
    "camera": {"medium": 0.64, "wide": 0.18, "close": 0.18},
}
DEFAULTS = {"time": "day", "weather": "clear", "style": "illustration", "mood": "neutral", "camera": "medium"}

#: What is at home in a place: subjects, then decor (spelled as kinds).
AT_HOME: dict[str, tuple[str, str]] = {
    "studio": ("dog cat rabbit teddy robot ball cube mug apple pumpkin book lamp candle guitar umbrella balloon chair"
               " table cake clock gift box heart star sign woman man child banner car mushroom",
               "ball cube box gift balloon candle book apple star heart lamp chair"),
    "meadow": ("dog cat rabbit fox horse cow sheep pig lion butterfly bird house windmill tree flower sunflower kite"
               " hotairballoon balloon child woman man bench bicycle tent mouse elephant umbrella sign castle duck",
               "tree butterfly bird flower rabbit sunflower bench mushroom pine sheep kite mouse hotairballoon"),
    "forest": ("bear fox owl rabbit mouse frog bird tent cabin mushroom pine tree dog dinosaur woman child lion turtle"
               " butterfly man sign horse bench", "pine tree mushroom owl fox rabbit bird butterfly frog mouse flower"),
    "beach": ("boat umbrella turtle palm ball lighthouse whale duck dog child woman man kite bird chair fish horse"
              " balloon hotairballoon sign", "palm umbrella boat ball bird turtle chair kite lighthouse duck"),
    "mountains": ("cabin bear fox tent pine sheep horse hotairballoon airplane castle train man woman snowman penguin"
                  " lion owl house dog rocket bird sign", "pine cabin bird tree hotairballoon sheep tent airplane fox"),
    "city": ("car bus truck bicycle train man woman child dog cat robot airplane bench sign balloon umbrella banner"
             " clock house tree", "car tree bus bicycle bench bird dog balloon truck lamp sign"),
    "desert": ("cactus lion elephant car tent dinosaur turtle astronaut rocket horse man airplane hotairballoon truck"
               " woman sign palm", "cactus bird turtle tent palm mouse hotairballoon box"),
    "room": ("teddy cat dog ball cube mug book lamp candle guitar balloon chair table cake clock gift box mouse robot"
             " child woman man apple rabbit flower star heart banner",
             "ball cube box lamp chair book teddy table gift clock candle balloon cat mug"),
    "space": ("astronaut rocket robot star dog cat dinosaur airplane teddy frog car boat hotairballoon whale heart",
              "star rocket astronaut robot heart balloon"),
    "underwater": ("fish whale turtle frog penguin boat box robot duck star castle", "fish turtle star whale box"),
    "farm": ("cow pig sheep horse duck dog cat windmill house truck pumpkin man woman child tree sunflower mouse apple"
             " rabbit bird box sign", "cow sheep pig duck tree sunflower pumpkin bird apple box windmill"),
    "lake": ("duck boat frog fish turtle bird tent cabin bench pine tree bear man woman child dog house fox lighthouse"
             " hotairballoon horse cow", "duck tree pine boat bird flower bench frog butterfly cabin"),
}  # fmt: skip

#: Painted backdrop by place: chance of few, of many; for yes/no fields the chance of "shown".
_PAINTED: dict[str, dict[str, tuple[float, ...]]] = {
    "trees": {"meadow": (0.4, 0.15), "forest": (0.1, 0.85), "mountains": (0.4, 0.25), "city": (0.3, 0.1),
              "farm": (0.4, 0.15), "lake": (0.4, 0.3), "beach": (0.15, 0.03)},
    "flowers": {"meadow": (0.3, 0.35), "forest": (0.25, 0.1), "farm": (0.2, 0.15), "lake": (0.25, 0.1),
                "mountains": (0.15, 0.1), "city": (0.1, 0.03), "desert": (0.1, 0.03)},
    "hills": {"meadow": (0.7,), "farm": (0.6,), "lake": (0.5,), "desert": (0.6,), "forest": (0.3,), "beach": (0.2,),
              "mountains": (0.4,), "city": (0.1,)},
    "rocks": {"beach": (0.35,), "mountains": (0.5,), "desert": (0.4,), "forest": (0.25,), "lake": (0.4,),
              "space": (0.5,), "underwater": (0.5,), "meadow": (0.15,)},
    "window": {"room": (0.75,)}, "rug": {"room": (0.6,)}, "shelf": {"room": (0.45,)},
}  # fmt: skip
_INDOORS = frozenset({"room", "studio"})
_NO_SKY = frozenset({"underwater", "studio"})
_CLOUDS = {"clear": (0.45, 0.05), "cloudy": (0.15, 0.85), "rainy": (0.3, 0.6), "snowy": (0.4, 0.3), "foggy": (0.3, 0.1)}
_TOYS = ("ball", "cube", "box", "teddy", "car", "gift")


@dataclass(slots=True, kw_only=True)
class Group:
    """Things of one sort that are mentioned together ("three red apples")."""

    kind: str
    count: int = 1
    color: str = "natural"
    pose: str = "stand"
    detail: str = "none"
    text: str = "none"
    size_word: str = ""  # "big", "small" or nothing
    position: str = ""  # one of the position tokens, or nothing


@dataclass(slots=True, kw_only=True)
class World:
    """One random world; `relation` holds between groups 0 and 1."""

    aspect: float
    fields: dict[str, str]
    groups: list[Group]
    relation: str = ""
    toys: bool = False  # decor holds at least two toys and the caption says so
    decor: list[str]


RELATED = 2  # groups that a relation joins


def pick(rng: Random, weights: dict[str, float]) -> str:
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def held_out(kind: str, color: str, place: str) -> bool:
    """Triples that training never sees with the place named (about 6 % of those with a colour)."""
    if color == "natural":
        return False
    number = (KIND_NUMBER[kind] * 7919 + COLORS.index(color) * 104729 + PLACES.index(place) * 1299709) % 1000
    return number % 17 == 3


KIND_NUMBER = {kind.name: number for number, kind in enumerate(KINDS)}


def random_world(rng: Random, *, groups: tuple[float, ...] = (0.1, 0.44, 0.32, 0.14)) -> World:
    aspect = _aspect(rng)
    place = rng.choice(PLACES)
    fields = {"place": place} | {name: pick(rng, weights) for name, weights in PRIORS.items()}
    if place in {"space", "underwater", "studio", "room"} and rng.random() < 0.7:
        fields["weather"] = "clear"
    fields |= _backdrop(rng, fields)
    number = rng.choices(range(len(groups)), groups)[0]
    related = len(groups) > RELATED and rng.random() < 0.3
    world = World(aspect=aspect, fields=fields, groups=_groups(rng, place, max(number, 2 * related)), decor=[])
    for group in world.groups[: 2 * related]:
        group.count = 1
    _arrange(rng, world)
    world.toys = rng.random() < (0.12 if place == "room" else 0.015)
    world.decor = _decor(rng, world)
    return world


def _aspect(rng: Random) -> float:
    if rng.random() < 0.65:
        return rng.choice((9 / 16, 3 / 4, 1.0, 1.0, 4 / 3, 16 / 9))
    return float(2.0 ** rng.uniform(-0.95, 0.95))


def _backdrop(rng: Random, fields: dict[str, str]) -> dict[str, str]:
    place = fields["place"]
    values = {}
    for name, allowed in BACKDROP.items():
        chances = _PAINTED.get(name, {}).get(place, (0.0,) * (len(allowed) - 1))
        if name == "clouds":
            chances = (0.0, 0.0) if place in _NO_SKY | {"space"} else _CLOUDS[fields["weather"]]
        elif name == "sun":
            chances = (0.0,) if place in _NO_SKY else (0.6 if fields["weather"] == "clear" else 0.15,)
        elif name == "birds":
            chances = (0.0,) if place in _NO_SKY | _INDOORS | {"space"} else (0.18,)
        if name in {"trees", "flowers", "hills", "rocks"} and place not in _INDOORS and rng.random() < 0.1:
            chances = (0.3, 0.4) if allowed is AMOUNTS else (0.5,)
        values[name] = rng.choices(allowed, (1 - sum(chances), *chances))[0]
    assert set(values.values()) <= {*AMOUNTS, *PRESENCE}
    return values


def _groups(rng: Random, place: str, number: int) -> list[Group]:
    groups: list[Group] = []
    quotes = 0
    while len(groups) < number:
        group = _group(rng, place)
        if groups and rng.random() < 0.1:
            group.kind = groups[0].kind
            group.text = "none"
        if any(other.kind == group.kind and (other.color == group.color or "natural" in (other.color, group.color))
               for other in groups):  # fmt: skip
            continue
        if group.text != "none":
            quotes += 1
            group.text = f"quote{quotes}" if quotes <= 2 else "none"
        groups.append(group)
    while sum(group.count for group in groups) > 7:
        max(groups, key=lambda group: group.count).count -= 1
    for group in groups:
        _fit_pose(group)
    return groups


def _fit_pose(group: Group) -> None:
    if group.pose not in KIND[group.kind].poses:
        group.pose = KIND[group.kind].poses[0]
    if not KIND[group.kind].details:
        group.detail = "none"


def _group(rng: Random, place: str) -> Group:
    at_home = AT_HOME[place][0].split()
    kind = KIND[rng.choice(at_home) if rng.random() < 0.6 else rng.choice(KINDS).name]
    count = rng.choices(range(1, MAX_COUNT + 1), (0.74, 0.09, 0.07, 0.05, 0.05))[0]
    group = Group(kind=kind.name, count=count)
    if kind.group == "building":
        group.count = min(count, 3)
    if rng.random() < 0.55:
        group.color = rng.choice(COLORS[1:])
    group.pose = kind.poses[0] if rng.random() < 0.5 else rng.choice(kind.poses)
    if kind.details and rng.random() < 0.2:
        group.detail = rng.choice(DETAILS[1:])
        if group.detail == "freckles" and kind.group != "animal" and kind.name not in {"woman", "man", "child"}:
            group.detail = "hat"
    if kind.words and rng.random() < 0.75:
        group.text, group.count = "quote1", 1
    if rng.random() < 0.12:
        group.size_word = rng.choice(("big", "small"))
    return group


#: Relations that take a depth or a height are harder to learn than sides, so they come twice as often.
_RELATIONS = ("left_of", "right_of", *(("above", "below", "next_to", "in_front_of", "behind", "on_top_of") * 2))


def _arrange(rng: Random, world: World) -> None:
    """Choose a relation between the first two groups, or positions of single things."""
    groups = world.groups
    single = len(groups) > 1 and groups[0].count == groups[1].count == 1
    if single and rng.random() < 0.85:
        relation = rng.choice(_RELATIONS)
        world.relation = relation if _possible(rng, relation, groups[0], groups[1]) else rng.choice(
            ("left_of", "right_of", "next_to", "in_front_of", "behind")
        )  # fmt: skip
        return
    for group in groups:
        if group.count == 1 and rng.random() < 0.36:
            high = flies(group)
            choices = ["at_left", "at_right", "at_left", "at_right", "at_center", "near", "far"]
            choices += ["at_top", "at_top"] if high else ["at_bottom"]
            group.position = rng.choice(choices)


def flies(group: Group) -> bool:
    return KIND[group.kind].zone == "air" or group.pose == "fly"


def _possible(rng: Random, relation: str, one: Group, other: Group) -> bool:
    if relation == "above":
        return flies(one) or KIND[one.kind].zone == "both" or rng.random() < 0.5
    if relation == "below":
        return flies(other) or KIND[other.kind].zone == "both" or rng.random() < 0.5
    if relation == "on_top_of":
        return not flies(one) and not flies(other) and KIND[one.kind].group not in {"building", "vehicle"}
    return relation in {"left_of", "right_of", "next_to"} or flies(one) == flies(other)


def _decor(rng: Random, world: World) -> list[str]:
    place = world.fields["place"]
    taken = {group.kind for group in world.groups}
    free = [kind for kind in AT_HOME[place][1].split() if kind not in taken]
    close = world.fields["camera"] == "close"
    number = rng.choices((0, 1, 2, 3), (0.55, 0.3, 0.1, 0.05) if close else (0.36, 0.34, 0.2, 0.1))[0]
    number = min(number, 9 - sum(group.count for group in world.groups))
    decor = rng.sample(free, min(max(number, 0), len(free)))
    if world.toys:
        toys = [kind for kind in _TOYS if kind not in taken]
        decor = (rng.sample(toys, min(3, len(toys))) + decor)[: max(2, number)]
    return decor
