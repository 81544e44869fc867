"""A tiny model as a folder of safetensors, and a server whose worker serves it."""

from __future__ import annotations

from pathlib import Path

from tests.system.running import Server
from tests.torch.families.models import make


def tiny_folder(path: Path, model: str = "flux1-dev") -> Path:
    make(model).save_pretrained(path, safe_serialization=True)
    return path


def models_file(path: Path, weights: str, more: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'[models.imagen-4]\nweights = "{weights}"\ndevice = "cpu"\nprecision = "float32"\nmax_lanes = 2\nsteps = 2\n'
        f'guidance = 3\nscheduler = "FlowMatchEuler"\n{more}'
    )
    return path


def server_of(data_dir: Path, **settings: str) -> Server:
    """One worker, which loads torch: it takes a while."""
    crew = {"IMAGEND_WORKERS": "1", "IMAGEND_RESERVE_WORKERS": "0", "IMAGEND_WORKER_NICE": "0"}
    return Server(data_dir, settings=crew | settings)
