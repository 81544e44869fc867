"""A worker whose models take turns: loaded in turn as the plan counts them, warmed up, and then drawing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.weights.memory import need_of
from imagend.weights.models_file import ModelsFile, read_models_file
from imagend.weights.planning import load_of
from imagend.workers import weights
from imagend.workers.main import load_backends, warm_up
from tests.torch.families.test_residency import painted
from tests.torch.weights.tiny import tiny_folder

SLUGS = ("imagen", "imagen-4", "imagen-4-ultra")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three models on the CPU, with room for two. No file may say so: there they wait in the memory they work in."""
    for slug, model in zip(SLUGS, ("flux1-dev", "z-image-turbo", "flux1-schnell"), strict=True):
        tiny_folder(tmp_path / slug, model)
    text = "".join(f'[models.{slug}]\nweights = "./{slug}"\nprecision = "float32"\n' for slug in SLUGS)
    file = tmp_path / "models.toml"
    file.write_text(f'[defaults]\ndevice = "cpu"\n{text}')

    def read(path: Path) -> ModelsFile:
        models = read_models_file(path)
        loads = {slug: load_of(models, slug) for slug in SLUGS}
        budget = max(need_of([loads[one], loads[other]]).total_gib for one, other in pairwise(SLUGS))
        assert need_of(list(loads.values())).total_gib > budget
        return replace(models, unloading=frozenset({"cpu"}), budgets={"cpu": budget})

    monkeypatch.setattr(weights, "read_models_file", read)
    return file


def test_models_are_loaded_in_turn_and_draw_in_turn(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    backends = load_backends([f"weights:{slug}" for slug in SLUGS], file)
    assert "models on cpu take turns, in memory together: imagen + imagen-4; or imagen + imagen-4-ultra" in caplog.text
    assert [backend.is_resident for backend in backends.values()] == [False, True, True]
    warm_up(backends)
    tiny = {name: backend for name, backend in backends.items() if isinstance(backend, TorchBackend)}
    assert sum(backend.is_resident for backend in tiny.values()) == 2
    assert len(painted(tiny, turns=1)) == 3


def test_the_machine_must_hold_those_that_wait(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "host_gib", lambda: 4.0)
    with pytest.raises(
        BadSetting, match=r"this machine has 4 GiB of memory; models that take turns \(imagen, imagen-4, "
    ):
        load_backends([f"weights:{slug}" for slug in SLUGS], file)
