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
PROMPTS_GIB = 0.25  # of prompts that were read by models that are out meanwhile; see engine/prompts.py
_SCALE = 4  # bytes of the scale of a quantised row
_DECODED = 5  # tensors of the decoder's finest level that are in memory at once
_REMEMBERED = 6  # tensors of a step cache for each row of a step: two of it, two of a picture that waits, two in work


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One model in memory: the entry that says how, the shape of its weights, and how many numbers its LoRAs are."""

    entry: Entry
    shape: Shape
    lora_numbers: int = 0

    @property
    def weights_gib(self) -> float:
        entry, shape = self.entry, self.shape
        full = shape.numbers * BYTES_OF[entry.precision]
        if entry.quantization == "fp8":
            full += shape.quantised * (1 - BYTES_OF[entry.precision]) + shape.quantised_rows * _SCALE
        return full / GIB + self.loras_gib

    @property
    def loras_gib(self) -> float:
        """They keep the precision of what flows through the network, whatever its own weights have."""
        return self.lora_numbers * BYTES_OF[self.entry.precision] / GIB

    @property
    def working_gib(self) -> float:
        """Of the greediest moment: a step of all lanes, or one decoding if that is not done beside the steps."""
        step = self._rows_gib * self.shape.kept
        return step if self.entry.overlap else max(step, self._decoding_gib)

    @property
    def beside_gib(self) -> float:
        """Of what may be done at the same time."""
        return self._decoding_gib if self.entry.overlap else 0.0

    @property
    def _decoding_gib(self) -> float:
        entry, shape = self.entry, self.shape
        width = shape.decoder_bytes or BYTES_OF[entry.precision]
        return entry.max_pixels * shape.decoder_width * _DECODED * width / GIB

    @property
    def remembered_gib(self) -> float:
        """Of pictures that wait for their next step, too."""
        return self._rows_gib * _REMEMBERED if self.entry.step_cache else 0.0

    @property
    def _rows_gib(self) -> float:
        """Of one tensor of the network's width, for all rows of a step."""
        entry, shape = self.entry, self.shape
        places = entry.max_pixels / shape.stride**2 + shape.words
        return entry.lanes * shape.rows * places * shape.width * BYTES_OF[entry.precision] / GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What all models on a device take together: one of them works at a time, and one beside it."""

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


def distinct(loads: Sequence[Load]) -> list[Load]:
    """The first of those that are one model in memory."""
    found: dict[tuple[object, ...], Load] = {}
    for load in loads:
        found.setdefault(load.entry.load, load)
    return list(found.values())


def need_of(loads: Sequence[Load], processes: int = 1, *, in_turn: Sequence[Load] = ()) -> Need:
    """loads: at least one, all on one device; models that agree in `Entry.load` are counted once. in_turn: all models
    of the device, where they take turns: what their prompts and pictures keep stays when they are out."""
    once = distinct(loads)
    runtime = RUNTIME_GIB + (PROMPTS_GIB if in_turn else 0.0)
    return Need(
        weights_gib=sum(load.weights_gib for load in once),
        working_gib=max(load.working_gib for load in once)
        + max(load.beside_gib for load in once)
        + sum(load.remembered_gib for load in distinct(in_turn or once)),
        runtime_gib=runtime if once[0].entry.device.startswith("cuda") else 0.0,
        processes=processes,
    )
