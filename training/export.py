"""Write a checkpoint's averaged weights as the package's weights file: fp16 safetensors with their history.

python -m training.export training/runs/sketch/checkpoint.pt
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from imagend.sketch.net import Shape
from training.model import SketchNet

TARGET = Path(__file__).parent.parent / "src/imagend/sketch/weights/sketch.safetensors"


def export(checkpoint: Path, target: Path) -> None:
    state = torch.load(checkpoint, weights_only=True)
    codes = dict(SketchNet(Shape()).named_buffers())
    tensors = {name: value.half().contiguous() for name, value in state["average"].items()}
    tensors |= {name: value.float().contiguous() for name, value in codes.items()}
    settings = _settings(state)
    earlier = state["config"]["start_from"]
    metadata = {
        "format": "imagend-sketch-1",
        "shape": json.dumps(asdict(Shape())),
        "command": "python -m training.train " + " ".join(_option(*pair) for pair in settings.items()),
        "data": state["data"], "seed": str(settings["seed"]), "steps": str(state["steps"]),
        "captions": str(state["steps"] * settings["batch"]), "minutes": f"{state['spent'] / 60:.1f}",
    }  # fmt: skip
    if earlier:
        first = torch.load(earlier, weights_only=True)
        metadata["begun_with"] = json.dumps(_settings(first) | {"data": first["data"], "steps": first["steps"]})
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, target, metadata=metadata)


def _option(name: str, value: object) -> str:
    option = name.replace("_", "-")
    return f"--{'' if value else 'no-'}{option}" if isinstance(value, bool) else f"--{option} {value}"


def _settings(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state["config"].items() if name not in {"out", "start_from"}}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Export a checkpoint as the package's weights.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    export(arguments.checkpoint, arguments.target)
