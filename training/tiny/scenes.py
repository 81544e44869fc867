"""The little world of the tiny model: one large thing in one place, with the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from imagend.sketch.draw.picture import render
from imagend.sketch.scene import Scene, Thing, default_globals
from imagend.sketch.vocabulary import KIND, VARIANTS

SIDE = 64  # pixels

KINDS = ("dog", "cat", "car", "house", "tree", "boat", "rocket", "robot", "fish", "balloon", "star", "mushroom")
COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")
PLACES = {
    "meadow": "in a meadow", "beach": "on the beach", "mountains": "in the mountains", "desert": "in the desert",
    "forest": "in the forest", "space": "in space", "lake": "by the lake", "room": "in a room",
}  # fmt: skip
TIMES = {"sunrise": "at sunrise", "day": "by day", "sunset": "at sunset", "night": "at night"}
SIZES = (5, 6)  # as sketch's vocabulary numbers them: two and three fifths of the picture

WORDS = tuple(
    dict.fromkeys(["a", *COLORS, *KINDS, *" ".join((*PLACES.values(), *TIMES.values())).split()]),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a sentence says."""

    kind: str
    color: str
    place: str
    time: str

    def __str__(self) -> str:
        return f"a {self.color} {self.kind} {PLACES[self.place]} {TIMES[self.time]}"


def random_wish(rng: Random) -> Wish:
    return Wish(
        kind=rng.choice(KINDS), color=rng.choice(COLORS), place=rng.choice(list(PLACES)), time=rng.choice(list(TIMES))
    )


def scene_of(wish: Wish, rng: Random) -> Scene:
    """One of the scenes that the sentence is true of."""
    chances = {"clouds": 0.3, "hills": 0.5, "sun": 0.5}
    backdrop = {
        name: ("few" if name == "clouds" else "shown") for name, share in chances.items() if rng.random() < share
    }
    world = default_globals() | {"place": wish.place, "time": wish.time} | backdrop
    high = KIND[wish.kind].zone == "air" or (wish.kind == "rocket" and wish.place == "space")
    thing = Thing(
        kind=wish.kind, color=wish.color, x=rng.randint(5, 10), y=rng.randint(4, 5) if high else rng.randint(1, 2),
        size=rng.choice(SIZES), flip=rng.random() < 0.5, variant=rng.randrange(VARIANTS),
    )  # fmt: skip
    return Scene(world=world, things=(thing,))


def pictures(seed: int, count: int) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """uint8 [count, SIDE, SIDE, 3], and the sentence of each."""
    rng = Random(seed)
    wishes = [random_wish(rng) for _ in range(count)]
    drawn = np.stack([render(scene_of(wish, rng), SIDE, SIDE) for wish in wishes])
    return drawn, [str(wish) for wish in wishes]
