"""OpenAI's own client and litellm, against a running server process."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.clients import run_checks
from tests.system.running import Server

OPENAI, LITELLM = "openai-3.54.0", "litellm-1.105.0"


def opened(file: Path) -> Image.Image:
    with Image.open(file) as picture:
        picture.load()
        return picture


def check_names(folder: Path, least: int) -> None:
    """Every file is what its name says: NUMBER-WIDTHxHEIGHT.FORMAT."""
    files = sorted(folder.iterdir())
    assert len(files) >= least
    for file in files:
        picture = opened(file)
        found = f"{picture.width}x{picture.height}.{(picture.format or '').lower()}"
        assert file.name.partition("-")[2] == found


def test_openai(server: Server, tmp_path: Path) -> None:
    poor = server.make_key("0.01", "poor")
    assert run_checks(OPENAI, "openai_checks.py", server.url, server.key, poor, str(tmp_path)) == "ok\n"
    check_names(tmp_path, 13)


def test_litellm(server: Server, tmp_path: Path) -> None:
    assert run_checks(LITELLM, "litellm_checks.py", server.url, server.key, str(tmp_path)).endswith("ok\n")
    check_names(tmp_path, 4)


@pytest.fixture(scope="module")
def streamed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("streamed")
    assert run_checks(OPENAI, "openai_stream_checks.py", server.url, server.key, str(folder)) == "ok\n"
    return folder


@pytest.mark.parametrize(("name", "kind"), [("sync", "png"), ("async", "jpeg")])
def test_previews_are_the_picture_as_it_forms(streamed: Path, name: str, kind: str) -> None:
    """They have its shape, differ from it and from each other, and come closer to it."""
    final = opened(streamed / f"{name}-final.{kind}").convert("RGB")
    assert final.size == (768, 512)
    previews = [opened(streamed / f"{name}-{index}.{kind}") for index in range(3)]
    assert {preview.format for preview in previews} == {kind.upper()}
    for preview in previews:
        assert abs(preview.width / preview.height - 1.5) < 0.01
    size = previews[0].size
    pixels = [np.asarray(one.convert("RGB").resize(size), dtype=np.float64) for one in (*previews, final)]
    distances = [float(np.abs(one - pixels[-1]).mean()) for one in pixels[:-1]]
    assert distances[0] > distances[1] > distances[2] > 0
    assert all(np.abs(one - other).max() > 8 for one, other in pairwise(pixels))
