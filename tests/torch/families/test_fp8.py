"""8-bit floats: which matrices have them, how near pictures stay, and that rows still do not touch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from imagend.core.errors import BadSetting
from imagend.core.quantised_weights import is_quantised
from imagend.engine.backend import Pixels
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.fp8 import E4M3, Float8Linear, check_fp8, quantise
from imagend.engine.backends.torch_diffusers.load import over_pipeline
from imagend.weights.folder import quantised_in
from imagend.weights.memory import GIB
from imagend.weights.models_file import read_models_file
from imagend.weights.planning import load_of
from imagend.workers.main import load_backends
from tests.torch.families.models import MODELS, make
from tests.torch.families.painting import NAME, backend_of, farthest, paint, recipe
from tests.torch.lora.files import network_of
from tests.torch.weights.tiny import models_file, tiny_folder

ROUNDING = 1  # of 255
LOST = 0.06  # of the length of a layer's answer, for rows of random numbers: two roundings to 4 binary digits
FULL = (torch.float32, torch.bfloat16)


def apart(one: Pixels, other: Pixels) -> float:
    """On average over the picture, of 255."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def quantised(model: str) -> TorchBackend:
    return over_pipeline(make(model), NAME, revision="", device="cpu", quantization="fp8")


@pytest.mark.parametrize("precision", FULL)
def test_a_layer_says_nearly_the_same(precision: torch.dtype) -> None:
    torch.manual_seed(3)
    layer = torch.nn.Linear(64, 48).to(precision)
    x = (torch.randn(2, 5, 64) * torch.tensor([1e-3, 1.0, 50.0, 0.0, 3.0])[:, None]).to(precision)
    small = Float8Linear(layer, torch.device("cpu"))
    with torch.inference_mode():
        exact, found = layer(x), small(x)
        assert found.dtype is precision
        grown, wanted = (found - layer.bias).float(), (exact - layer.bias).float()
        assert (grown - wanted).norm(dim=-1).le(LOST * wanted.norm(dim=-1) + 1e-3).all()
        torch.testing.assert_close(small(x[1:, 2:4]), found[1:, 2:4])  # no token knows of another


def test_a_layer_compiles_as_a_whole() -> None:
    torch.manual_seed(3)
    small, x = Float8Linear(torch.nn.Linear(64, 48), torch.device("cpu")), torch.randn(2, 5, 64)
    torch._dynamo.reset()
    with torch.inference_mode():
        compiled = torch.compile(small, backend="aot_eager", dynamic=True, fullgraph=True)
        torch.testing.assert_close(compiled(x), small(x))
    torch._dynamo.reset()


@pytest.mark.parametrize("model", ["flux1-dev", "z-image", "sdxl"])
def test_large_matrices_of_blocks_have_8_bits_and_nothing_else(model: str) -> None:
    network = network_of(make(model))
    before = {name: weight.shape for name, weight in network.named_parameters()}
    count = quantise(network, "cpu")
    small = {name for name, weight in network.named_parameters() if weight.dtype is E4M3}
    assert small == {name for name, shape in before.items() if is_quantised(name, shape)}
    assert len(small) == count > 4
    assert not any("norm" in name or "mod" in name or "embed" in name or "proj_out" in name[:8] for name in small)


@pytest.mark.parametrize("model", ["z-image", "sdxl"])
def test_the_picture_is_near_and_the_same_in_every_batch(model: str) -> None:
    small, full = quantised(model), backend_of(make(model))
    mixed = [recipe(small, seed=5), recipe(small, seed=6, guidance_scale=1.0), recipe(small, seed=7, prompt="fog")]
    alone = [paint(small, [one])[0] for one in mixed]
    assert max(farthest(one, other) for one, other in zip(alone, paint(small, mixed), strict=True)) <= ROUNDING
    exact, other = paint(full, [mixed[0], recipe(full, seed=8)])
    assert 0 < apart(alone[0], exact) < apart(other, exact) / 4


def test_the_switch_reaches_the_weights_and_the_plan_counts_them(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "mine")
    file = models_file(tmp_path / "models.toml", "./mine", 'quantization = "fp8"\n')
    backend = load_backends(["weights:imagen-4"], file)["weights:imagen-4"]
    network = backend._family._network  # type: ignore[attr-defined]
    small = [weight for weight in network.parameters() if weight.dtype is E4M3]
    rows = sum(len(weight) for weight in small)
    assert (sum(weight.numel() for weight in small), rows) == quantised_in(folder / "transformer")
    models = read_models_file(file)
    quarter = load_of(models, "imagen-4").weights_gib
    file.write_text(file.read_text().replace("fp8", "none"))
    whole = load_of(read_models_file(file), "imagen-4").weights_gib
    assert (whole - quarter) * GIB == pytest.approx(sum(3 * weight.numel() for weight in small) - 4 * rows)


def test_what_cannot_is_refused() -> None:
    check_fp8(torch.device("cuda:0"), lambda _: (9, 0))
    with pytest.raises(BadSetting, match=r"none on cuda:0: fp8 needs compute capability 8\.9, it has 8\.6"):
        check_fp8(torch.device("cuda:0"), lambda _: (8, 6))
    with pytest.raises(BadSetting, match="none on mps: fp8 is for NVIDIA's GPUs"):
        check_fp8(torch.device("mps"))
    with pytest.raises(BadSetting, match="must be none for Sequential: no matrix of it is large enough"):
        quantise(torch.nn.Sequential(torch.nn.Linear(16, 16)), "cpu")


def test_every_family_has_such_matrices() -> None:
    for model in MODELS:
        named = network_of(make(model)).named_parameters()
        assert any(is_quantised(name, weight.shape) for name, weight in named), model
