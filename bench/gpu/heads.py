"""A folder of weights with all heads and no numbers: files as long as the real ones, which take no room on a disk."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from bench.gpu.models import Model, Part

BYTES = 2  # of a number in bfloat16
INDEX = "model_index.json"


def write_heads(model: Model, folder: Path) -> None:
    """As diffusers' `save_pretrained` would write the model, for whoever reads heads only."""
    index: dict[str, Any] = {"_class_name": model.pipeline}
    for name, part in model.parts.items():
        index[name] = part.kind.split(".")
        (folder / name).mkdir(parents=True)
        (folder / name / "config.json").write_text(json.dumps(dict(part.config)))
        _write_head(part, folder / name / "model.safetensors")
    (folder / INDEX).write_text(json.dumps(index))


def _write_head(part: Part, file: Path) -> None:
    end, head = 0, {}
    for name, weight in part.on_meta().named_parameters():
        start, end = end, end + weight.numel() * BYTES
        head[name] = {"dtype": "BF16", "shape": list(weight.shape), "data_offsets": [start, end]}
    text = json.dumps(head).encode()
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", len(text)) + text)
        opened.truncate(8 + len(text) + end)
