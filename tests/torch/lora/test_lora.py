"""Pictures with LoRAs: what the same model with fused weights draws, alone and beside pictures with others or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from imagend.core.errors import BadParameter
from imagend.engine.backends.torch_diffusers.lora import Loras, linear_growth
from imagend.engine.backends.torch_diffusers.rows import Row
from imagend.engine.engine import Engine
from tests.torch.families.painting import NAME, farthest, open_tiny, paint, recipe
from tests.torch.lora.files import LAYERS, adapted, fused, matrices, write_kohya, write_peft

ROUNDING = 1  # of 255
MODELS = ("flux1-dev", "z-image", "sd15")


@pytest.mark.parametrize("model", MODELS)
def test_a_lora_is_what_it_would_be_in_the_weights(model: str, tmp_path: Path) -> None:
    """Two of different ranks, one with an alpha of its own, alone and together."""
    one, two = matrices(model, 4, seed=1), matrices(model, 2, seed=2, layers=LAYERS[model][1:])
    prefix = "unet." if model == "sd15" else "transformer."
    files = {"one": write_peft(tmp_path / "one.safetensors", one, prefix)}
    if model == "flux1-dev":
        files["two"] = write_peft(tmp_path / "two.safetensors", two, prefix)
        alpha = 2.0
    else:
        files["two"] = write_kohya(tmp_path / "two.safetensors", two, alpha=6.0)
        alpha = 6.0
    tiny, plain = adapted(model, files), open_tiny(model)
    for loras, grown in (
        ((("one", 0.8),), ((one, 0.8),)),
        ((("two", 1.0), ("one", -0.5)), ((two, alpha / 2), (one, -0.5))),
    ):
        made = paint(tiny, [recipe(tiny, loras=loras)])[0]
        assert farthest(made, paint(fused(model, *grown), [recipe(tiny)])[0]) <= ROUNDING
        assert farthest(made, paint(plain, [recipe(tiny)])[0]) > 8
    assert farthest(paint(tiny, [recipe(tiny)])[0], paint(plain, [recipe(tiny)])[0]) == 0


@pytest.mark.parametrize("model", MODELS)
def test_all_kinds_share_one_batch_and_none_touches_another(model: str, tmp_path: Path) -> None:
    prefix = "unet." if model == "sd15" else "transformer."
    files = {
        name: write_peft(tmp_path / f"{name}.safetensors", matrices(model, rank, seed=rank), prefix)
        for name, rank in (("one", 4), ("two", 2))
    }
    tiny = adapted(model, files)
    wishes = ((), (("one", 0.8),), (("two", 1.0),), (("one", 0.5), ("two", -1.0)), (("one", 0.3),), (("two", 0.0),))
    mixed = [recipe(tiny, loras=loras, guidance_scale=1.0 + number) for number, loras in enumerate(wishes)]
    calls: list[int] = []
    together = paint(counted(tiny, calls), mixed)
    assert set(calls) == {6}
    alone = [paint(tiny, [one])[0] for one in mixed]
    assert max(farthest(one, other) for one, other in zip(alone, together, strict=True)) <= ROUNDING
    none = paint(tiny, [recipe(tiny, guidance_scale=6.0)])[0]
    assert farthest(alone[-1], none) == 0
    assert farthest(alone[2], paint(tiny, [recipe(tiny, guidance_scale=3.0)])[0]) > 8


def test_pictures_of_several_shapes_and_loras_share_a_batch(tmp_path: Path) -> None:
    tiny = adapted("z-image", {"one": write_peft(tmp_path / "one.safetensors", matrices("z-image", 4, seed=1))})
    side = tiny.stride
    mixed = [
        recipe(tiny, width=columns * side, height=rows * side, loras=loras)
        for columns, rows, loras in ((10, 9, (("one", 1.0),)), (12, 8, ()), (9, 11, (("one", -1.0),)))
    ]
    apart = [farthest(paint(tiny, [one])[0], other) for one, other in zip(mixed, paint(tiny, mixed), strict=True)]
    assert max(apart) <= ROUNDING


def test_a_step_cache_beside_them(tmp_path: Path) -> None:
    """Rows leave the batch in its middle and come back; what is left of it keeps its own."""
    files = {"one": write_peft(tmp_path / "one.safetensors", matrices("flux1-dev", 4, seed=1))}
    tiny, cached = adapted("flux1-dev", files), adapted("flux1-dev", files, step_cache=0.3)
    mixed = [recipe(tiny, steps=12, loras=loras, seed=seed) for seed, loras in enumerate(((), (("one", 0.8),), ()))]
    together = paint(cached, mixed)
    assert max(farthest(paint(cached, [one])[0], other) for one, other in zip(mixed, together, strict=True)) <= ROUNDING
    assert any(farthest(one, other) > 0 for one, other in zip(paint(tiny, mixed), together, strict=True))


def test_eight_bit_layers_below_them(tmp_path: Path) -> None:
    """Their own matrices keep their precision."""
    files = {"one": write_peft(tmp_path / "one.safetensors", matrices("z-image", 4, seed=1))}
    full, small = adapted("z-image", files), adapted("z-image", files, quantization="fp8")
    mixed = [recipe(small), recipe(small, loras=(("one", 0.8),))]
    without, together = paint(small, mixed)
    assert farthest(together, paint(small, mixed[1:])[0]) <= ROUNDING
    exact = paint(full, mixed[1:])[0]
    assert 0 < farthest(together, exact) < farthest(without, exact) / 4


def test_one_that_is_not_here_is_refused_by_its_name(tmp_path: Path) -> None:
    tiny = adapted("flux1-dev", {"one": write_peft(tmp_path / "one.safetensors", matrices("flux1-dev", 2, seed=1))})
    assert len(tiny.spec.adapters["one"]) == 64
    for backend, words in ((tiny, "loras: two is not on this worker; there are one"), (open_tiny("sd15"), "are none")):
        with pytest.raises(BadParameter, match=words):
            Engine({NAME: backend}).add("a", recipe(backend, loras=(("two", 1.0),)))


def test_compiled_once_for_all_of_them() -> None:
    """One graph for any number of rows and whichever LoRAs they want, one without, one for rows that want two."""
    layer = torch.nn.Linear(3, 5)
    layer.register_buffer("lora_down", torch.randn(3, 2, 3))
    layer.register_buffer("lora_up", torch.randn(3, 2, 5))
    loras = Loras(["a", "b", "c"])
    loras.listen(layer, linear_growth)
    graphs: list[Any] = []

    def backend(graph: Any, _: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(layer, backend=backend, fullgraph=True, dynamic=True)
    for count, wanted in ((2, ("a", 1.0)), (4, ("b", 0.5)), (8, ("c", -2.0))):
        x = torch.randn(count, 7, 3)
        loras.choose([Row(adapters=(wanted,)), *[Row()] * (count - 1)])
        assert torch.allclose(compiled(x), layer(x))
        assert not torch.allclose(compiled(x)[0], x[0] @ layer.weight.T + layer.bias)
        assert torch.allclose(compiled(x)[1], x[1] @ layer.weight.T + layer.bias, atol=1e-6)
    assert len(graphs) == 1
    loras.choose([])
    assert torch.equal(compiled(x), layer(x))
    assert len(graphs) == 2
    loras.choose([Row(adapters=(("a", 1.0), ("b", 1.0)))] * 8)
    assert torch.allclose(compiled(x), layer(x))
    assert len(graphs) == 3


def test_a_layer_that_sees_other_rows_is_no_wrong_picture() -> None:
    layer = torch.nn.Linear(3, 5)
    layer.register_buffer("lora_down", torch.randn(1, 2, 3))
    layer.register_buffer("lora_up", torch.randn(1, 2, 5))
    loras = Loras(["a"])
    loras.listen(layer, linear_growth)
    loras.choose([Row(adapters=(("a", 1.0),)), Row()])
    with pytest.raises(ValueError, match="a layer saw 64 rows of a batch of 2"):
        layer(torch.randn(64, 3))


def counted(backend: Any, calls: list[int]) -> Any:
    """The backend; `calls` gets the number of pictures of each evaluation."""
    denoise = backend.denoise

    def noted(latents: Any, *rest: Any) -> Any:
        calls.append(len(latents))
        return denoise(latents, *rest)

    backend.denoise = noted
    return backend
