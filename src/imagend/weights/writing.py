"""Changing one model's lines in a models file, with everything else in it, comments too, left as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from imagend.core.errors import BadSetting
from imagend.weights.models_file import ModelsFile, parse_models

Value = str | int | float
_HEADER = re.compile(r"\s*\[")


def set_model(path: Path, slug: str, fields: Mapping[str, Value]) -> ModelsFile:
    """Write these fields of a model into the file, which is made if there is none. Raises BadSetting, and then the file
    is as before."""
    try:
        before = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"models_file {path} cannot be read: {error}") from error
    parse_models(path, before)
    after = changed(before, slug, fields)
    models = parse_models(path, after)
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as opened:
            opened.write(after)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise BadSetting(f"models_file {path} cannot be written: {error}") from error
    return models


def changed(text: str, slug: str, fields: Mapping[str, Value]) -> str:
    """The text with these fields in the section [models.slug], new or as it was."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if _opens(line, slug)), None)
    if start is None:
        own = [f"[models.{slug}]", *(f"{name} = {_word(value)}" for name, value in fields.items())]
        return "\n".join([*lines, *([""] if lines else []), *own]) + "\n"
    end = next((number for number in range(start + 1, len(lines)) if _HEADER.match(lines[number])), len(lines))
    section, left = lines[start + 1 : end], dict(fields)
    for number, line in enumerate(section):
        name = line.partition("=")[0].strip()
        if name in left:
            section[number] = f"{name} = {_word(left.pop(name))}"
    section[:0] = [f"{name} = {_word(value)}" for name, value in left.items()]
    return "\n".join([*lines[: start + 1], *section, *lines[end:]]) + "\n"


def _opens(line: str, slug: str) -> bool:
    return (
        re.fullmatch(rf"\s*\[\s*models\s*\.\s*(\"{re.escape(slug)}\"|{re.escape(slug)})\s*\]\s*(#.*)?", line)
        is not None
    )


def _word(value: Value) -> str:
    return json.dumps(value)
