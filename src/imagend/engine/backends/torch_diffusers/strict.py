"""Bit-exact pictures: one at a time through every verb, by kernels that answer the same every time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.utils import deterministic

from imagend.core.errors import BadSetting
from imagend.engine.backend import Floats, Guide, Pixels, Prompt
from imagend.engine.backends.torch_diffusers.backend import TorchBackend, TorchConditioning
from imagend.engine.backends.torch_diffusers.family import Family

WORKSPACE = "CUBLAS_WORKSPACE_CONFIG=:4096:8"
"""Without it cuBLAS may sum in another order at the next call, and torch refuses to be exact."""


class OneByOne(TorchBackend):
    """Same seed, same bytes, whatever is in flight beside it: no call sees two pictures, or two prompts.

    The two sides of a guided picture go together: it is the same pair at each of its steps.
    """

    def __init__(self, family: Family, name: str, **options: Any) -> None:
        """Options as TorchBackend has them. Raises BadSetting for a device that cannot promise it."""
        super().__init__(family, name, **options)
        check_exact(self._device)
        self.spec = replace(self.spec, max_lanes=1, max_prompts=1, decode_pixels=0)

    def batch_key(self, latent_shape: tuple[int, ...]) -> Hashable:
        return latent_shape

    def encode_many(self, prompts: Sequence[Prompt]) -> list[TorchConditioning]:
        with exact():
            alone = super().encode_many
            return [alone([prompt])[0] for prompt in prompts]

    def denoise(self, latents: Floats, times: Floats, guides: Sequence[Guide[TorchConditioning]]) -> Floats:
        with exact():
            alone = super().denoise
            rows = [slice(row, row + 1) for row in range(len(guides))]
            return np.concatenate([alone(latents[row], times[row], guides[row]) for row in rows])

    def denoise_mixed(
        self, latents: Sequence[Floats], times: Floats, guides: Sequence[Guide[TorchConditioning]]
    ) -> list[Floats]:
        rows = range(len(guides))
        return [self.denoise(latents[row][None], times[[row]], [guides[row]])[0] for row in rows]

    def decode_many(
        self, latents: Floats, conditionings: Sequence[TorchConditioning], width: int, height: int
    ) -> list[Pixels]:
        with exact():
            alone = super().decode_many
            rows = range(len(latents))
            return [alone(latents[[row]], [conditionings[row]], width, height)[0] for row in rows]

    def preview(self, latents: Floats, conditioning: TorchConditioning, width: int, height: int) -> Pixels:
        with exact():
            return super().preview(latents, conditioning, width, height)


@contextmanager
def exact() -> Iterator[None]:
    """Deterministic algorithms only, chosen by shape and not by timing; an operation that has none raises.

    TensorFloat-32 is as torch has it without settings, on for convolutions and off for matrices: it rounds, but always
    alike. The process's own choices are back afterwards, for other models.
    """
    was = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    filled, deterministic.fill_uninitialized_memory = deterministic.fill_uninitialized_memory, False  # nothing reads it
    torch.use_deterministic_algorithms(True)
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=True):
            yield
    finally:
        torch.use_deterministic_algorithms(was[0], warn_only=was[1])
        deterministic.fill_uninitialized_memory = filled


def check_exact(device: torch.device, multiply: Callable[[torch.Tensor], object] | None = None) -> None:
    """multiply: of a matrix with itself, on the device. Raises BadSetting where torch will not be exact."""
    if device.type not in ("cpu", "cuda"):
        raise BadSetting(f"strict must be false on {device}: it is for cpu and cuda")
    square = torch.ones(16, 16, device=device)
    try:
        with exact():
            (multiply or square.matmul)(square)
    except RuntimeError as error:
        if "CUBLAS_WORKSPACE_CONFIG" not in str(error):
            raise
        raise BadSetting(f"strict on {device} needs {WORKSPACE} in the worker's environment when it starts") from error
