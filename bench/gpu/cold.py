"""From a folder of safetensors on a local disk to the first picture, each time in a new process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.gpu import models
from bench.gpu.cold_start import WAYS, Start, begin
from bench.gpu.meters import GIB, release
from bench.gpu.run import Run

MODELS = ("sdxl", "z-image-turbo")  # 7 and 20 GB
SIDE, SMALL = 1024, 64


def cold_start(run: Run) -> None:
    for name in MODELS[1:] if run.small else MODELS:
        run.attempt(name, partial(_of_model, run, name), needs=120)


def _of_model(run: Run, name: str) -> None:
    model = models.read(name, small=run.small)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        models.build(model, run.meter.device).save_pretrained(folder, safe_serialization=True)
        release(run.meter)  # for the processes to come
        for way in WAYS:
            start = Start(
                way=way, folder=str(folder), device=run.meter.device, side=SMALL if run.small else SIDE,
                steps=2 if run.small else model.steps, guidance=model.guidance,
            )  # fmt: skip
            if why := WAYS[way].why_not(small=run.small):
                run.note(f"{way}: {why}")
                continue
            for cached in (False, True):
                run.attempt(f"{name}, {way}", partial(_one, run, start, cached), needs=60)


def _one(run: Run, start: Start, cached: bool) -> None:
    size = _bytes(Path(start.folder), forget=not cached)
    taken = _here(start) if run.small else _in_a_process(start)
    run.add({
        "model": Path(start.folder).name, "who": start.way, "files": "in memory" if cached else "on disk",
        "GiB of files": size / GIB, **taken,
    })  # fmt: skip


def _here(start: Start) -> dict[str, float]:
    """In this process, where all libraries are there already."""
    began = time.perf_counter()
    taken = begin(start)
    whole = time.perf_counter() - began
    return {"import s": 0.0, **taken, "process to picture s": whole - taken["second picture s"]}


def _in_a_process(start: Start) -> dict[str, float]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bench.gpu.cold_start", start.told()], check=True, stdout=subprocess.PIPE, text=True
    )
    whole = time.perf_counter() - began
    taken: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return taken | {"process to picture s": whole - taken["second picture s"]}


def _bytes(folder: Path, *, forget: bool) -> int:
    """Of all files. forget: what the machine keeps of them in memory is dropped, when it is on the disk."""
    found = 0
    for file in (file for file in folder.rglob("*") if file.is_file()):
        found += file.stat().st_size
        if forget:
            _forget(file)
    return found


def _forget(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
