"""Which files of a repository a model is loaded from."""

from __future__ import annotations

import pytest

from imagend.weights.folder import components_of, wanted_files

PARTS = ["transformer", "text_encoder", "tokenizer", "scheduler", "vae"]


def test_components_are_those_that_have_a_class() -> None:
    index = {
        "_class_name": "FluxPipeline", "_name": ["a", "b"], "vae": ["diffusers", "AutoencoderKL"],
        "text_encoder_3": [None, None], "requires_safety_checker": True,
    }  # fmt: skip
    assert components_of(index) == ["vae"]


def test_components_that_no_picture_passes_through_are_left_out() -> None:
    index = {
        "vae": ["diffusers", "AutoencoderKL"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    }
    assert components_of(index) == ["vae"]


@pytest.mark.parametrize(
    "name",
    [
        "model_index.json", "LICENSE", "LICENSE.md", "README.md", "NOTICE", "transformer/config.json",
        "transformer/diffusion_pytorch_model-00001-of-00003.safetensors", "vae/diffusion_pytorch_model.safetensors",
        "transformer/diffusion_pytorch_model.safetensors.index.json", "text_encoder/model.safetensors",
        "tokenizer/merges.txt", "tokenizer/spiece.model", "tokenizer/chat_template.jinja",
        "scheduler/scheduler_config.json",
    ],
)  # fmt: skip
def test_wanted(name: str) -> None:
    assert wanted_files([name], PARTS) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "flux1-dev.safetensors", "transformer/model.fp16.safetensors", "vae/diffusion_pytorch_model.bin", "vae/a.py",
        "vae/diffusion_pytorch_model.fp16.safetensors", "text_encoder/pytorch_model.bin.index", "vae/model.onnx",
        "unet/config.json", "../vae/config.json", "vae/../../config.json", "/vae/config.json", "sample.png", "a.ckpt",
        "text_encoder/model.fp16.safetensors.index.json", "vae/weights.pt", "text_encoder/tf_model.h5",
    ],
)  # fmt: skip
def test_not_wanted(name: str) -> None:
    assert wanted_files([name], PARTS) == []
