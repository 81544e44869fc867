"""What models take of the device's memory, beside what the plan says before they are loaded."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from bench.gpu import models, ours
from bench.gpu.meters import GIB, release
from bench.gpu.run import Run
from bench.gpu.theirs import Asked
from imagend.weights.entry import Entry
from imagend.weights.folder import Folder
from imagend.weights.memory import Load, need_of
from imagend.weights.places import Source
from imagend.weights.shape import shape_of

LANES = 4
WIDTH, HEIGHT, SMALL = 1536, 1024, 64
STEPS = 2


def memory(run: Run) -> None:
    for name in models.names():
        run.attempt(name, partial(_of_model, run, name), needs=60)


def _of_model(run: Run, name: str) -> None:
    meter, model = run.meter, models.read(name, small=run.small)
    width, height = (SMALL, SMALL) if run.small else (WIDTH, HEIGHT)
    release(meter)
    before = meter.held_gib()
    pipeline = models.build(model, meter.device)
    backend = ours.Variant(name="ours").open(pipeline, meter, max_lanes=LANES)
    weights = meter.held_gib() - before if meter.on_gpu else _bytes(pipeline) / GIB
    meter.forget_peak()
    held = meter.held_gib()
    asked = Asked(number=1, width=width, height=height, steps=STEPS, guidance=model.guidance, pictures=LANES)
    ours.draw(backend, asked, meter)
    working = meter.peak_gib() - held
    load = planned(model, run.small, width * height, meter.device)
    need = need_of([load])
    run.add({
        "model": name, "weights GiB": weights, "planned": need.weights_gib, f"{LANES} pictures GiB": working,
        "planned for them": need.working_gib, "runtime GiB": _runtime_gib(run), "planned for it": need.runtime_gib,
        "planned / taken": need.total_gib / (weights + working + _runtime_gib(run)),
    })  # fmt: skip


def planned(model: models.Model, small: bool, pixels: int, device: str) -> Load:
    """As for a folder of such weights, whose figures are counted in the classes."""
    numbers = {name: models.count(part) if small else part.numbers for name, part in model.parts.items()}
    configs = {name: part.config for name, part in model.parts.items()}
    entry = Entry(
        slug="bench", source=Source(text=model.name), precision="bfloat16" if device.startswith("cuda") else "float32",
        device=device, max_lanes=LANES, max_pixels=pixels,
    )  # fmt: skip
    folder = Folder(path=Path(model.name), pipeline=model.pipeline, numbers=numbers, configs=configs)
    return Load(entry=entry, shape=shape_of(folder))


def _bytes(pipeline: Any) -> int:
    """Of all networks' numbers."""
    networks = [part for part in pipeline.components.values() if hasattr(part, "parameters")]
    return sum(weight.nbytes for network in networks for weight in [*network.parameters(), *network.buffers()])


def _runtime_gib(run: Run) -> float:
    """Of the device's memory what is taken and not torch's own: the context, libraries, other processes."""
    if not run.meter.on_gpu:
        return 0.0
    import torch

    free, whole = torch.cuda.mem_get_info(run.meter.device)
    return float(whole - free - torch.cuda.memory_reserved(run.meter.device)) / GIB
