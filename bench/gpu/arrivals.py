"""The mixed load that vLLM-Omni measures with ("Dataset C"): sizes and steps by their shares, arrivals of a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

CLASSES = ((512, 20, 0.15), (768, 20, 0.25), (1024, 25, 0.45), (1536, 35, 0.15))
"""Side in pixels, steps, share of the requests."""

RATIOS = ((1, 1), (4, 3), (3, 4), (16, 9), (9, 16))
GRID = 64  # sides of other ratios are multiples of so many pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    number: int
    arrives: float  # seconds from the beginning
    side: int  # of the class, also in small runs
    width: int
    height: int
    steps: int


def requests(count: int, per_second: float, seed: int, *, ratios: bool = False, shrink: int = 1) -> list[Request]:
    """Exactly by the shares, in an order and at times of the seed (a Poisson process). ratios: width to height as
    often one of RATIOS as another, with the pixels of the class. shrink: divides sides and steps, for small runs."""
    dice = random.Random(seed)
    kinds = [CLASSES[place] for place in _shares(count)]
    dice.shuffle(kinds)
    now, found = 0.0, []
    for number, (side, steps, _) in enumerate(kinds):
        wide, high = RATIOS[number % len(RATIOS)] if ratios else (1, 1)
        width, height = _sides(side, wide, high)
        found.append(Request(
            number=number, arrives=now, side=side, width=width // shrink, height=height // shrink,
            steps=max(2, steps // shrink),
        ))  # fmt: skip
        now += dice.expovariate(per_second)
    return found


def _shares(count: int) -> list[int]:
    """Places in CLASSES, each as often as its share says: the largest remainders are rounded up."""
    exact = [count * share for *_, share in CLASSES]
    whole = [int(each) for each in exact]
    by_rest = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
    for place in by_rest[: count - sum(whole)]:
        whole[place] += 1
    return [place for place, often in enumerate(whole) for _ in range(often)]


def _sides(side: int, wide: int, high: int) -> tuple[int, int]:
    width = side * (wide / high) ** 0.5
    return round(width / GRID) * GRID, round(side * side / width / GRID) * GRID


def mean(seconds: dict[int, float]) -> float:
    """Of a request, from the seconds that each class takes alone, by side."""
    return sum(share * seconds[side] for side, _, share in CLASSES)


def within(latencies: Sequence[float], allowed: Sequence[float]) -> float:
    """Share of the latencies that are no longer than what each was allowed."""
    return sum(one <= most for one, most in zip(latencies, allowed, strict=True)) / len(latencies)
