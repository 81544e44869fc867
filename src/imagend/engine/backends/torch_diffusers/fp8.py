"""8-bit floats (E4M3) for the large matrices of a network, weights and what they are multiplied with.

Every row of weights has a scale, found once; every token has one, found when it comes. So what a token becomes does not
depend on its neighbours, in the picture or in the batch. Scheme: "row-wise" of torch._scaled_mm; sums are bfloat16's.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import ScalingType, scaled_mm

from imagend.core.errors import BadSetting
from imagend.core.quantised_weights import is_quantised

E4M3 = torch.float8_e4m3fn
LARGEST = 448.0  # of its numbers
LEAST_CAPABILITY = (8, 9)  # of NVIDIA's GPUs: Ada and Hopper multiply 8-bit floats
_TINY = 1e-12  # scale of a row of zeros


class Float8Linear(torch.nn.Linear):  # type: ignore[misc]
    """A linear layer whose weights are E4M3: [out, in], with a scale for each of its rows."""

    def __init__(self, layer: torch.nn.Linear, device: torch.device) -> None:
        """Of the numbers of `layer`, whose sides are multiples of 16."""
        super().__init__(layer.in_features, layer.out_features, bias=False, device="meta")
        weight, scale = quantised(layer.weight.detach().to(device))
        self.weight = torch.nn.Parameter(weight, requires_grad=False)
        self.scale = torch.nn.Parameter(scale, requires_grad=False)  # [out, 1]
        self.bias = None if layer.bias is None else torch.nn.Parameter(layer.bias.detach().to(device))

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., in] -> [..., out], in its own precision."""
        tokens, scale = quantised(x.reshape(-1, self.in_features))
        out = scaled_mm(
            tokens, self.weight.t(), scale, ScalingType.RowWise, self.scale.t(), ScalingType.RowWise,
            output_dtype=torch.bfloat16 if x.is_cuda else x.dtype, use_fast_accum=True,
        ).to(x.dtype)  # fmt: skip
        if self.bias is not None:
            out = out + self.bias
        return out.reshape(*x.shape[:-1], self.out_features)


def quantised(rows: Tensor) -> tuple[Tensor, Tensor]:
    """[n, k] -> E4M3 [n, k], and the float32 scales [n, 1] that its rows are to be multiplied with."""
    exact = rows.float()
    scale = exact.abs().amax(dim=1, keepdim=True).clamp_min(_TINY) / LARGEST
    return (exact / scale).clamp(-LARGEST, LARGEST).to(E4M3), scale


def quantise(network: torch.nn.Module, device: str | torch.device) -> int:
    """Replace the large linear layers of a loaded diffusers network by 8-bit ones, on the device: one after the other,
    so that a network that is elsewhere yet never needs its full size there. The rest of it stays where it is.

    Returns how many were replaced. Raises BadSetting for a network without such layers, or a device that cannot.
    """
    place = torch.device(device)
    check_fp8(place)
    found = [
        (name, module)
        for name, module in network.named_modules()
        if type(module) is torch.nn.Linear and is_quantised(f"{name}.weight", module.weight.shape)
    ]
    if not found:
        raise BadSetting(f"quantization must be none for {type(network).__name__}: no matrix of it is large enough")
    for name, module in found:
        parent, _, own = name.rpartition(".")
        setattr(network.get_submodule(parent), own, Float8Linear(module, place))
    return len(found)


def check_fp8(
    device: torch.device, capability: Callable[[torch.device], tuple[int, int]] = torch.cuda.get_device_capability
) -> None:
    """Raises BadSetting for a device that does not multiply E4M3. A CPU does, slowly: for tests."""
    if device.type == "cpu":
        return
    if device.type != "cuda" or torch.version.hip:
        raise BadSetting(f"quantization must be none on {device}: fp8 is for NVIDIA's GPUs")
    found = capability(device)
    if found < LEAST_CAPABILITY:
        has, needs = (".".join(map(str, version)) for version in (found, LEAST_CAPABILITY))
        raise BadSetting(f"quantization must be none on {device}: fp8 needs compute capability {needs}, it has {has}")
