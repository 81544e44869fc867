"""Pictures of several shapes: one evaluation for all, against one for each shape."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench.report import Table
from bench.small_flux import is_missing, small_flux

ROUNDS = 5  # of which the median counts
SIZES = {  # pixels; a quarter and half of the cards' 1K sizes
    "each ratio, 256": [(256, 256), (224, 320), (320, 224), (192, 352), (352, 192)],
    "each ratio, 512": [(512, 512), (448, 640), (640, 448), (384, 704), (704, 384)],
    "3:4 and 4:3, 256": [(224, 320), (320, 224)] * 2,
    "3:4 and 4:3, 512": [(448, 640), (640, 448)] * 2,
}


def mixed_shapes() -> Table | None:
    """None where torch is not installed."""
    if is_missing("mixed-shapes"):
        return None
    family = small_flux()
    return Table(
        name="mixed-shapes",
        title="Pictures of several shapes: one evaluation for all on a CPU",
        about="A network of FLUX.1's kind with random weights (2 + 4 blocks of width 256), float32. Processor "
        "time, so that a busy machine does not count, all ways by turns. `padded`: patches that are "
        "nobody's, of all in the call. `one shape`: as many pictures of the largest shape; without "
        "padding mixing takes as long, and a mask takes a few percent. A CPU gains nothing from larger "
        "batches, its cache rather loses; what a GPU gains is to be measured there.",
        rows=[_row(family, name, sizes) for name, sizes in SIZES.items()],
    )


def _row(family: Any, name: str, sizes: Sequence[tuple[int, int]]) -> dict[str, Any]:
    import torch

    xs = [torch.randn(family.latent_shape(*size)) for size in sizes]
    words = family.embed([str(number) for number in range(len(xs))])
    times, scales = torch.full((len(xs),), 0.5), torch.ones(len(xs))

    def together() -> None:
        family.denoise_mixed(xs, times, words, scales)

    def by_shape() -> None:
        for shape in {x.shape for x in xs}:
            alike = [row for row, x in enumerate(xs) if x.shape == shape]
            family.denoise(
                torch.stack([xs[row] for row in alike]), times[alike], [words[row] for row in alike], scales[alike]
            )

    def one_shape() -> None:
        family.denoise(torch.stack([max(xs, key=torch.Tensor.numel)] * len(xs)), times, words, scales)

    with torch.inference_mode():
        turns = [tuple(map(_seconds, (by_shape, together, one_shape))) for _ in range(ROUNDS + 1)][
            1:
        ]  # after a warm-up
    apart, mixed, alike = (statistics.median(column) for column in zip(*turns, strict=True))
    patches = [x[0].numel() // 4 for x in xs]
    return {
        "pictures": name, "shapes": len({x.shape for x in xs}), "in a call": len(xs),
        "padded": f"{1 - sum(patches) / (max(patches) * len(xs)):.1%}", "by shape, ms": 1000 * apart,
        "together, ms": 1000 * mixed, "one shape, ms": 1000 * alike,
        "together / by shape": statistics.median(turn[1] / turn[0] for turn in turns),
        "together / one shape": statistics.median(turn[1] / turn[2] for turn in turns),
    }  # fmt: skip


def _seconds(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
