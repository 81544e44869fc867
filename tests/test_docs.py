"""Documents that are drawn from the code say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tools import reference_page, scaling_page
from tools.settings_page import PAGE, page

ROOT = Path(__file__).parents[1]


def test_settings_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tools.settings_page"


def test_every_room_is_on_the_one_page() -> None:
    text = (ROOT / "docs" / "structure.md").read_text("utf-8")
    rooms = {path.stem for path in (ROOT / "src" / "imagend").iterdir() if not path.stem.startswith("_")} - {"py"}
    assert not [room for room in rooms if f"`{room}`" not in text]


def test_links_between_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_reference_page_is_current() -> None:
    assert reference_page.PAGE.read_text("utf-8") == reference_page.page(), "run: python -m tools.reference_page"


def test_every_document_has_its_place_on_the_site() -> None:
    found: list[str] = []

    def walk(part: object) -> None:
        if isinstance(part, str):
            found.append(part)
        for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            walk(one)

    walk(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"])
    assert sorted(found) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def test_scaling_page_is_current() -> None:
    text = scaling_page.PAGE.read_text("utf-8")
    assert text == scaling_page.filled(text), "run: python -m tools.scaling_page"
