"""The code that the playground shows does what the form does: every language in every dialect is run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.web.conftest import Site
from tests.web.visitor import Visitor, visit

ROOT = Path(__file__).parents[2]
INTERPRETERS = {
    "Segmind": Path(sys.executable),
    "Google": ROOT / ".venv/clients/google-genai-3.4.0/bin/python",
    "OpenAI": ROOT / ".venv/clients/openai-3.54.0/bin/python",
}
PROMPT = 'a "red" kite, isn\'t it \\ a kite'


@pytest.fixture(scope="module")
def form(browser: Browser, site: Site) -> Iterator[Visitor]:
    with visit(browser, site.url) as one:
        one.sign_in(site.server.key)
        one.fill(PROMPT, steps="4", seed="12", guidance_scale="2.5")
        one.page.locator("#field-output_format").select_option("webp")
        one.page.get_by_role("radio", name="4:3").check(force=True)
        yield one


def sample(form: Visitor, dialect: str, language: str) -> str:
    for name in (dialect, language):
        form.page.get_by_role("radio", name=name, exact=True).check(force=True)
    return form.page.locator(".code code").text_content() or ""


def run(command: list[str], folder: Path, key: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IMAGEND_")}
    environ = {**kept, "IMAGEND_API_KEY": key, "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_picture(folder: Path) -> None:
    with Image.open(folder / "picture.webp") as picture:
        assert picture.format == "WEBP"
        assert picture.size == (256, 256)


def latest(form: Visitor, site: Site) -> dict[str, object]:
    """What the server made of it."""
    with site.server.client() as client:
        body = client.get("/inference-request/request-history").json()["history"][0]["request_body"]
    return {
        name: body[name] for name in ("prompt", "steps", "seed", "guidance_scale", "output_format", "width", "height")
    }


@pytest.mark.parametrize("dialect", INTERPRETERS)
@pytest.mark.parametrize("language", ["Python", "curl", "JavaScript"])
def test_sample(form: Visitor, site: Site, tmp_path: Path, dialect: str, language: str) -> None:
    code = sample(form, dialect, language)
    assert site.server.key not in code
    if language == "JavaScript":
        runnable = code.replace("process.env.IMAGEND_API_KEY", repr(site.server.key))
        form.page.evaluate(f"async () => {{ {runnable} }}")
    else:
        command = [str(INTERPRETERS[dialect]), "-c"] if language == "Python" else ["bash", "-euo", "pipefail", "-c"]
        run([*command, code], tmp_path, site.server.key)
        if not (dialect == "OpenAI" and language == "curl"):  # which answers with a link
            check_picture(tmp_path)
    assert latest(form, site) == {
        "prompt": PROMPT, "steps": 4, "seed": 12, "guidance_scale": 2.5, "output_format": "webp",
        "width": 256, "height": 256,
    }  # fmt: skip
