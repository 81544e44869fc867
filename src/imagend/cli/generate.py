"""`imagend generate`: one picture, from a server or from the engine in this process."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

import typer

from imagend.core.errors import BackendFailure, BadSetting, ContentBlocked
from imagend.core.upstreams import is_upstream
from imagend.settings import current_settings


def draw_here(model: str, body: dict[str, Any], output: Path, base_url: str | None) -> dict[str, Any]:
    """Run the engine in this process: no server, no key, no charge, but the same safety policy."""
    from imagend.engine.engine import Engine
    from imagend.engine.events import Broken, Finished, Progress
    from imagend.provenance.seal import open_seal
    from imagend.safety.guard import sentence
    from imagend.safety.plugins import picture_guard, prompt_guard
    from imagend.wiring.models import read_catalog
    from imagend.wiring.pictures import safety_options, seal_options
    from imagend.wiring.weights import models_path
    from imagend.workers.main import load_backends
    from imagend.workers.sealing import sealed_file

    assert base_url is None
    start = time.monotonic()
    settings = current_settings({})
    seal = open_seal(seal_options(settings))
    card, safety = read_catalog(settings).get(model), safety_options(settings)
    if is_upstream(card.backend):
        raise BadSetting(f"model {model} is forwarded to another server: name one with --base-url")
    resolved = card.resolve(body, lambda: secrets.randbelow(2**31))
    recipe = resolved.recipe
    if verdicts := prompt_guard(safety).judge_prompt(recipe):
        raise ContentBlocked(sentence(verdicts))
    models = models_path(settings)
    backend = load_backends([recipe.backend], models if models.is_file() else None)[recipe.backend]
    guard = picture_guard(safety)
    engine = Engine({recipe.backend: backend})
    engine.add("picture", recipe)
    while True:
        for event in engine.step():
            if isinstance(event, Broken):
                raise BackendFailure(event.error.message)
            if isinstance(event, Progress):
                typer.echo(f"\rstep {event.done}/{event.total}", nl=False, err=True)
            if isinstance(event, Finished):
                typer.echo("", err=True)
                if verdict := guard.judge_picture(recipe, event.pixels, event.contents, 0):
                    raise ContentBlocked(sentence([verdict]))
                output.write_bytes(sealed_file(seal, recipe, backend.spec, event.seed, event.pixels))
                return {
                    "file": str(output), "model": model, "seed": event.seed,
                    "width": recipe.width, "height": recipe.height, "seconds": round(time.monotonic() - start, 3),
                    "unknown_words": list(event.notes.unknown),
                    "ignored": [*resolved.ignored, *(name for name in event.not_applied if body.get(name))],
                    "provenance": seal.receipt(recipe.watermark),
                }  # fmt: skip


def draw_on_server(model: str, body: dict[str, Any], output: Path, base_url: str | None) -> dict[str, Any]:
    from imagend.sdk import APIError, Client

    start = time.monotonic()
    try:
        with Client(base_url=base_url) as client:
            job = client.submit_async(model, **body)
            result = job.wait(interval=0.2)
            output.write_bytes(client.download(result["output"]))
    except APIError as error:
        raise BackendFailure(str(error)) from error
    return {
        "file": str(output), "model": model, "seed": int(result["seed"]), "request_id": job.request_id,
        "seconds": round(time.monotonic() - start, 3), "warnings": result.get("warnings", []),
    }  # fmt: skip


def lora_words(wishes: list[str] | None) -> list[dict[str, str]] | None:
    """NAME or NAME:SCALE as the field `loras` has them; a number in text will do there."""
    if not wishes:
        return None
    pairs = [text.partition(":") for text in wishes]
    return [{"name": name, **({"scale": scale} if colon else {})} for name, colon, scale in pairs]


def report(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(made))
        return
    typer.echo(f"{made['file']}  ({made['model']}, seed {made['seed']}, {made['seconds']:.2f} s)")
    if made.get("unknown_words"):
        typer.echo(f"words that the model does not know: {', '.join(made['unknown_words'])}", err=True)
    for warning in made.get("warnings", ()):
        typer.echo(str(warning), err=True)
