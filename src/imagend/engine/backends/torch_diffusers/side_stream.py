"""A second stream of the device, for what one other thread does there while the network runs in the usual one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


class SideStream:
    """On a device without streams, such as the CPU, there is nothing to enter: a thread is enough."""

    def __init__(self, device: torch.device) -> None:
        """Weights that are still on their way to the device have arrived after this."""
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            torch.cuda.synchronize(device)
            self._stream = torch.cuda.Stream(device)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """What is computed in here is complete when it is left, so that other streams may read it."""
        if self._stream is None:
            yield
            return
        with torch.cuda.stream(self._stream):
            try:
                yield
            finally:
                self._stream.synchronize()


def lasting(tensor: Tensor) -> Tensor:
    """A copy out of the batch that it was made in, which can then be forgotten. The device's usual stream may read it:
    when it is let go, its memory is not used again before that stream has come past."""
    copy = tensor.clone()
    if copy.is_cuda:
        copy.record_stream(torch.cuda.default_stream(copy.device))
    return copy
