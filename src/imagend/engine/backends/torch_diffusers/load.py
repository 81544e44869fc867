"""Weights from a local folder: safetensors only, no code from the folder, nothing from the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imagend.core.errors import BadSetting
from imagend.core.unused_weights import UNUSED_COMPONENTS
from imagend.engine.backends.torch_diffusers.backend import TorchBackend
from imagend.engine.backends.torch_diffusers.compilation import CompiledBlocks
from imagend.engine.backends.torch_diffusers.fp8 import quantise
from imagend.engine.backends.torch_diffusers.lora import add_loras
from imagend.engine.backends.torch_diffusers.residency import Seat
from imagend.engine.backends.torch_diffusers.rows import Rows
from imagend.engine.backends.torch_diffusers.step_cache import add_step_cache
from imagend.engine.backends.torch_diffusers.strict import OneByOne
from imagend.engine.backends.torch_diffusers.table import family_of


def open_folder(folder: Path, name: str, *, device: str, precision: str = "bfloat16", **options: Any) -> TorchBackend:
    """A backend called `name` over a folder as diffusers' `save_pretrained` writes it. precision: float32, bfloat16 or
    float16. options: as `over_pipeline` has them. Raises BadSetting."""
    family_of(pipeline_class(folder))  # refused before anything is read
    pipeline = _open_pipeline(folder, precision)
    return over_pipeline(pipeline, name, revision=revision_of(folder), device=device, **options)


def over_pipeline(
    pipeline: Any, name: str, *, revision: str, device: str, quantization: str = "none",
    loras: Mapping[str, Path] | None = None, step_cache: float = 0.0, strict: bool = False, compiler: str = "",
    seat: Seat | None = None, **options: Any,
) -> TorchBackend:  # fmt: skip
    """As `open_folder`, of a diffusers pipeline, which is brought to the device. quantization: "none" or "fp8". loras:
    name that requests may ask for -> file. step_cache: threshold, 0 for none. strict: bit-exact, one at a time.
    compiler: of the network's blocks, a backend of torch.compile; "" for none. seat: as TorchBackend has it, like all
    other options. Raises BadSetting."""
    of_the_table = family_of(type(pipeline).__name__)
    pipeline.set_progress_bar_config(disable=True)
    if quantization == "fp8":
        quantise(denoiser(pipeline), device)
    pipeline.to(device)
    rows = Rows()
    family = of_the_table(pipeline)
    adapters = add_loras(pipeline, denoiser(pipeline), family, loras or {}, rows)
    if step_cache:
        add_step_cache(denoiser(pipeline), rows, step_cache, max_lanes=options.get("max_lanes", 8))
    compiled = CompiledBlocks(denoiser(pipeline), rows, compiler) if compiler else None
    if seat is not None:
        seat.furnish(pipeline.components.values())
    kind = OneByOne if strict else TorchBackend
    made = kind(family, name, revision=revision, device=device, rows=rows, adapters=adapters, seat=seat, **options)
    if compiled is not None:
        compiled.rehearse(made)
    return made


def denoiser(pipeline: Any) -> Any:
    """The network that is evaluated at every step."""
    return getattr(pipeline, "transformer", None) or pipeline.unet


def pipeline_class(folder: Path) -> str:
    """Raises BadSetting when the folder holds no model, or one that brings its own code."""
    index = folder / "model_index.json"
    try:
        found = json.loads(index.read_text("utf-8"))
        name = str(found["_class_name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadSetting(f"{index} does not name a diffusers pipeline: {error}") from error
    if any(folder.rglob("*.py")):
        raise BadSetting(f"{folder} holds Python files; weights with code of their own are not served")
    return name


def revision_of(folder: Path) -> str:
    """Name of the folder: a revision's hash where huggingface_hub has made it."""
    return folder.resolve().name


def _open_pipeline(folder: Path, precision: str) -> Any:
    import diffusers
    import torch
    import transformers

    diffusers.utils.logging.set_verbosity_error()  # what they warn of quotes prompts, and ends in a worker's log
    transformers.utils.logging.set_verbosity_error()
    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if precision not in kinds:
        raise BadSetting(f"precision must be one of {', '.join(kinds)}, not {precision!r}")
    try:
        pipeline = diffusers.DiffusionPipeline.from_pretrained(
            str(folder), dtype=kinds[precision], use_safetensors=True, local_files_only=True, **_left_out(folder)
        )
    except (OSError, ValueError, ImportError) as error:  # the last: a component that needs one more package
        raise BadSetting(f"{folder} cannot be loaded: {error}") from error
    for component in pipeline.components.values():
        if isinstance(component, torch.nn.Module) and component.dtype != kinds[precision]:
            component.to(kinds[precision])  # without accelerate some are left as their file is
    return pipeline


def _left_out(folder: Path) -> dict[str, Any]:
    """Arguments of from_pretrained that keep UNUSED_COMPONENTS from being loaded."""
    index = json.loads((folder / "model_index.json").read_text("utf-8"))
    left_out: dict[str, Any] = {name: None for name in UNUSED_COMPONENTS if name in index}
    return left_out | ({"requires_safety_checker": False} if "safety_checker" in left_out else {})
