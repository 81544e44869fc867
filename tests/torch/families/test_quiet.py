"""Words of a prompt stay out of what a worker writes, also when a text encoder cannot take all of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagend.engine.backends.torch_diffusers.load import open_folder
from tests.torch.families.models import make

LIBRARIES = ("diffusers", "transformers")


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What the libraries' own handlers would write."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    keeper = Keeper()
    for name in LIBRARIES:
        logging.getLogger(name).addHandler(keeper)
    yield found
    for name in LIBRARIES:
        logging.getLogger(name).removeHandler(keeper)


def test_a_prompt_that_is_too_long_is_not_quoted(tmp_path: Path, said: list[str]) -> None:
    make("flux1-dev").save_pretrained(tmp_path, safe_serialization=True)
    loaded = open_folder(tmp_path, "quiet", device="cpu", precision="float32")
    said.clear()
    loaded.encode(" ".join(["confidential"] * 200), 64, 64)
    assert said == []
