"""The models that can be loaded by name. A model's libraries are imported only when it is opened."""

from __future__ import annotations

from typing import Any

from imagend.engine.backend import Backend

NAMES = ("sketch", "noop")


def open_backend(name: str) -> Backend[Any]:
    """Load the model that a card calls `name`; raises KeyError for a name that is not in NAMES."""
    match name:
        case "sketch":
            from imagend.engine.backends.sketch import SketchBackend

            return SketchBackend()
        case "noop":
            from imagend.engine.backends.noop import NoopBackend

            return NoopBackend()
        case _:
            raise KeyError(f"no backend {name!r}; there are: {', '.join(NAMES)}")
