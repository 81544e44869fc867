"""What `imagend models pull` runs: wishes and presets into folders and lines of the models file."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from imagend.core.errors import BadSetting
from imagend.settings import current_settings
from imagend.weights.folder import read_folder
from imagend.weights.hub import Hub, Licence
from imagend.weights.loras import found_lora, lora_source
from imagend.weights.memory import need_of
from imagend.weights.models_file import ModelsFile, parse_models, read_models_file
from imagend.weights.places import here_already
from imagend.weights.planning import load_of
from imagend.weights.presets import read_preset
from imagend.weights.pulling import Steward, pull, pull_lora
from imagend.weights.writing import Value, set_model
from imagend.wiring.models import read_catalog
from imagend.wiring.weights import models_path

_LONGEST_LICENCE = 80  # lines that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """One model, the repository or folder that is to serve it, and fields of the models file."""

    slug: str
    wanted: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    lora: str = ""  # name of the LoRA that it is, of a model that is there already


def run_pull(
    wishes: Sequence[str], preset: str | None, fields: Mapping[str, Value], accepted: tuple[str, ...], offline: bool,
    flags: dict[str, Any],
) -> None:  # fmt: skip
    """Raises BadSetting."""
    from imagend.engine.backends.torch_diffusers.table import FAMILIES

    settings = current_settings(flags)
    path = models_path(settings)
    asked = [*_preset(preset, fields), *(_wish(text, fields) for text in wishes)]
    if not asked:
        raise BadSetting("say what to pull: SLUG=OWNER/NAME, SLUG=FOLDER, SLUG.loras.NAME=OWNER/NAME:FILE or --preset")
    models = read_models_file(path) if path.exists() else parse_models(path, "")
    known = {card.slug for card in read_catalog(settings, models)}
    for wish in asked:
        if wish.slug not in known:
            raise BadSetting(f"there is no model {wish.slug!r}; there are {', '.join(sorted(known))}")
    steward = Steward(
        accept=_Asker(accepted), tell=lambda line: typer.echo(line, err=True), clock=time.time, families=FAMILIES
    )
    for wish in asked:
        if wish.lora:
            lora = _lora(wish, models, steward, offline)
            _report(set_model(path, f"{wish.slug}.loras", {wish.lora: lora}), wish.slug)
        else:
            source = _source(wish.wanted, models, steward, offline)
            _report(set_model(path, wish.slug, {"weights": source, **wish.fields}), wish.slug)


def _wish(text: str, fields: Mapping[str, Value]) -> _Wish:
    slug, found, wanted = text.partition("=")
    if not (slug and found and wanted):
        raise BadSetting(f"say SLUG=OWNER/NAME[@REVISION] or SLUG=FOLDER, not {text!r}")
    slug, is_lora, lora = slug.partition(".loras.")
    return _Wish(slug=slug, wanted=wanted, lora=lora) if is_lora else _Wish(slug=slug, wanted=wanted, fields=fields)


def _lora(wish: _Wish, models: ModelsFile, steward: Steward, offline: bool) -> str:
    """What the models file shall say. Raises BadSetting for what is not here then."""
    repository, colon, name = wish.wanted.partition(":")
    text, (repository, _, revision) = wish.wanted, repository.partition("@")
    hub = None if offline or not colon else Hub()
    if not colon:
        text = str(Path(wish.wanted).expanduser().resolve())
    elif hub is not None and not hub.offline:
        pinned = pull_lora(hub, models.weights_dir, repository, revision or None, name, steward)
        text = f"{repository}@{pinned}:{name}"
    place = models.place(wish.slug)
    try:
        source = lora_source(wish.lora, text)
    except ValueError as error:
        raise BadSetting(f"{place}: loras must be {error}, not {wish.lora} = {text!r}") from error
    found_lora(place, source, models.path.parent, models.weights_dir)
    return text


def _preset(name: str | None, fields: Mapping[str, Value]) -> list[_Wish]:
    choices = read_preset(name).choices if name else ()
    return [
        _Wish(slug=slug, wanted=choice.repository, fields={**own, **fields})
        for choice in choices
        for slug, own in choice.fields.items()
    ]


def _source(wanted: str, models: ModelsFile, steward: Steward, offline: bool) -> str:
    """What the models file shall say."""
    folder = Path(wanted).expanduser()
    if wanted.startswith(("/", "~", ".")) or folder.is_dir():
        found = read_folder(folder.resolve())
        if found.pipeline not in steward.families:
            raise BadSetting(f"{folder} is for {found.pipeline}; imagend serves {', '.join(sorted(steward.families))}")
        return str(found.path)
    repository, _, revision = wanted.partition("@")
    hub = None if offline else Hub()
    if hub is None or hub.offline:
        return f"{repository}@{here_already(models.weights_dir, repository, revision)}"
    done = pull(hub, models.weights_dir, repository, revision or None, steward)
    return f"{repository}@{done.name}"


class _Asker:
    """Shows a licence and asks, once for each; for scripts, those that were accepted beforehand."""

    def __init__(self, accepted: Sequence[str]) -> None:
        self._accepted = set(accepted)

    def __call__(self, licence: Licence) -> None:
        typer.echo(f"licence: {licence.id}{f' ({licence.link})' if licence.link else ''}", err=True)
        if licence.id in self._accepted:
            return
        for text in licence.texts:
            lines = text.read_text("utf-8", "replace").splitlines()
            typer.echo("\n".join(lines[:_LONGEST_LICENCE]), err=True)
            if len(lines) > _LONGEST_LICENCE:
                typer.echo(f"... {len(lines)} lines in all: {text}", err=True)
        if not sys.stdin.isatty():
            raise BadSetting(f"the licence is not accepted: read it, then say --accept-licence {licence.id}")
        if not typer.confirm(f"Do you accept the licence {licence.id}?", err=True):
            raise BadSetting(f"the licence {licence.id} is not accepted; nothing is served by these weights")
        self._accepted.add(licence.id)


def _report(models: ModelsFile, slug: str) -> None:
    need = need_of([load_of(models, slug)])
    entry = models.entries[slug]
    typer.echo(f"{slug} is served by {entry.source.text} from the next start on; on {entry.device} it takes {need}")
