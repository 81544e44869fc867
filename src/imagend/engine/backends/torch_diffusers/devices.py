"""What this machine has to compute on."""

from __future__ import annotations

import torch

from imagend.core.errors import BadSetting


def device_gib(name: str) -> float | None:
    """Memory of a device; None where it is the machine's own. Raises BadSetting for one that is not there."""
    device = torch.device(name)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise BadSetting("device must be one that is here, cpu, not mps")
    if device.type != "cuda":
        return None
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (device.index or 0) >= count:
        here = ", ".join(["cpu", *(f"cuda:{number}" for number in range(count))])
        raise BadSetting(f"device must be one that is here, {here}, not {name}")
    return float(torch.cuda.get_device_properties(device).total_memory) / 2**30
