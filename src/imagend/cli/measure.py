"""`imagend bench`: what this machine draws, alone and in batches."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from imagend.cli.keys import AsJson

BATCHES = (1, 2, 4, 8)
PROMPT = "a red kite over a green meadow"


def bench(
    model: Annotated[str, typer.Option("--model", "-m", help="Slug of the model.")] = "imagen-4-fast",
    steps: Annotated[int | None, typer.Option(help="Denoising steps; without it, the model's default.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each batch size is measured.")] = 3.0,
    as_json: AsJson = False,
) -> None:
    """Measure pictures a second in this process for batches of 1, 2, 4 and 8, in turns, so that other load hits all."""
    from imagend.cli.tables import table
    from imagend.core.recipe import Recipe
    from imagend.engine.engine import Engine
    from imagend.settings import current_settings
    from imagend.wiring.models import read_catalog
    from imagend.wiring.weights import models_path
    from imagend.workers.main import load_backends

    settings = current_settings({})
    card = read_catalog(settings).get(model)
    asked = {"prompt": PROMPT} | ({} if steps is None else {"steps": steps})
    models = models_path(settings)
    backends = load_backends([card.backend], models if models.is_file() else None)

    def draw(seed: int, batch: int) -> float:
        """Seconds for a batch of pictures, from prompt to pixels."""
        engine = Engine(backends)
        for number in range(batch):
            recipe: Recipe = card.resolve({**asked, "seed": seed + number}, lambda: seed).recipe
            engine.add(str(number), recipe)
        start = time.perf_counter()
        while not engine.idle:
            engine.step()
        return time.perf_counter() - start

    spent: dict[int, list[float]] = {batch: [] for batch in BATCHES}
    draw(0, 1)  # what is made once
    while sum(spent[BATCHES[0]]) < seconds or sum(spent[BATCHES[-1]]) < seconds:
        for batch in BATCHES:
            spent[batch].append(draw(1000 * len(spent[batch]), batch))
    table([_row(batch, taken, spent[1]) for batch, taken in spent.items()], as_json)


def _row(batch: int, taken: list[float], alone: list[float]) -> dict[str, float]:
    rate, single = batch * len(taken) / sum(taken), len(alone) / sum(alone)
    return {
        "batch": batch, "rounds": len(taken), "seconds": round(sum(taken) / len(taken), 3),
        "pictures_per_second": round(rate, 3), "times_batch_1": round(rate / single, 2),
    }  # fmt: skip
