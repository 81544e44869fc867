"""What trainers write: read alike, or refused with the file, the layer and what is wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from imagend.core.errors import BadSetting
from imagend.engine.backends.torch_diffusers.lora_files import read_lora
from tests.torch.families.models import make
from tests.torch.lora.files import Matrices, adapted, matrices, write, write_kohya, write_peft

FLUX = "transformer_blocks.0.attn.to_q"
Made = Mapping[str, Tensor]


def grown(path: Path, model: str = "flux1-dev") -> dict[str, Tensor]:
    """Layer -> what is added to its weights."""
    pairs = read_lora("loras.x", path, make(model)).layers
    return {name: pair.up.flatten(1) @ pair.down.flatten(1) for name, pair in pairs.items()}


def product(made: Matrices, scale: float = 1.0) -> dict[str, Tensor]:
    return {name: scale * (up.flatten(1) @ down.flatten(1)) for name, (down, up) in made.items()}


def assert_same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> None:
    assert set(one) == set(other)
    for name in one:
        torch.testing.assert_close(one[name], other[name], rtol=1e-4, atol=1e-5)


def test_pefts_own_files_have_their_alpha_beside_them(tmp_path: Path) -> None:
    made = matrices("flux1-dev", 4, seed=1, layers=[FLUX, "proj_out"])
    path = write_peft(tmp_path / "adapter_model.safetensors", made, "")
    assert_same(grown(path), product(made))
    config = {"lora_alpha": 8, "r": 4, "alpha_pattern": {"proj_out": 2}}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    assert_same(grown(path), {FLUX: product(made, 2.0)[FLUX], "proj_out": product(made, 0.5)["proj_out"]})


def test_a_configuration_that_means_nothing_is_refused(tmp_path: Path) -> None:
    path = write_peft(tmp_path / "adapter_model.safetensors", matrices("flux1-dev", 4, seed=1, layers=[FLUX]), "")
    for config in ({"lora_alpha": "much"}, {"alpha_pattern": {"(": 1}}, [3]):
        (tmp_path / "adapter_config.json").write_text(json.dumps(config))
        with pytest.raises(BadSetting, match="its configuration cannot be read"):
            grown(path)


def test_diffusers_keeps_the_alpha_in_the_file(tmp_path: Path) -> None:
    made = matrices("sd15", 4, seed=1)
    said = {"unet.lora_alpha": 16, "unet.r": 4, "unet.use_rslora": True}
    path = write_peft(tmp_path / "a.safetensors", made, "unet.", {"lora_adapter_metadata": json.dumps(said)})
    assert_same(grown(path, "sd15"), product(made, 8.0))


def test_names_of_kohya_for_the_original_flux_with_its_joint_matrices(tmp_path: Path) -> None:
    """The original network has one layer for q, k and v; whoever trains it has one LoRA for the three."""
    down, up = torch.randn(4, 32), torch.randn(96, 4)
    tensors = {
        "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": down,
        "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight": up,
        "lora_unet_double_blocks_0_img_attn_qkv.alpha": torch.tensor(2.0),
    }
    found = grown(write(tmp_path / "a.safetensors", tensors))
    assert set(found) == {f"transformer_blocks.0.attn.to_{letter}" for letter in "qkv"}
    torch.testing.assert_close(torch.cat(list(found.values())), 0.5 * up @ down, rtol=1e-4, atol=1e-5)


def test_names_of_ai_toolkit_and_kohya_for_z_image_and_sdxl(tmp_path: Path) -> None:
    made = matrices("z-image", 4, seed=1)
    path = write_peft(tmp_path / "a.safetensors", made, "diffusion_model.")
    assert_same(grown(path, "z-image"), product(made))
    layer = "mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0"
    made = matrices("sdxl", 4, seed=1, layers=[layer, "mid_block.resnets.0.conv1"])
    assert_same(grown(write_kohya(tmp_path / "b.safetensors", made, alpha=1.0), "sdxl"), product(made, 0.25))


def test_layers_of_text_encoders_are_said_not_to_be_applied(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = matrices("flux1-dev", 4, seed=1, layers=[FLUX])
    words = {"text_encoder.x.lora_A.weight": torch.ones(4, 8), "text_encoder.x.lora_B.weight": torch.ones(8, 4)}
    path = write_peft(tmp_path / "words.safetensors", made)
    write(path, load_file(path) | words)
    with caplog.at_level(logging.WARNING):
        assert_same(grown(path), product(made))
    assert "its 1 layers for text encoders are not applied" in caplog.text
    with pytest.raises(BadSetting, match="holds no layers of the network, only of text encoders"):
        grown(write(tmp_path / "only.safetensors", words))


def pair(layer: str = FLUX, down: tuple[int, ...] = (4, 32), up: tuple[int, ...] = (32, 4)) -> dict[str, Tensor]:
    return {
        f"transformer.{layer}.lora_A.weight": torch.ones(down), f"transformer.{layer}.lora_B.weight": torch.ones(up)
    }  # fmt: skip


REFUSED: Mapping[str, Callable[[], Made]] = {
    "has no linear layer or convolution other.0.to_q": lambda: pair("other.0.to_q"),
    "has no linear layer or convolution transformer_blocks.0.attn.norm_q": lambda: pair(
        "transformer_blocks.0.attn.norm_q"
    ),
    r"to_q needs matrices of \[4, 32\] and \[32, 4\], not \[4, 16\]": lambda: pair(down=(4, 16)),
    r"matrices of \[4, 32\] and \[32, 3\] have no rank in common": lambda: pair(up=(32, 3)),
    "is there without transformer.transformer_blocks.0.attn.to_q.lora_B": lambda: dict(list(pair().items())[:1]),
    "NaN or infinity among its numbers": lambda: {name: value / 0 for name, value in pair().items()},
    "to_q.diff_b is no part of a LoRA": lambda: {**pair(), f"transformer.{FLUX}.diff_b": torch.ones(32)},
    "is of a DoRA; LoRAs of two matrices": lambda: {**pair(), f"transformer.{FLUX}.dora_scale": torch.ones(32)},
    "is of a LoKr": lambda: {f"transformer.{FLUX}.lokr_w1": torch.ones(32)},
    "holds no layers of the network": lambda: {f"{FLUX}.alpha": torch.tensor(1.0)},
    "is in no layout of this model: Incompatible keys": lambda: {
        "lora_unet_elsewhere.lora_down.weight": torch.ones(4, 32),
        "lora_unet_elsewhere.lora_up.weight": torch.ones(32, 4),
    },
    "has layers that fit none of this model, among lora_unet_double": lambda: {
        "lora_unet_double_blocks_0_img_attn_proj.lora_down.weight": torch.ones(4, 32),
        "lora_unet_double_blocks_0_img_attn_proj.lora_up.weight": torch.ones(32, 4),
        "text_projection_of_something.lora_down.weight": torch.ones(4, 32),
        "text_projection_of_something.lora_up.weight": torch.ones(32, 4),
    },
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_does_not_fit_is_refused_with_file_and_layer(words: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.safetensors", REFUSED[words]())
    with pytest.raises(BadSetting, match=words) as refused:
        adapted("flux1-dev", {"pixel-art": path})
    assert refused.value.message.startswith(f"loras.pixel-art: {path}")


def test_layers_that_see_all_pictures_at_once_are_refused(tmp_path: Path) -> None:
    path = write_peft(tmp_path / "a.safetensors", matrices("z-image", 2, seed=1, layers=["cap_embedder.1"]))
    with pytest.raises(BadSetting, match=r"cap_embedder.1: this layer of ZImageTransformer2DModel sees all pictures"):
        adapted("z-image", {"a": path})


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"no")
    for name in ("a.safetensors", "b.safetensors"):
        with pytest.raises(BadSetting, match=rf"loras.a: .*{name} is no safetensors file"):
            adapted("flux1-dev", {"a": tmp_path / name})
