"""`python -m bench.gpu.cold_start JSON`: load a folder, make two pictures, print what each took."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.gpu import ours, theirs
from bench.gpu.meters import Meter
from bench.gpu.ours import COMPILED, Variant
from bench.gpu.theirs import Asked

Draw = Callable[[Asked], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One of WAYS, a folder of weights, and the picture that is made."""

    way: str
    folder: str
    device: str
    side: int
    steps: int
    guidance: float

    def told(self) -> str:
        return json.dumps(asdict(self))


def begin(start: Start) -> dict[str, float]:
    """Seconds of loading, of the first picture and of one more."""
    meter = Meter(device=start.device)
    marks = [time.perf_counter()]
    draw = (_diffusers if start.way == PLAIN else _ours)(start, meter)
    marks.append(meter.now())
    for number in (1, 2):
        draw(Asked(number=number, width=start.side, height=start.side, steps=start.steps, guidance=start.guidance))
        marks.append(meter.now())
    seconds = [after - before for before, after in pairwise(marks)]
    return dict(zip(("load s", "first picture s", "second picture s"), seconds, strict=True))


def _diffusers(start: Start, meter: Meter) -> Draw:
    import diffusers
    import torch

    precision = torch.bfloat16 if meter.on_gpu else torch.float32
    pipeline = diffusers.DiffusionPipeline.from_pretrained(start.folder, dtype=precision, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return partial(_theirs, pipeline.to(start.device), meter)


def _ours(start: Start, meter: Meter) -> Draw:
    from imagend.engine.backends.torch_diffusers.load import open_folder

    precision = "bfloat16" if meter.on_gpu else "float32"
    switches = WAYS[start.way].on(meter)
    backend = open_folder(Path(start.folder), ours.NAME, device=start.device, precision=precision, **switches)
    return partial(_drawn, backend, meter)


def _theirs(pipeline: Any, meter: Meter, asked: Asked) -> None:
    theirs.draw(pipeline, asked, meter)


def _drawn(backend: Any, meter: Meter, asked: Asked) -> None:
    ours.draw(backend, asked, meter)


PLAIN = "diffusers"
WAYS: Mapping[str, Variant] = MappingProxyType({
    PLAIN: Variant(name=PLAIN),
    "ours": Variant(name="ours"),
    "ours, compiled": Variant(name="ours, compiled", switches=COMPILED),
})  # fmt: skip


def main() -> None:
    began = time.perf_counter()
    for library in ("torch", "diffusers", "transformers"):
        importlib.import_module(library)
    imported = time.perf_counter() - began
    print(json.dumps({"import s": imported, **begin(Start(**json.loads(sys.argv[1])))}))


if __name__ == "__main__":
    main()
