"""For everybody: contrast and roles by axe-core, light and dark, on a phone, and small."""

from __future__ import annotations

import json
from pathlib import Path

import axe_core_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import Site
from tests.web.visitor import DESK, PHONE, Visitor, visit

AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
PAGES = ("Playground", "Gallery", "Usage", "Operations", "Accounts")
MOST_BYTES = 200_000


def findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical."""
    page.evaluate(AXE.read_text("utf-8") + "; null")
    found = page.evaluate("async () => JSON.stringify((await axe.run()).violations)")
    return [
        f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']]}"
        for one in json.loads(found)
        if one["impact"] in ("serious", "critical", "moderate")
    ]


def settle(visitor: Visitor, name: str) -> None:
    """Until the page has drawn what it asked the server for."""
    page = visitor.page
    wanted = {"Playground": ".form", "Gallery": ".pages p", "Usage": ".columns", "Operations": ".chart .line",
              "Accounts": ".sums"}[name]  # fmt: skip
    page.locator(wanted).first.wait_for(state="attached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page(browser: Browser, site: Site, scheme: str, size: dict[str, int]) -> None:
    with visit(browser, site.url, viewport=size, color_scheme=scheme, reduced_motion="reduce") as visitor:
        page = visitor.page
        page.goto(f"{site.url}/ui/")
        expect(page.get_by_label("API key")).to_be_visible()
        assert findings(page) == []
        visitor.sign_in(site.operator)
        visitor.more()
        visitor.fill("a red kite", steps="3")
        visitor.generate()
        visitor.wait_for_picture()
        for name in PAGES:
            visitor.go(name)
            settle(visitor, name)
            assert findings(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name} is too wide"
        visitor.go("Gallery")
        page.locator(".shot .open").first.click()
        assert findings(page) == []
        assert luminance(page) < 0.2 if scheme == "dark" else luminance(page) > 0.8


def luminance(page: Page) -> float:
    """Of the page's ground, 0 to 1."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return sum(int(part) for part in colour[4:-1].split(",")) / (3 * 255)


def test_light_or_dark_is_ones_own_choice(browser: Browser, site: Site) -> None:
    with visit(browser, site.url, color_scheme="dark") as visitor:
        visitor.sign_in(site.server.key)
        assert luminance(visitor.page) < 0.2
        visitor.page.get_by_role("button", name="Light or dark").click()
        assert luminance(visitor.page) > 0.8
        visitor.page.reload()
        visitor.page.wait_for_selector(".form")
        assert luminance(visitor.page) > 0.8


def test_a_first_visit_is_small(browser: Browser, site: Site) -> None:
    """Everything that is loaded before the first picture, unpacked, and nothing twice."""
    with visit(browser, site.url) as visitor:
        sizes: list[int] = []
        visitor.page.on("response", lambda answer: sizes.append(len(answer.body())))
        visitor.sign_in(site.operator)
        visitor.page.wait_for_selector(".form")
        assert len(sizes) > 10
        assert sum(sizes) < MOST_BYTES
        loaded = "performance.getEntriesByType('resource').filter((entry) => entry.name.endsWith('.js'))"
        names = visitor.page.evaluate(f"{loaded}.map((entry) => entry.name)")
        assert len(names) == len(set(names))


def test_the_policy_forbids_what_it_says(visitor: Visitor) -> None:
    """Code in the page cannot load from elsewhere, and markup cannot be made from text."""
    blocked = visitor.page.evaluate(
        """async () => {
          const heard = [];
          document.addEventListener("securitypolicyviolation", (event) => heard.push(event.effectiveDirective));
          await fetch("https://example.com/").catch(() => {});
          try { document.createElement("div").innerHTML = "<b>x</b>"; } catch { heard.push("markup"); }
          await new Promise((resolve) => setTimeout(resolve, 100));
          return heard;
        }"""
    )
    assert "connect-src" in blocked
    assert "markup" in blocked
    visitor.errors.clear()
    visitor.strangers.clear()
