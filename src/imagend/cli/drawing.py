"""Pictures from the engine in this process: no server, no key, no charge, but the same safety policy."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagend.cli.showing import Course, Shown
from imagend.core.errors import BackendFailure, BadSetting, ContentBlocked
from imagend.core.upstreams import is_upstream
from imagend.settings import current_settings

if TYPE_CHECKING:
    from imagend.core.card import Resolved
    from imagend.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be drawn, in the words of the API, and where it goes."""

    model: str
    body: dict[str, Any]
    output: Path
    previews: int = 0  # small pictures of what is forming that the terminal will show


def draw_here(wish: Wish, course: Course) -> dict[str, Any]:
    """Files are written when all pictures are there and allowed. Raises what a server would answer."""
    from imagend.engine.engine import Engine
    from imagend.provenance.seal import open_seal
    from imagend.safety.guard import sentence
    from imagend.safety.plugins import picture_guard, prompt_guard
    from imagend.sdk.result import written
    from imagend.wiring.pictures import safety_options, seal_options
    from imagend.wiring.weights import models_path
    from imagend.workers.main import load_backends
    from imagend.workers.sealing import sealed_file

    settings = current_settings({})
    seal, safety = open_seal(seal_options(settings)), safety_options(settings)
    resolved = _resolved(wish, settings)
    recipe = resolved.recipe
    if verdicts := prompt_guard(safety).judge_prompt(recipe):
        raise ContentBlocked(sentence(verdicts))
    models = models_path(settings)
    backend = load_backends([recipe.backend], models if models.is_file() else None)[recipe.backend]
    guard = picture_guard(safety)
    engine = Engine({recipe.backend: backend})
    engine.add("pictures", recipe, previews=wish.previews)
    done = sorted(_drawn(engine, course), key=lambda event: event.index)
    for event in done:
        if verdict := guard.judge_picture(recipe, event.pixels, event.contents, event.index):
            raise ContentBlocked(sentence([verdict]))
    sealed = [sealed_file(seal, recipe, backend.spec, event.seed, event.pixels) for event in done]
    files = [str(file) for file in written(sealed, wish.output)]
    return {
        "file": files[0], "files": files, "seed": done[0].seed, "seeds": [event.seed for event in done],
        "width": recipe.width, "height": recipe.height, "unknown_words": list(done[0].notes.unknown),
        "ignored": [*resolved.ignored, *(name for name in done[0].not_applied if wish.body.get(name))],
        "provenance": seal.receipt(recipe.watermark),
    }  # fmt: skip


def _resolved(wish: Wish, settings: Settings) -> Resolved:
    from imagend.wiring.models import read_catalog

    card = read_catalog(settings).get(wish.model)
    if is_upstream(card.backend):
        raise BadSetting(f"model {wish.model} is forwarded to another server: name one with --base-url")
    return card.resolve(wish.body, lambda: secrets.randbelow(2**31))


def _drawn(engine: Any, course: Course) -> list[Any]:
    """The engine's Finished events, one for each picture."""
    from imagend.engine.events import Broken, Finished, Progress

    found: list[Any] = []
    while not engine.idle:
        for event in engine.step():
            if isinstance(event, Broken):
                raise BackendFailure(event.error.message)
            if isinstance(event, Progress):
                course.show(Shown(done=event.done, total=event.total, pixels=event.preview))
            if isinstance(event, Finished):
                found.append(event)
    return found
