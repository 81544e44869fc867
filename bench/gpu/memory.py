"""What models take of the device's memory, beside what the plan says before they are loaded."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.gpu import models, ours
from bench.gpu.heads import write_heads
from bench.gpu.meters import GIB, release
from bench.gpu.run import Run
from bench.gpu.theirs import Asked
from imagend.weights.entry import Entry
from imagend.weights.folder import read_folder
from imagend.weights.memory import Load, need_of
from imagend.weights.places import Source
from imagend.weights.shape import shape_of

LANES = 4
IN_8_BITS = "flux1-dev"  # the model that is measured with FP8, too
WIDTH, HEIGHT, SMALL = 1536, 1024, 64
STEPS = 2


def memory(run: Run) -> None:
    for name in models.names():
        run.attempt(name, partial(_of_model, run, name, "none"), needs=60)
    run.attempt(f"{IN_8_BITS}, fp8", partial(_of_model, run, IN_8_BITS, "fp8"), needs=60)


def _of_model(run: Run, name: str, quantization: str) -> None:
    meter, model = run.meter, models.read(name, small=run.small)
    width, height = (SMALL, SMALL) if run.small else (WIDTH, HEIGHT)
    release(meter)
    before = meter.held_gib()
    pipeline = models.build(model, meter.device)
    way = ours.Variant(name="ours", switches={"quantization": quantization})
    backend = way.backend(pipeline, meter, max_lanes=LANES)
    release(meter)
    held = meter.held_gib()
    weights = held - before if meter.on_gpu else _bytes(pipeline) / GIB
    asked = Asked(number=1, width=width, height=height, steps=STEPS, guidance=model.guidance, pictures=LANES)
    ours.draw(backend, asked, meter)
    working = meter.peak_gib() - held
    need = need_of([planned(model, quantization, width * height, meter.device)])
    run.add({
        "model": name, "quantization": quantization, "weights GiB": weights, "planned": need.weights_gib,
        f"{LANES} pictures GiB": working, "planned for them": need.working_gib, "runtime GiB": _runtime_gib(run),
        "planned for it": need.runtime_gib, "planned / taken": need.total_gib / (weights + working + _runtime_gib(run)),
    })  # fmt: skip


def planned(model: models.Model, quantization: str, pixels: int, device: str) -> Load:
    """As for a folder of such weights, in whose place one with their heads is read."""
    entry = Entry(
        slug="bench", source=Source(text=model.name), precision="bfloat16" if device.startswith("cuda") else "float32",
        quantization=quantization, device=device, max_lanes=LANES, max_pixels=pixels,
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        write_heads(model, Path(folder))
        return Load(entry=entry, shape=shape_of(read_folder(Path(folder))))


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
