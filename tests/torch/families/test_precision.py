"""Half the numbers' width, as weights are served on a GPU: nothing in a family may mix widths."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imagend.engine.backend import Pixels
from imagend.engine.backends.torch_diffusers.load import open_folder
from tests.torch.families.models import MODELS, make
from tests.torch.families.painting import NAME, backend_of, paint, recipe


def apart(one: Pixels, other: Pixels) -> float:
    """On average over the picture, of 255."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize("model", MODELS)
def test_bfloat16_paints_the_same_picture_less_exactly(model: str, tmp_path: Path) -> None:
    """Random weights blow rounding up, some of them much: so nearer to the same seed's picture than to another's."""
    pipeline = make(model)
    pipeline.save_pretrained(tmp_path / "weights", safe_serialization=True)
    half, full = open_folder(tmp_path / "weights", NAME, device="cpu", precision="bfloat16"), backend_of(pipeline)
    exact, other = paint(full, [recipe(full), recipe(full, seed=6)])
    found = paint(half, [recipe(half), recipe(half, seed=8, steps=2)])[0]
    assert 0 < apart(found, exact) < apart(found, other)
