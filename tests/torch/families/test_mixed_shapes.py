"""Families whose network takes pictures of several shapes: one call for all, each picture as alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from imagend.engine.backends.torch_diffusers.family import MixedShapes
from imagend.engine.backends.torch_diffusers.parts import padded_alike
from tests.torch.families.models import MODELS, make
from tests.torch.families.painting import backend_of, farthest, open_tiny, paint, recipe

MIXING = [name for name in MODELS if isinstance(backend_of(make(name))._family, MixedShapes)]
ROUNDING = 1  # of 255
RATIOS = ((1024, 1024), (1152, 896), (896, 1152), (1344, 768), (768, 1344), (1280, 768), (1408, 768))


class Counted:
    """A backend whose calls are counted: (pictures, shapes) of each."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.calls: list[tuple[int, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def denoise(self, latents: Any, *rest: Any) -> Any:
        self.calls.append((len(latents), 1))
        return self._backend.denoise(latents, *rest)

    def denoise_mixed(self, latents: Sequence[Any], *rest: Any) -> Any:
        self.calls.append((len(latents), len({latent.shape for latent in latents})))
        return self._backend.denoise_mixed(latents, *rest)


def test_z_image_is_one_of_them() -> None:
    assert MIXING


@pytest.mark.parametrize("model", MIXING)
def test_shapes_share_a_batch_and_every_picture_is_the_same_as_alone(model: str) -> None:
    """100, 96 and 99 patches: the middle one is padded by more than the network's own multiple of 32."""
    tiny = open_tiny(model)
    side = tiny.stride
    mixed = [
        recipe(tiny, width=columns * side, height=rows * side, seed=number, steps=3, guidance_scale=scale, prompt=words)
        for number, (columns, rows, scale, words) in enumerate(
            [(10, 10, 1.0, "a"), (12, 8, 4.0, "red kite"), (9, 11, 2.5, "fog and sea"), (10, 10, 3.0, "blue")]
        )
    ]
    counted = Counted(tiny)
    together = paint(counted, mixed)  # type: ignore[arg-type]
    assert counted.calls == [(4, 3)] * 3
    apart = [farthest(paint(tiny, [one])[0], other) for one, other in zip(mixed, together, strict=True)]
    assert max(apart) <= ROUNDING


@pytest.mark.parametrize("size", [512, 768, 1024, 1536, 2048])
def test_the_usual_ratios_of_one_size_share_batches_and_other_sizes_do_not(size: int) -> None:
    keys = {padded_alike((16, height * size // 8192, width * size // 8192)) for width, height in RATIOS}
    assert len(keys) == 1
    assert padded_alike((16, size // 8 + size // 64, size // 8)) not in keys


def test_no_picture_is_padded_by_more_than_an_eighth() -> None:
    places: dict[int, list[int]] = {}
    for side in range(4, 400):
        places.setdefault(padded_alike((4, side, 7)), []).append(7 * side)
    assert max(max(found) / min(found) for found in places.values()) <= 1.125
