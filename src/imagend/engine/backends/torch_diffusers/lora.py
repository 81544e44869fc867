"""LoRAs on a loaded network: every row of a batch has its own, several, or none (decision 0030).

The matrices of all LoRAs lie in one stack for each layer, in slots. A batch brings two small tensors: which slots each
row takes, and how strongly. So one call of the network serves pictures with different LoRAs, nothing is loaded or
fused between requests, and a compiled network sees tensors that change, not code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from imagend.core.errors import BadSetting
from imagend.engine.backends.torch_diffusers.family import Apart, Family
from imagend.engine.backends.torch_diffusers.lora_files import LoraFile, Pair, read_lora
from imagend.engine.backends.torch_diffusers.rows import Row, Rows

_ROWS = 1024  # of a batch, at the most: two for each of `max_lanes`, and room

Growth = Callable[[Any, Tensor, Tensor, Tensor], Tensor]
"""Layer, its input, slots [N, K], scales [N, K] -> what is added to its output."""


class Loras:
    """Those of one network; tells its layers which of them the batch in hand wants.

    The tensors that layers look at are made once for each K, with room for any batch, and written anew for each one: a
    compiler takes what hangs on a module to be of constant shape, so they must be, or each number of rows is compiled.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._slots = {name: slot for slot, name in enumerate(names)}
        self._layer: Any = None  # any of them: it knows where they all are now
        self._tensors: dict[tuple[int, torch.device], tuple[Tensor, Tensor]] = {}
        self._count = 0
        self.slots: Tensor | None = None  # [_ROWS, K]; None: nobody wants any, and no layer does anything
        self.scales: Tensor | None = None  # [_ROWS, K], 0 where a row wants fewer than K

    def choose(self, rows: Sequence[Row]) -> None:
        """Rows in the order of the batch; none: nothing is evaluated any more."""
        wanted = [[(self._slots[name], scale) for name, scale in row.adapters if scale] for row in rows]
        most = max(map(len, wanted), default=0)
        self._count = len(rows)
        if not most:
            self.slots = self.scales = None
            return
        assert len(rows) <= _ROWS, len(rows)
        filled = [found + [(0, 0.0)] * (most - len(found)) for found in wanted]
        self.slots, self.scales = self._room(most)
        self.slots[: len(rows)] = torch.tensor([[slot for slot, _ in row] for row in filled])
        self.scales[: len(rows)] = torch.tensor([[scale for _, scale in row] for row in filled])

    def _room(self, most: int) -> tuple[Tensor, Tensor]:
        key = most, self._layer.lora_down.device
        if key not in self._tensors:
            with torch.inference_mode(False):
                slots = torch.zeros(_ROWS, most, dtype=torch.long, device=key[1])
                self._tensors[key] = slots, torch.zeros(_ROWS, most, device=key[1])
        return self._tensors[key]

    def listen(self, layer: torch.nn.Module, growth: Growth) -> None:
        """layer: with its buffers `lora_down` and `lora_up`."""
        self._layer = layer

        def grown(layer: torch.nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
            if self.slots is None or self.scales is None:
                return output
            rows = args[0].shape[0]
            if not torch.compiler.is_compiling() and rows != self._count:
                raise ValueError(f"a layer saw {rows} rows of a batch of {self._count}")
            return output + growth(layer, args[0], self.slots[:rows], self.scales[:rows]).to(output.dtype)

        layer.register_forward_hook(grown)


def add_loras(pipeline: Any, network: Any, family: Family, files: Mapping[str, Path], rows: Rows) -> dict[str, str]:
    """Give the layers of the pipeline's network the LoRAs in these files. Returns name -> SHA-256 of the file.

    Raises BadSetting that names the file and what is wrong with it.
    """
    if not files:
        return {}
    modules = dict(network.named_modules())
    apart = family.apart if isinstance(family, Apart) else ()
    read: dict[str, LoraFile] = {}
    for name, path in files.items():
        read[name] = read_lora(f"loras.{name}: {path}", path, pipeline)
        _check(f"loras.{name}: {path}", read[name], modules, type(network).__name__, apart)
    dtype = next(weight.dtype for weight in network.parameters() if weight.ndim == 1)  # biases, norms: not quantised
    loras = Loras(list(read))
    rows.listeners.append(loras.choose)
    for layer in dict.fromkeys(layer for file in read.values() for layer in file.layers):
        _install(loras, modules[layer], [file.layers.get(layer) for file in read.values()], network.device, dtype)
    return {name: file.digest for name, file in read.items()}


def _check(
    place: str, file: LoraFile, modules: Mapping[str, torch.nn.Module], network: str, apart: Sequence[str]
) -> None:
    unknown = [layer for layer in file.layers if not (_is_linear(modules.get(layer)) or _is_conv(modules.get(layer)))]
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise BadSetting(f"{place}: {network} has no linear layer or convolution {', '.join(unknown[:3])}{more}")
    for layer, pair in file.layers.items():
        if layer.startswith(tuple(apart)):
            raise BadSetting(f"{place}: {layer}: this layer of {network} sees all pictures as one; no LoRA is served")
        wanted = _shapes(modules[layer], pair.rank)
        if [_plain(pair.down).shape, _plain(pair.up).shape] != [torch.Size(_thin(shape)) for shape in wanted]:
            found = f"{list(pair.down.shape)} and {list(pair.up.shape)}"
            raise BadSetting(f"{place}: {layer} needs matrices of {wanted[0]} and {wanted[1]}, not {found}")


def _is_linear(layer: Any) -> bool:
    """Quantized ones too, which are no torch.nn.Linear."""
    return hasattr(layer, "in_features") and hasattr(layer, "out_features")


def _is_conv(layer: Any) -> bool:
    return isinstance(layer, torch.nn.Conv2d) and layer.groups == 1 and layer.padding_mode == "zeros"


def _shapes(layer: Any, rank: int) -> tuple[list[int], list[int]]:
    if _is_linear(layer):
        return [rank, layer.in_features], [layer.out_features, rank]
    return [rank, layer.in_channels, *layer.kernel_size], [layer.out_channels, rank, 1, 1]


def _thin(shape: Sequence[int]) -> list[int]:
    """A convolution of one place is a matrix."""
    return list(shape[:2]) if list(shape[2:]) == [1, 1] else list(shape)


def _plain(matrix: Tensor) -> Tensor:
    return matrix.reshape(_thin(matrix.shape))


def _install(
    loras: Loras, layer: torch.nn.Module, pairs: Sequence[Pair | None], device: torch.device, dtype: torch.dtype
) -> None:
    """Buffers of the layer, so that they move with it: `lora_down` [slots, r, in...], `lora_up` [slots, r, out]."""
    some = next(pair for pair in pairs if pair is not None)
    rank = max(pair.rank for pair in pairs if pair is not None)
    inward, outward = _shapes(layer, rank)[0][1:], len(some.up)
    down, up = torch.zeros(len(pairs), rank, *inward), torch.zeros(len(pairs), rank, outward)
    for slot, pair in enumerate(pairs):
        if pair is not None:
            down[slot, : pair.rank] = pair.down.reshape(pair.rank, *inward)
            up[slot, : pair.rank] = pair.up.reshape(outward, pair.rank).T
    layer.register_buffer("lora_down", down.to(device, dtype), persistent=False)
    layer.register_buffer("lora_up", up.to(device, dtype), persistent=False)
    loras.listen(layer, linear_growth if _is_linear(layer) else conv_growth)


def linear_growth(layer: Any, x: Tensor, slots: Tensor, scales: Tensor) -> Tensor:
    """x [N, ..., in] -> [N, ..., out]: the sum over a row's LoRAs of scale (x downᵀ) upᵀ."""
    rows, rank = x.shape[0], layer.lora_down.shape[1]
    tokens = x.reshape(rows, -1, x.shape[-1]).to(layer.lora_down.dtype)
    inner = tokens @ layer.lora_down[slots].flatten(1, 2).transpose(1, 2)  # [N, T, K r]
    inner = inner * scales.to(inner.dtype).repeat_interleave(rank, 1)[:, None]
    grown: Tensor = inner @ layer.lora_up[slots].flatten(1, 2)
    return grown.reshape(*x.shape[:-1], -1)


def conv_growth(layer: Any, x: Tensor, slots: Tensor, scales: Tensor) -> Tensor:
    """x [N, in, h, w] -> [N, out, h', w']: each row its own convolutions, as groups of one."""
    rows, rank = x.shape[0], layer.lora_down.shape[1]
    kernels = layer.lora_down[slots].flatten(0, 2)  # [N K r, in, k, k]
    together = x.reshape(1, -1, *x.shape[2:]).to(kernels.dtype)
    inner = conv2d(together, kernels, None, layer.stride, layer.padding, layer.dilation, groups=rows)
    flat = inner.reshape(rows, -1, inner.shape[2] * inner.shape[3])  # [N, K r, h' w']
    flat = flat * scales.to(flat.dtype).repeat_interleave(rank, 1)[:, :, None]
    grown: Tensor = layer.lora_up[slots].flatten(1, 2).transpose(1, 2) @ flat
    return grown.reshape(rows, -1, *inner.shape[2:])
