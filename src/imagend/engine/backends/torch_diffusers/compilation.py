"""Compiled blocks: each kind of transformer block is compiled once, for any number of rows, places and words.

All is compiled before the first request, in a rehearsal. What comes later in a form that was not rehearsed (pictures
with several LoRAs, above all) runs as if nothing were compiled: nobody waits for a compiler.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import torch

from imagend.core.errors import BadSetting
from imagend.engine.backend import Floats, Guide, Prompt
from imagend.engine.backends.torch_diffusers.backend import TorchBackend, TorchConditioning
from imagend.engine.backends.torch_diffusers.rows import Row, Rows

logger = logging.getLogger(__name__)

_BLOCK = "TransformerBlock"  # what the names of all their classes end with
_FORMS = 64  # of one kind of block, at the most: rows, first or later in its list, with LoRA layers or without, masks
_SIDES = ((16, 12), (14, 14), (9, 16))  # of pictures in the rehearsal, in strides; the first two may share a batch
_TEXTS = ("", "a red kite", "a long tale of a red kite " * 4)
_SOME_TIME = 0.9  # a share of noise, or a training timestep: any will do


class CompiledBlocks:
    """The blocks of one network."""

    def __init__(self, network: torch.nn.Module, rows: Rows, compiler: str = "inductor") -> None:
        """rows: say when the network is evaluated. compiler: a backend of torch.compile. Compiles nothing yet. Raises
        BadSetting for a network without such blocks."""
        found = [module for module in network.modules() if type(module).__name__.endswith(_BLOCK)]
        if not found:
            raise BadSetting(f"compiled must be false for {type(network).__name__}: it has no transformer blocks")
        for block in found:
            block.compile(backend=compiler, dynamic=True, fullgraph=True, recompile_limit=_FORMS)
        self._is_rehearsed = False
        rows.listeners.append(self._hear)

    def _hear(self, rows: Sequence[Row]) -> None:
        torch.compiler.set_stance("eager_on_recompile" if rows and self._is_rehearsed else "default")

    def rehearse(self, backend: TorchBackend) -> None:
        """Evaluate one batch of each form. Raises BadSetting where nothing can be compiled; what the model raises."""
        from torch._dynamo import config
        from torch._dynamo.exc import TorchDynamoException
        from torch.fx.experimental import _config as shapes

        # blocks with LoRA layers are not those without; sizes that are equal here need not be equal later
        with config.patch(skip_nnmodule_hook_guards=False), shapes.patch(use_duck_shape=False):
            try:
                for batch in _forms(backend):
                    _evaluate(backend, *batch)
            except TorchDynamoException as error:
                reason = " ".join(str(error).split())[:200]
                raise BadSetting(f"compiled must be false for {backend.spec.name} on this machine: {reason}") from error
        self._is_rehearsed = True
        logger.info("%s is compiled", backend.spec.name)


def _evaluate(backend: TorchBackend, latents: Sequence[Floats], guides: Sequence[Guide[TorchConditioning]]) -> None:
    times = np.full(len(guides), _SOME_TIME, np.float32)
    if len({latent.shape for latent in latents}) == 1:
        backend.denoise(np.stack(latents), times, guides)
    else:
        backend.denoise_mixed(latents, times, guides)


Batch = tuple[list[Floats], list[Guide[TorchConditioning]]]


def _forms(backend: TorchBackend) -> Iterator[Batch]:
    """The batches as they are, and where there are LoRAs with one of them for each picture: any will do for all."""
    yield from _batches(backend)
    for name in [*backend.spec.adapters][:1]:
        for latents, guides in _batches(backend):
            yield latents, [replace(guide, adapters=((name, 1.0),)) for guide in guides]


def _batches(backend: TorchBackend) -> Iterator[Batch]:
    """One row and several; words of equal lengths and of different ones; several sizes, apart and together."""
    shapes = []
    for columns, rows in _SIDES:
        width, height = columns * backend.stride, rows * backend.stride
        silence, short, long = backend.encode_many([Prompt(text, width, height) for text in _TEXTS])
        shape = backend.latent_shape(width, height)
        shapes.append(shape)
        for count, pair in product(sorted({1, backend.spec.max_lanes}), ((short, short), (short, silence))):
            for scale in (1.0, 2.0):
                words = [pair[0], *[long if pair[1] is silence else short] * (count - 1)]
                yield [np.zeros(shape, np.float32)] * count, [_guide(backend, word, pair[1], scale) for word in words]
    keys = {backend.batch_key(shape) for shape in shapes[:2]}
    if backend.spec.max_lanes > 1 and len(keys) == 1:
        zeros = [np.zeros(shape, np.float32) for shape in shapes[:2]]
        yield zeros, [_guide(backend, word, silence, 2.0) for word in (short, long)]


def _guide(
    backend: TorchBackend, positive: TorchConditioning, negative: TorchConditioning, scale: float
) -> Guide[TorchConditioning]:
    return Guide(positive=positive, negative=negative if backend.uses_negative("a", scale) else None, scale=scale)
