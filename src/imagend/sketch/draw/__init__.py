"""Draws a scene: `render` gives pixels, `to_svg` the same picture as a document."""

from __future__ import annotations

from imagend.sketch.draw.compose import to_svg
from imagend.sketch.draw.picture import render, thumbnail

__all__ = ["render", "thumbnail", "to_svg"]
