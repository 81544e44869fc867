"""Wall time that never jumps."""

from __future__ import annotations

import time
from collections.abc import Callable


def steady_clock(
    wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
) -> Callable[[], float]:
    """Epoch seconds that advance with the monotonic clock from this call on. If somebody sets the machine's clock,
    leases, deadlines and retention go on as if nothing had happened until the next start."""
    offset = wall() - monotonic()
    return lambda: offset + monotonic()
