"""Pictures to mark, and what happens to pictures on their way: for measurements and for tests of the watermark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.engine import recipe
from imagend.engine.backends import open_backend
from imagend.engine.engine import Engine
from imagend.engine.events import Finished

Pixels = NDArray[np.uint8]
Attack = Callable[[Image.Image], Image.Image]

PROMPTS = (
    "two dogs and a red ball in a meadow",
    "a cozy cabin in the snowy mountains at sunrise, cinematic",
    "a boat on a lake at sunset",
    "a black cat in a room",
    "a city at night, pixel art",
    "a red ball",
    "a rocket in space",
    "a sign that says hello, watercolor",
)


def drawings(side: int, prompts: tuple[str, ...] = PROMPTS, first_seed: int = 0, steps: int = 10) -> Iterator[Pixels]:
    """What the bundled model draws: flat colours, gradients, outlines, and its textured styles."""
    backend = open_backend("sketch")
    for seed, prompt in enumerate(prompts, first_seed):
        engine = Engine({"sketch": backend})
        engine.add("t", recipe(side, seed, prompt=prompt, steps=steps))
        while not engine.idle:
            for event in engine.step():
                if isinstance(event, Finished):
                    yield event.pixels


def leaves(side: int, seed: int) -> Pixels:
    """Dead leaves: discs of all sizes over one another, each with its own grain. Edges and surfaces as photographs
    have them (A. B. Lee, D. Mumford, J. Huang, "Occlusion models for natural images", IJCV 41, 2001)."""
    random, canvas = np.random.default_rng(seed), np.zeros((side, side, 3), np.float32)
    rows, columns = np.mgrid[:side, :side]
    for _ in range(600):
        radius = min(side / 3, side / 60 * random.pareto(2.0) + 3)
        x, y = random.uniform(0, side, 2)
        left, right, top, bottom = (
            int(np.clip(v, 0, side)) for v in (x - radius, x + radius + 1, y - radius, y + radius + 1)
        )
        box = (slice(top, bottom), slice(left, right))
        inside = (columns[box] - x) ** 2 + (rows[box] - y) ** 2 < radius**2
        grain = random.normal(0, random.uniform(0, 25), inside.shape)
        canvas[box][inside] = (random.uniform(0, 255, 3) + grain[..., None])[inside]
    return np.clip(canvas, 0, 255).astype(np.uint8)


def clouds(side: int, seed: int) -> Pixels:
    """Noise whose power falls with the square of the frequency, as that of photographs does; nothing is flat."""
    random = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = 1
    planes = []
    for _ in range(3):
        waves = random.normal(size=frequency.shape) + 1j * random.normal(size=frequency.shape)
        plane = np.fft.irfft2(waves / frequency, s=(side, side))
        planes.append(128 + 45 * plane / plane.std())
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def stripes(side: int, seed: int) -> Pixels:
    """Regular patterns: the hardest of pictures without a mark for whoever looks for something regular."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    period, turn = random.uniform(3, side / 8), random.choice([0.0, np.pi / 2, random.uniform(0, np.pi)])
    wave = np.sin(2 * np.pi * (columns * np.cos(turn) + rows * np.sin(turn)) / period)
    wave = np.sign(wave) if seed % 2 else wave
    checks = np.sign(np.sin(2 * np.pi * rows / period)) if seed % 3 == 0 else 1.0
    shades = random.uniform(0, 255, 3) + random.uniform(2, 80) * (wave * checks)[..., None]
    return np.clip(shades, 0, 255).astype(np.uint8)


def compressed(quality: int, kind: str = "JPEG") -> Attack:
    def attack(picture: Image.Image) -> Image.Image:
        file = BytesIO()
        picture.convert("RGB").save(file, kind, quality=quality)
        return Image.open(file)

    return attack


def resized(factor: float, how: Image.Resampling = Image.Resampling.BICUBIC) -> Attack:
    return lambda picture: picture.resize((round(picture.width * factor), round(picture.height * factor)), how)


def cropped(share: float) -> Attack:
    """`share` of the width and of the height is cut away, unevenly."""

    def attack(picture: Image.Image) -> Image.Image:
        width, height = picture.width * share, picture.height * share
        box = (width * 0.3, height * 0.6, picture.width - width * 0.7, picture.height - height * 0.4)
        return picture.crop(tuple(int(side) for side in box))  # type: ignore[arg-type]

    return attack


def chain(*attacks: Attack) -> Attack:
    def attack(picture: Image.Image) -> Image.Image:
        for one in attacks:
            picture = one(picture)
        return picture

    return attack


ATTACKS: dict[str, Attack] = {
    "as saved": lambda picture: picture,
    "JPEG 75": compressed(75),
    "JPEG 50": compressed(50),
    "WebP 75": compressed(75, "WEBP"),
    "75 %": resized(0.75),
    "75 %, JPEG 75": chain(resized(0.75), compressed(75)),
    "50 %": resized(0.5),
    "50 %, JPEG 75": chain(resized(0.5), compressed(75)),
    "130 %": resized(1.3),
    "cut 5 %": cropped(0.05),
    "cut 10 %, 75 %, JPEG 75": chain(cropped(0.1), resized(0.75), compressed(75)),
    "grey": lambda picture: picture.convert("L"),
}


def unmarked(count: int, side: int = 256, first: int = 0) -> Iterator[tuple[str, Pixels]]:
    """Pictures without a mark, of all kinds in turn; `first` is the number of the first one."""
    prompts = tuple(islice(cycle(PROMPTS), -(-count // 4)))
    drawn = drawings(side, prompts, first_seed=1000 + first, steps=2)
    for number in range(first, first + count):
        match number % 4:
            case 0:
                yield "drawings", next(drawn)
            case 1:
                yield "dead leaves", leaves(side, number)
            case 2:
                yield "clouds", clouds(side, number)
            case _:
                yield "regular patterns", stripes(side, number)
