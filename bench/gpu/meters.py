"""Clocks that wait for the device, peaks of memory, and what the device itself can do."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from statistics import median
from typing import Any

GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Of one device, for one run that must end after `seconds`."""

    device: str
    seconds: float = 540.0
    began: float = field(default_factory=time.perf_counter)

    @property
    def on_gpu(self) -> bool:
        return self.device.startswith("cuda")

    def now(self) -> float:
        """Seconds, when all that was asked of the device is done."""
        if self.on_gpu:
            import torch

            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    @property
    def left(self) -> float:
        """Seconds of the run."""
        return self.seconds - (time.perf_counter() - self.began)

    def held_gib(self) -> float:
        """What tensors take on the GPU now; on a CPU the same as `peak_gib`."""
        if self.on_gpu:
            import torch

            return float(torch.cuda.memory_allocated(self.device)) / GIB
        return self.peak_gib()

    def forget_peak(self) -> None:
        if self.on_gpu:
            import torch

            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)

    def peak_gib(self) -> float:
        """Most that tensors took on the GPU since `forget_peak`; on a CPU most that the process ever had."""
        if self.on_gpu:
            import torch

            return float(torch.cuda.max_memory_allocated(self.device)) / GIB
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What some pictures took, in seconds."""

    reading: float  # of prompts
    steps: float  # all evaluations of the network, and what is computed between them
    drawing: float  # latents to bytes
    total: float
    evaluations: int  # of the whole batch

    @property
    def step_ms(self) -> float:
        return 1000 * self.steps / self.evaluations


def middle(taken: Sequence[Taken]) -> Taken:
    """The median of each figure."""
    return Taken(**{each.name: median(getattr(one, each.name) for one in taken) for each in fields(Taken)})


def release(meter: Meter) -> None:
    """Give back what nothing refers to any more: models hold themselves in circles."""
    import gc

    if meter.on_gpu:
        gc.collect()
        meter.forget_peak()


def machine(meter: Meter) -> dict[str, Any]:
    """What a table was made on, with the rates of plain operations there to compare it with."""
    import diffusers
    import torch
    import transformers

    versions = {library.__name__: library.__version__ for library in (torch, diffusers, transformers)}
    if not meter.on_gpu:
        return {"device": "cpu"} | versions
    found = torch.cuda.get_device_properties(meter.device)
    return {
        "device": found.name, "memory GiB": round(found.total_memory / GIB, 1), "CUDA": torch.version.cuda,
        "bf16 matrix TFLOP/s": round(matrix_rate(meter) / 1e12), "copy TB/s": round(copy_rate(meter) / 1e12, 2),
    } | versions  # fmt: skip


def matrix_rate(meter: Meter, side: int = 8192, times: int = 10) -> float:
    """Operations a second of a product of bfloat16 matrices of random numbers."""
    import torch

    left, right = (torch.randn(side, side, device=meter.device, dtype=torch.bfloat16) for _ in range(2))
    return times * 2 * side**3 / _seconds(meter, lambda: left @ right, times)


def copy_rate(meter: Meter, size: int = 2**32, times: int = 10) -> float:
    """Bytes a second, read and written, of a copy on the device."""
    import torch

    here = torch.randint(0, 255, (size,), device=meter.device, dtype=torch.uint8)
    there = torch.empty_like(here)
    return times * 2 * size / _seconds(meter, lambda: there.copy_(here), times)


def _seconds(meter: Meter, what: Any, times: int) -> float:
    for _ in range(3):
        what()
    start = meter.now()
    for _ in range(times):
        what()
    return meter.now() - start
