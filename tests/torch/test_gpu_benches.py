"""Tables for a GPU with tiny models on the CPU: every one is made whole; and the full-size configurations, counted."""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path

import pytest

from bench.gpu import batches, cold_start, models, overlap, page, pictures
from bench.gpu.__main__ import one
from bench.gpu.memory import planned
from bench.gpu.meters import Meter
from bench.gpu.run import Run
from bench.gpu.tables import TABLES
from bench.gpu.theirs import TOO_LONG
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.load import over_pipeline

ROWS = {
    "flux": 4, "z-image-turbo": 3, "sana-sprint": 4, "sdxl": 2, "qwen-image": 2, "batch-gain": 4, "mixed": 4,
    "mixed-overload": 4, "mixed-ratios": 4, "memory": 6, "cold-start": 4, "strict": 2,
    "overlap": 1,
}  # fmt: skip
"""What each table has at least."""


@pytest.fixture(scope="module", params=TABLES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return one(request.param, small=True, device="cpu", folder=tmp_path_factory.mktemp("out"), seconds=600)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_every_table_is_made_whole_with_tiny_models(made: Run) -> None:
    assert not made.failed, made.notes
    assert [note for note in made.notes if not note.endswith(TOO_LONG)] == []
    assert len(made.rows) >= ROWS[made.name]
    assert len({tuple(row) for row in made.rows}) == 1
    figures = [value for row in made.rows for value in row.values() if isinstance(value, int | float)]
    assert all(math.isfinite(figure) and figure >= 0 for figure in figures)
    assert made.file is not None
    record = json.loads(made.file.read_text())
    assert record["rows"] == made.rows
    assert record["small"]
    assert made.title not in page.section(made.file.parent).split("Not measured yet")[0]


@pytest.mark.parametrize("name", models.names())
def test_configurations_have_as_many_parameters_as_the_published_weights(name: str) -> None:
    model = models.read(name)
    assert {part: models.count(each) for part, each in model.parts.items()} == {
        part: each.numbers for part, each in model.parts.items()
    }


def test_backends_have_the_switches_of_every_way() -> None:
    known = {*inspect.signature(over_pipeline).parameters, *inspect.signature(TorchBackend).parameters}
    ways = [*pictures.WAYS, *batches.WAYS, *overlap.WAYS, *cold_start.WAYS.values()]
    assert {switch for way in ways for switch in way.switches} <= known


def test_the_plan_of_a_model_is_made_from_heads_as_long_as_its_files() -> None:
    plain, in_8_bits = (planned(models.read("flux1-dev"), way, 1024**2, "cuda:0") for way in ("none", "fp8"))
    assert plain.shape.numbers == sum(part.numbers for part in models.read("flux1-dev").parts.values())
    assert plain.weights_gib == pytest.approx(2 * plain.shape.numbers / 2**30)
    assert in_8_bits.weights_gib < plain.weights_gib - 8


def test_a_part_that_fails_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    run = Run(name="one", title="", about="", meter=Meter(device="cpu"), small=True, folder=tmp_path)
    run.attempt("the first model", lambda: run.add({"figure": 1.0}))

    def broken() -> None:
        raise ValueError("out of something\nand more")

    run.attempt("the last model", broken)
    assert run.failed
    assert run.notes == ["the last model: failed, ValueError: out of something"]
    assert json.loads((tmp_path / "bench-gpu-one.json").read_text())["rows"] == [{"figure": 1.0}]


def test_what_has_no_time_left_is_named(tmp_path: Path) -> None:
    run = one("memory", small=True, device="cpu", folder=tmp_path, seconds=30)
    assert run.rows == []
    assert len(run.notes) == len(models.names()) + 1
    assert not run.failed
