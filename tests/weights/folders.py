"""Folders of weights with true heads and sparse data: as large as one says, on no disk space."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONFIGS: Mapping[str, Mapping[str, Any]] = {
    "transformer": {"num_attention_heads": 24, "attention_head_dim": 128, "patch_size": 2},
    "text_encoder": {"hidden_size": 64},
    "vae": {"block_out_channels": [128, 256, 512, 512]},
}


def safetensors(file: Path, shapes: Mapping[str, list[int]], kind: str = "BF16", width: int = 2) -> None:
    head: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        size = width
        for side in shape:
            size *= side
        head[name] = {"dtype": kind, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    words = json.dumps(head).encode()
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", len(words)) + words)
        opened.truncate(8 + len(words) + end)


def model_folder(path: Path, numbers: Mapping[str, int] | None = None, pipeline: str = "FluxPipeline") -> Path:
    """numbers: component -> how many of them its weights have."""
    path.mkdir(parents=True)
    index: dict[str, Any] = {
        "_class_name": pipeline,
        "scheduler": ["diffusers", "Scheduler"],
        "image_encoder": [None] * 2,
    }
    (path / "scheduler").mkdir()
    (path / "scheduler" / "scheduler_config.json").write_text("{}")
    for name, config in CONFIGS.items():
        index[name] = ["diffusers", "Model"]
        (path / name).mkdir()
        (path / name / "config.json").write_text(json.dumps(config))
        safetensors(path / name / "model.safetensors", {"weight": [(numbers or {}).get(name, 1000)]})
    (path / "model_index.json").write_text(json.dumps(index))
    return path
