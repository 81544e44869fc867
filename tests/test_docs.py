"""Documents that are drawn from the code say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from tools import scaling_page
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


def test_scaling_page_is_current() -> None:
    text = scaling_page.PAGE.read_text("utf-8")
    assert text == scaling_page.filled(text), "run: python -m tools.scaling_page"
