"""What is read in a folder, for every family, against the model that is loaded from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.engine.backends.torch_diffusers.table import family_of
from imagend.weights.folder import components_of, read_folder, read_index, wanted_files
from imagend.weights.shape import shape_of
from tests.torch.families.models import MODELS, make


@pytest.mark.parametrize("model", MODELS)
def test_the_figures_of_a_folder_are_those_of_the_model(model: str, tmp_path: Path) -> None:
    pipeline = make(model)
    pipeline.save_pretrained(tmp_path, safe_serialization=True)
    folder = read_folder(tmp_path)
    assert folder.pipeline == type(pipeline).__name__
    parts = [part for part in pipeline.components.values() if hasattr(part, "parameters")]
    counted = sum(weight.numel() for part in parts for weight in {id(w): w for w in part.parameters()}.values())
    buffers = sum(buffer.numel() for part in parts for buffer in part.buffers())
    shape = shape_of(folder)
    assert counted <= shape.numbers <= counted + buffers
    family = family_of(folder.pipeline)(pipeline)
    assert shape.stride in (family.stride, 16, 8)
    network = getattr(pipeline, "transformer", None) or pipeline.unet
    assert shape.width <= max(max(weight.shape, default=0) for weight in network.parameters())
    assert shape.decoder_width > 0


@pytest.mark.parametrize("model", MODELS)
def test_all_that_a_model_saves_would_be_pulled(model: str, tmp_path: Path) -> None:
    make(model).save_pretrained(tmp_path, safe_serialization=True)
    saved = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert set(wanted_files(saved, components_of(read_index(tmp_path)))) == saved
