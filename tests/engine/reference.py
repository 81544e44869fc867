"""The samplers once more, as plain loops over one picture, each in the coordinates of its paper. No table, no batch.

Written against the papers and not against `plan`: levels, timesteps and integrals are computed in other ways here.
A denoiser is a function (x, level) -> x0 of the variance preserving x = cos(a) x0 + sin(a) n and level = sin(a).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Denoiser = Callable[[Array, float], Array]


@cache
def trained_sigmas() -> Array:
    """Stable Diffusion's 1000 levels, by a running product."""
    product, sigmas = 1.0, []
    for index in range(1000):
        root = 0.00085**0.5 + (0.012**0.5 - 0.00085**0.5) * index / 999
        product *= 1 - root**2
        sigmas.append((1 / product - 1) ** 0.5)
    return np.array(sigmas)


def clean_at(denoise: Denoiser, exploding: Array, sigma: float) -> Array:
    """x0 of x0 + sigma n."""
    length = (1 + sigma**2) ** 0.5
    return denoise(exploding / length, sigma / length)


def velocity_at(denoise: Denoiser, x: Array, s: float) -> Array:
    """n - x0 of (1 - s) x0 + s n."""
    length = ((1 - s) ** 2 + s**2) ** 0.5
    return (x - denoise(x / length, s / length)) / s


def leading(steps: int) -> list[int]:
    return [999] if steps == 1 else [index * (1000 // steps) + 1 for index in reversed(range(steps))]


def even(top: float, steps: int) -> list[float]:
    return [top * (1 - index / steps) for index in range(steps)]


def ddim(denoise: Denoiser, noise: Array, steps: int) -> Array:
    sigmas = trained_sigmas()
    levels = [sigmas[time] for time in leading(steps)] + [sigmas[0]]
    x = noise
    for sigma, following in pairwise(levels):
        signal, next_signal = (1 + sigma**2) ** -0.5, (1 + following**2) ** -0.5
        clean = denoise(x, sigma * signal)
        direction = (x - signal * clean) / (sigma * signal)
        x = next_signal * clean + following * next_signal * direction
    return x


def pndm(denoise: Denoiser, noise: Array, steps: int) -> Array:
    """Equation 11 of arXiv 2202.09778 moves, equation 12 mixes; the first step is made twice."""
    sigmas = trained_sigmas()
    powers = [1 / (1 + sigmas[time] ** 2) for time in leading(steps)] + [1 / (1 + sigmas[0] ** 2)]

    def ask(x: Array, power: float) -> Array:
        return (x - power**0.5 * denoise(x, (1 - power) ** 0.5)) / (1 - power) ** 0.5

    def move(x: Array, direction: Array, here: float, there: float) -> Array:
        below = here**0.5 * (((1 - there) * here) ** 0.5 + ((1 - here) * there) ** 0.5)
        return (there / here) ** 0.5 * x - (there - here) / below * direction

    first = ask(noise, powers[0])
    x = move(noise, first, powers[0], powers[1])
    if steps > 1:
        x = move(noise, (first + ask(x, powers[1])) / 2, powers[0], powers[1])
    kept = [first]
    for here, there in pairwise(powers[1:]):
        kept = [ask(x, here), *kept]
        x = move(x, adams(kept), here, there)
    return x


def adams(kept: Sequence[Array]) -> Array:
    """Adams-Bashforth over equal steps, newest first."""
    match kept:
        case [e]:
            return e
        case [e, e1]:
            return (3 * e - e1) / 2
        case [e, e1, e2]:
            return (23 * e - 16 * e1 + 5 * e2) / 12
        case [e, e1, e2, e3, *_]:
            return (55 * e - 59 * e1 + 37 * e2 - 9 * e3) / 24
    raise AssertionError


def multistep(slope: Callable[[Array, float], Array], x: Array, nodes: Sequence[float]) -> Array:
    """Integrate the polynomial through the last four slopes; its weights are those that integrate 1, u, u^2, u^3."""
    kept: list[tuple[float, Array]] = []
    for here, there in pairwise(nodes):
        kept = [(here, slope(x, here)), *kept][:4]
        powers = np.vander([(node - here) / (there - here) for node, _ in kept], increasing=True)
        weights = np.linalg.solve(powers.T, 1 / np.arange(1, len(kept) + 1))
        x = x + (there - here) * sum(weight * value for weight, (_, value) in zip(weights, kept, strict=True))
    return x


def float_sigmas(steps: int) -> list[float]:
    times = [999 - 999 * index / max(1, steps - 1) for index in range(steps)]
    return [*np.interp(times, np.arange(1000), trained_sigmas()), 0.0]


def lms(denoise: Denoiser, noise: Array, steps: int) -> Array:
    nodes = float_sigmas(steps)
    return multistep(lambda x, sigma: (x - clean_at(denoise, x, sigma)) / sigma, noise * nodes[0], nodes)


def euler_ancestral(denoise: Denoiser, sigmas: Sequence[float], noises: Iterator[Array]) -> Array:
    x = next(noises) * sigmas[0]
    for sigma, following in pairwise(sigmas):
        up = min(following, (following**2 * (sigma**2 - following**2) / sigma**2) ** 0.5)
        down = (following**2 - up**2) ** 0.5
        x = x + (x - clean_at(denoise, x, sigma)) / sigma * (down - sigma) + up * next(noises)
    return x


def dpm_2m(denoise: Denoiser, noise: Array, levels: Sequence[tuple[float, float]]) -> Array:
    """Algorithm 2 of arXiv 2211.01095 over (alpha, sigma) of any scale; the last level is clean."""
    x, last, last_h = noise, noise, 1.0
    for index, ((alpha, sigma), (next_alpha, next_sigma)) in enumerate(pairwise(levels)):
        length = (alpha**2 + sigma**2) ** 0.5
        clean = denoise(x / length, sigma / length)
        if next_sigma == 0:
            return clean * next_alpha
        h = np.log(next_alpha / next_sigma) - np.log(alpha / sigma)
        mixed = clean if index == 0 else clean + (clean - last) * h / (2 * last_h)
        x = next_sigma / sigma * x - next_alpha * np.expm1(-h) * mixed
        last, last_h = clean, h
    return x


def dpm_levels(steps: int) -> list[tuple[float, float]]:
    times = [int(time) for time in np.round(np.linspace(0, 999, steps + 1))[:0:-1]]
    sigmas = trained_sigmas()
    return [(1.0, sigmas[time]) for time in times] + [(1.0, 0.0)]


def flow_euler(denoise: Denoiser, x: Array, shares: Sequence[float]) -> Array:
    for here, there in pairwise(shares):
        x = x + (there - here) * velocity_at(denoise, x, here)
    return x


def flow_pndm(denoise: Denoiser, x: Array, shares: Sequence[float]) -> Array:
    """The same recipe as `pndm` over velocities; a straight line moves by adding."""
    kept = [velocity_at(denoise, x, shares[0])]
    start, stride = x, shares[1] - shares[0]
    x = start + stride * kept[0]
    if len(shares) > 2:
        x = start + stride * (kept[0] + velocity_at(denoise, x, shares[1])) / 2
    for here, there in pairwise(shares[1:]):
        kept = [velocity_at(denoise, x, here), *kept]
        x = x + (there - here) * adams(kept)
    return x


def flow_lms(denoise: Denoiser, x: Array, shares: Sequence[float]) -> Array:
    return multistep(lambda y, s: velocity_at(denoise, y, s), x, shares)
