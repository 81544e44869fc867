"""`imagend generate`: pictures from a server, or from the engine in this process."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import typer

from imagend.cli.drawing import Wish, draw_here
from imagend.cli.showing import Course, Shown
from imagend.core.errors import BackendFailure

PREVIEWS = 8  # small pictures of what is forming, on terminals that can show them


def run(wish: Wish, base_url: str | None, *, on_server: bool, preview: bool, as_json: bool) -> None:
    """Draw, save and say what was made."""
    start = time.monotonic()
    with Course(quiet=as_json) as course:
        wish = replace(wish, previews=PREVIEWS if preview and course.draws else 0)
        made = draw_on_server(wish, base_url, course) if on_server else draw_here(wish, course)
    made |= {"model": wish.model, "seconds": round(time.monotonic() - start, 3)}
    report(made, as_json)


def draw_on_server(wish: Wish, base_url: str | None, course: Course) -> dict[str, Any]:
    from imagend.sdk import APIError, Client, Progress

    def told(now: Progress) -> None:
        course.show(Shown(done=now.done, total=now.total, waiting=now.queue_position, preview=now.preview))

    try:
        with Client(base_url=base_url) as client:
            job = client.submit_async(wish.model, **wish.body)
            result = job.wait(on_progress=told, previews=wish.previews)
            files = result.save(wish.output)
    except APIError as error:
        raise BackendFailure(str(error)) from error
    return {
        "file": str(files[0]), "files": [str(file) for file in files], "seed": result.seed, "seeds": result.seeds,
        "request_id": job.request_id, "cost": result.cost, "warnings": result.warnings,
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
    for file, seed in zip(made["files"], made["seeds"], strict=True):
        typer.echo(f"{file}  ({made['model']}, seed {seed}, {made['seconds']:.2f} s)")
    if made.get("unknown_words"):
        typer.echo(f"words that the model does not know: {', '.join(made['unknown_words'])}", err=True)
    for warning in made.get("warnings", ()):
        typer.echo(str(warning), err=True)
