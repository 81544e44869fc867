"""Memory planned before anything is loaded; fitting.py says what would fit where it does not.

The weights' part is exact: numbers times their width. What a step and a decoding need on top is an estimate from the
model's shape, on the high side; `models list` shows it, and docs/gpu.md says how it compares to what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imagend.weights.entry import BYTES_OF, Entry
from imagend.weights.shape import Shape

GIB = 2**30
RUNTIME_GIB = 1.0  # of one process on a GPU: its context, kernels, the allocator's fragments
_DECODED = 5  # tensors of the decoder's finest level that are in memory at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One model in memory: the entry that says how, and the shape of its weights."""

    entry: Entry
    shape: Shape

    @property
    def weights_gib(self) -> float:
        return self.shape.numbers * BYTES_OF[self.entry.precision] / GIB

    @property
    def working_gib(self) -> float:
        """Of the greediest moment: a step of all lanes, or one decoding."""
        entry, shape = self.entry, self.shape
        width = BYTES_OF[entry.precision]
        places = entry.max_pixels / shape.stride**2 + shape.words
        step = entry.max_lanes * shape.rows * places * shape.width * shape.kept * width
        decoding = entry.max_pixels * shape.decoder_width * _DECODED * (shape.decoder_bytes or width)
        return max(step, decoding) / GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What all models on a device take together: one of them works at a time."""

    weights_gib: float
    working_gib: float
    runtime_gib: float
    processes: int = 1

    @property
    def total_gib(self) -> float:
        return self.processes * (self.weights_gib + self.working_gib + self.runtime_gib)

    def __str__(self) -> str:
        each = f"{self.processes} processes of " if self.processes > 1 else ""
        return (
            f"{self.total_gib:.1f} GiB ({each}weights {self.weights_gib:.1f}, pictures {self.working_gib:.1f}, "
            f"runtime {self.runtime_gib:.1f})"
        )


def need_of(loads: Sequence[Load], processes: int = 1) -> Need:
    """loads: at least one, all on one device; models that agree in `Entry.load` are counted once."""
    once = list({load.entry.load: load for load in loads}.values())
    return Need(
        weights_gib=sum(load.weights_gib for load in once),
        working_gib=max(load.working_gib for load in once),
        runtime_gib=RUNTIME_GIB if once[0].entry.device.startswith("cuda") else 0.0,
        processes=processes,
    )
