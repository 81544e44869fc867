"""Models of published size: classes and configurations from configs/*.toml, random weights, nothing downloaded."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.gpu import words

GAIN = 0.5  # of a matrix of random numbers: what a layer gives is half as loud as what it is given
FOLDER = Path(__file__).parent / "configs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One network: its class, and what its config.json says."""

    kind: str  # library.Class
    config: Mapping[str, Any]
    numbers: int  # parameters of the published weights

    def make(self) -> Any:
        """On the device and in the precision that torch has as its defaults; with numbers as the class draws them."""
        return made(self.kind, self.config)

    def on_meta(self) -> Any:
        """On a device that holds no numbers."""
        import torch

        with torch.device("meta"):
            return self.make()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A pipeline of diffusers, and how its own page says that it is used."""

    name: str
    pipeline: str
    steps: int
    guidance: float  # as a recipe of ours has it: 1 for none
    parts: Mapping[str, Part]
    scheduler: Mapping[str, Any]
    tokenizers: Mapping[str, str]
    options: Mapping[str, Any]

    @property
    def denoiser(self) -> str:
        return "unet" if "unet" in self.parts else "transformer"


def names() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


def read(name: str, *, small: bool = False) -> Model:
    """small: the same classes, tiny."""
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    parts = {
        part: Part(
            kind=table["class"],
            config={**table["config"], **(table["small"] if small else {})},
            numbers=table["numbers"],
        )
        for part, table in data["parts"].items()
    }
    return Model(
        name=name, pipeline=data["pipeline"], steps=data["steps"], guidance=data["guidance"], parts=parts,
        scheduler=data["scheduler"], tokenizers=data["tokenizers"], options=data.get("options", {}),
    )  # fmt: skip


def made(kind: str, config: Mapping[str, Any]) -> Any:
    library, name = kind.split(".")
    found = getattr(importlib.import_module(library), name)
    if library == "transformers":
        return found(found.config_class(**config))
    return found.from_config(dict(config))


def build(model: Model, device: str, seed: int = 7) -> Any:
    """The whole pipeline on the device: bfloat16 on a GPU, float32 elsewhere. No weight passes through the CPU."""
    import diffusers
    import torch

    torch.manual_seed(seed)
    precision = torch.bfloat16 if device.startswith("cuda") else torch.float32
    with torch.device(device), _numbers_of(precision):
        parts = {name: _drawn(part.make()).eval() for name, part in model.parts.items()}
    tokenizers = {name: words.tokenizer(kind) for name, kind in model.tokenizers.items()}
    scheduler = made(model.scheduler["class"], model.scheduler.get("config", {}))
    pipeline = getattr(diffusers, model.pipeline)(scheduler=scheduler, **parts, **tokenizers, **model.options)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def _drawn(network: Any) -> Any:
    """All matrices and kernels at random, so quiet that half precision holds what many layers make of them; some
    classes leave numbers as they find them in memory. Vectors (scales, biases) stay as the class made them."""
    for weight in network.parameters():
        weight.requires_grad_(False)
        if weight.ndim > 1:
            weight.normal_(std=GAIN * (weight.shape[0] / weight.numel()) ** 0.5)
    return network


def count(part: Part) -> int:
    """Its parameters."""
    return sum(weight.numel() for weight in part.on_meta().parameters())


@contextmanager
def _numbers_of(precision: Any) -> Iterator[None]:
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(precision)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
