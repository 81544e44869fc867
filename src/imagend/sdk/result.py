"""The body of a finished request: a dict as it came, and by name what is usually wanted of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image


class Body(dict[str, Any]):
    """What both clients' results say of themselves without asking the server."""

    @property
    def request_id(self) -> str:
        return str(self["request_id"])

    @property
    def urls(self) -> list[str]:
        """Where the pictures are; signed links, which end."""
        found = [str(image["url"]) for image in self.get("images") or ()]
        return found or ([str(self["output"])] if self.get("output") else [])

    @property
    def seeds(self) -> list[int]:
        """Of each picture."""
        found = [int(image["seed"]) for image in self.get("images") or () if "seed" in image]
        return found or ([int(self["seed"])] if "seed" in self else [])

    @property
    def seed(self) -> int | None:
        """Of the first picture."""
        return self.seeds[0] if self.seeds else None

    @property
    def cost(self) -> float | None:
        """Credits."""
        return self._metric("cost")

    @property
    def seconds(self) -> float | None:
        """From the submit to the result, at the server."""
        return self._metric("total_time")

    @property
    def warnings(self) -> list[str]:
        """What was not honoured: ignored fields, words that the model does not know, pictures held back."""
        return [str(warning) for warning in self.get("warnings") or ()]

    def _metric(self, name: str) -> float | None:
        value = (self.get("metrics") or {}).get(name)
        return None if value is None else float(value)


class Result(Body):
    """The blocking client's result; equal to the plain dict."""

    def __init__(self, body: dict[str, Any], download: Callable[[str], bytes]) -> None:
        super().__init__(body)
        self._download = download
        self._files: list[bytes] | None = None

    @property
    def files(self) -> list[bytes]:
        """The pictures' files, downloaded when first asked for."""
        if self._files is None:
            self._files = [self._download(url) for url in self.urls]
        return self._files

    @property
    def images(self) -> list[Image]:
        """The pictures, opened with Pillow."""
        return opened(self.files)

    def save(self, path: str | Path) -> list[Path]:
        """Write the pictures; the second and later ones get a number: cat.jpeg, cat-2.jpeg. Returns the files."""
        return written(self.files, path)


def opened(files: Sequence[bytes]) -> list[Image]:
    from PIL import Image

    return [Image.open(io.BytesIO(content)) for content in files]


def written(files: Sequence[bytes], path: str | Path) -> list[Path]:
    targets = numbered(Path(path), len(files))
    for target, content in zip(targets, files, strict=True):
        target.write_bytes(content)
    return targets


def numbered(path: Path, count: int) -> list[Path]:
    """As many names: cat.jpeg, cat-2.jpeg, cat-3.jpeg."""
    others = [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, count + 1)]
    return [path, *others][:count]
