"""The compiled switch: after the rehearsal no request meets the compiler, and pictures are what they are without it.

By torch's "eager" compiler, which makes graphs and guards as any other and runs them as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.utils import counters

from imagend.core.errors import BadSetting
from imagend.core.recipe import Recipe
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.compilation import CompiledBlocks
from imagend.engine.backends.torch_diffusers.load import over_pipeline
from imagend.engine.backends.torch_diffusers.rows import Rows
from tests.torch.families.painting import NAME, farthest, paint, recipe
from tests.torch.families.test_step_cache import deeper
from tests.torch.lora.files import matrices, write_peft

MODEL = "pixart-sigma"  # whose blocks compile fastest; all families are alike in what is at stake
ROUNDING = 1  # of 255


@pytest.fixture(scope="module")
def switches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All that may stand in or around the blocks. The third has LoRAs: its graph must not be the second's."""
    folder, files = tmp_path_factory.mktemp("loras"), {}
    for seed, name in enumerate(("one", "two")):
        lora = matrices(MODEL, 4, seed=seed, layers=["transformer_blocks.0.attn1.to_q"])
        third = {layer.replace(".0.", ".2.", 1): pair for layer, pair in lora.items()}
        files[name] = write_peft(folder / f"{name}.safetensors", third)
    return {"loras": files, "step_cache": 0.15, "max_lanes": 4}


@pytest.fixture(scope="module")
def plain(switches: dict[str, Any]) -> TorchBackend:
    return over_pipeline(deepest(), NAME, revision="", device="cpu", **switches)


@pytest.fixture(scope="module")
def compiled(switches: dict[str, Any]) -> Iterator[TorchBackend]:
    torch._dynamo.reset()
    counters.clear()  # of tests before
    yield over_pipeline(deepest(), NAME, revision="", device="cpu", compiler="eager", **switches)
    torch._dynamo.reset()


def deepest() -> Any:
    """Three blocks."""
    pipeline = deeper(MODEL)
    blocks = pipeline.transformer.transformer_blocks
    blocks.append(deepcopy(blocks[0]))
    return pipeline


def traffic(backend: TorchBackend) -> list[list[Recipe]]:
    """Batches of several sizes, pictures of several sizes, prompts of several lengths, different LoRAs and none."""
    side = backend.stride
    tale = "a very long tale of a kite " * 5
    return [
        [recipe(backend, guidance_scale=1.0)],
        [recipe(backend, prompt=tale, width=7 * side, height=5 * side)],
        [recipe(backend, seed=seed, prompt="kite " * seed) for seed in range(1, 5)],
        [recipe(backend, seed=seed, steps=seed, guidance_scale=1.0 + seed % 2) for seed in range(2, 5)],
        [recipe(backend, width=11 * side, height=9 * side), recipe(backend, width=12 * side, height=8 * side)],
        [recipe(backend, loras=(("two", 0.8),), guidance_scale=1.0)],
        [recipe(backend, seed=seed, loras=loras) for seed, loras in enumerate(((("one", 0.8),), (), (("two", -1.0),)))],
    ]


def test_no_request_meets_the_compiler(plain: TorchBackend, compiled: TorchBackend) -> None:
    rehearsed = counters["stats"]["unique_graphs"]
    assert 0 < rehearsed <= 12
    allowed = compiled._rows.listeners.pop()  # what keeps requests from compiling; here they might
    torch.compiler.set_stance("default")
    try:
        with torch._dynamo.config.patch(error_on_recompile=True):
            for batch in traffic(compiled):
                both = zip(paint(compiled, batch), paint(plain, batch), strict=True)
                assert max(farthest(*pictures) for pictures in both) <= ROUNDING
    finally:
        compiled._rows.listeners.append(allowed)
    assert counters["stats"]["unique_graphs"] == rehearsed


def test_what_was_not_rehearsed_runs_uncompiled(plain: TorchBackend, compiled: TorchBackend) -> None:
    rehearsed = counters["stats"]["unique_graphs"]
    mixed = [recipe(compiled, loras=(("one", 0.8), ("two", 0.5))), recipe(compiled, seed=6)]
    for one, other in zip(paint(compiled, mixed), paint(plain, mixed), strict=True):
        assert farthest(one, other) <= ROUNDING
    assert farthest(paint(compiled, mixed[:1])[0], paint(compiled, [recipe(compiled)])[0]) > 8
    assert counters["stats"]["unique_graphs"] == rehearsed


def test_a_network_without_such_blocks_is_refused() -> None:
    with pytest.raises(BadSetting, match="compiled must be false for Linear: it has no transformer blocks"):
        CompiledBlocks(torch.nn.Linear(2, 2), Rows())


def test_a_machine_that_cannot_compile_says_so() -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("there is no C compiler")

    with pytest.raises(BadSetting, match=r"compiled must be false for tiny on this machine: .*there is no C compiler"):
        over_pipeline(deepest(), NAME, revision="", device="cpu", compiler=broken)  # type: ignore[arg-type]
    torch._dynamo.reset()


def test_the_switch_reaches_the_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through models file and worker, up to the compiler that users get."""
    from imagend.workers.main import load_backends
    from tests.torch.weights.tiny import models_file, tiny_folder

    asked: list[str] = []
    monkeypatch.setattr(CompiledBlocks, "rehearse", lambda self, backend: asked.append(backend.spec.name))
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **options: asked.append(options["backend"]))
    tiny_folder(tmp_path / "mine", "sd15")
    load_backends(["weights:imagen-4"], models_file(tmp_path / "models.toml", "./mine", "compiled = true\n"))
    assert {*asked} == {"inductor", "weights:imagen-4"}
