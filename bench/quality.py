"""What switches for speed cost in quality: pictures of a small trained model, with them and without, seed by seed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.report import DOCS, Table
from imagend.core.recipe import Recipe
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Finished
from training.tiny.scenes import SIDE, random_wish

WEIGHTS = Path(__file__).parents[1] / "training" / "tiny" / "weights"
SHEET = DOCS / "pictures" / "quality-cost.png"
NAME = "bench"
PICTURES, STEPS, GUIDANCE, LANES = 32, 25, 3.0, 8
SHOWN = 8  # pictures of a row of the sheet
Drawn = NDArray[np.uint8]  # [PICTURES, SIDE, SIDE, 3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to draw them. options: as `over_pipeline` has them."""

    label: str
    precision: str = "float32"
    steps: int = STEPS
    options: Mapping[str, Any] = field(default_factory=dict)
    shown: bool = False


PLAIN = Way(label="plain, float32", shown=True)
WAYS = (
    Way(label="plain, bfloat16", precision="bfloat16"),
    Way(label="fp8, bfloat16", precision="bfloat16", options={"quantization": "fp8"}, shown=True),
    *(
        Way(label=f"step_cache {threshold}", options={"step_cache": threshold}, shown=threshold in (0.1, 0.3))
        for threshold in (0.05, 0.1, 0.2, 0.3)
    ),
    *(
        Way(
            label=f"fp8, bfloat16, step_cache {threshold}",
            precision="bfloat16",
            options={"quantization": "fp8", "step_cache": threshold},
        )
        for threshold in (0.05, 0.1)
    ),
    *(Way(label=f"plain, {steps} steps of {STEPS}", steps=steps) for steps in (20, 15, 10)),
)


def quality_cost() -> Table | None:
    """None where torch is not installed."""
    missing = [name for name in ("torch", "diffusers", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"quality-cost was left out: it needs {' and '.join(missing)}, pip install 'imagend[gpu]'")
        return None
    plain, whole = _drawn(PLAIN)
    rows, sheet = [], [plain]
    for way in WAYS:
        drawn, work = _drawn(way)
        rows.append({"drawn": way.label, **_compared(drawn, plain), "blocks left out": f"{1 - work / whole:.0%}"})
        sheet += [drawn] if way.shown else []
    _save(sheet)
    return Table(
        name="quality-cost",
        title="What switches for speed cost in quality, on a small trained model",
        about=f"{PICTURES} pictures of {SIDE} x {SIDE} by a Z-Image of three million numbers that `training.tiny` "
        f"trained, {STEPS} steps, guidance {GUIDANCE:g}, against the float32 pictures of the same seeds. PSNR in dB, "
        "mean and worst picture; difference in steps of 255; blocks left out, of all block evaluations. A small "
        "model's figures: a full one's are to be measured on it.",
        rows=rows,
    )


def _drawn(way: Way) -> tuple[Drawn, int]:
    """All pictures, and how many evaluations of a block for one row they took."""
    pipeline = _pipeline(way.precision)
    with _counted(pipeline.transformer.layers) as work:
        from imagend.engine.backends.torch_diffusers.load import over_pipeline

        backend = over_pipeline(pipeline, NAME, revision="tiny", device="cpu", max_lanes=LANES, **way.options)
        engine = Engine({NAME: backend})
        for seed, order in enumerate(_orders(way.steps)):
            engine.add(str(seed), order)
        found: dict[int, Any] = {}
        while not engine.idle:
            for event in engine.step():
                if isinstance(event, Broken):
                    raise event.error
                if isinstance(event, Finished):
                    found[int(event.ticket)] = event.pixels
    return np.stack([found[seed] for seed in range(PICTURES)]), work[0]


def _orders(steps: int) -> Iterator[Recipe]:
    rng = Random(2026)
    for seed in range(PICTURES):
        yield Recipe(
            model=NAME, backend=NAME, prompt=str(random_wish(rng)), negative_prompt="", width=SIDE, height=SIDE,
            steps=steps, guidance_scale=GUIDANCE, scheduler="FlowMatchEuler", seed=seed,
        )  # fmt: skip


def _pipeline(precision: str) -> Any:
    import diffusers
    import torch

    torch.set_num_threads(1)
    return diffusers.DiffusionPipeline.from_pretrained(
        str(WEIGHTS), dtype=getattr(torch, precision), use_safetensors=True, local_files_only=True
    )


@contextmanager
def _counted(blocks: Any) -> Iterator[list[int]]:
    """Rows that go through each of these blocks, added up in the one number of the list."""
    work = [0]

    def count(_: Any, by_place: tuple[Any, ...], named: dict[str, Any]) -> None:
        work[0] += len(by_place[0] if by_place else named["x"])

    hooks = [block.register_forward_pre_hook(count, with_kwargs=True) for block in blocks]
    try:
        yield work
    finally:
        for hook in hooks:
            hook.remove()


def _compared(drawn: Drawn, plain: Drawn) -> dict[str, float]:
    away = drawn.astype(float) - plain
    squares = np.square(away).mean(axis=(1, 2, 3))
    decibels = 10 * np.log10(255**2 / np.maximum(squares, 1e-9))
    mean, worst = float(decibels.mean()), float(decibels.min())
    return {"PSNR": mean, "worst PSNR": worst, "mean difference": float(np.abs(away).mean())}


def _save(sheet: list[Drawn]) -> None:
    """One row of pictures for each way that is shown, twice as large."""
    from PIL import Image

    rows = [np.concatenate(list(drawn[:SHOWN]), axis=1) for drawn in sheet]
    SHEET.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(rows)).resize((2 * SIDE * SHOWN, 2 * SIDE * len(rows)), 0).save(SHEET, optimize=True)
