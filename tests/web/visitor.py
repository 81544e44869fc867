"""Somebody with a browser: a real Chromium, watched for errors and for requests to anybody but the server."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

SMALL = {"width": "256", "height": "256"}
PHONE = {"width": 375, "height": 740}
DESK = {"width": 1360, "height": 900}


def chromium() -> str:
    """The system's Chromium. Without one these tests fail: `apt-get install chromium`."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "these tests need Chromium: apt-get install chromium"
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]  # root, and containers with little shared memory
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    may_fail: tuple[int, ...] = ()  # statuses that a test provokes; the browser reports each as an error

    def __post_init__(self) -> None:
        self.page.set_default_timeout(30_000)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        status = re.search(r"status of (\d+)", message.text)
        provoked = status is not None and int(status[1]) in self.may_fail
        if message.type in ("error", "warning") and not provoked:
            self.errors.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:")):
            self.strangers.append(request.url)

    def sign_in(self, key: str, page: str = "playground") -> None:
        self.page.goto(f"{self.url}/ui/#/{page}")
        self.page.get_by_label("API key").fill(key)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_selector("header.top")
        expect(self.page.locator("#balance")).to_contain_text("credits")

    def go(self, page: str) -> None:
        self.page.get_by_role("navigation", name="Pages").first.get_by_role("link", name=page).click()
        self.page.wait_for_selector(f"nav a[aria-current]:has-text('{page}')")

    def more(self) -> None:
        details = self.page.locator("details")
        if details.get_attribute("open") is None:
            details.locator("summary").click()

    def fill(self, prompt: str, **fields: str) -> None:
        """The form of a picture of 256 pixels, which takes a moment only."""
        self.more()
        for name, value in {"prompt": prompt, **SMALL, **fields}.items():
            self.page.locator(f"#field-{name}").fill(value)

    def generate(self) -> None:
        self.page.get_by_role("button", name="Generate").click()

    def wait_for_picture(self) -> None:
        self.page.wait_for_selector(".pictures img")
        for picture in self.page.locator(".pictures img").all():
            expect(picture).to_have_js_property("complete", True)
            assert picture.evaluate("(image) => image.naturalWidth")

    def wait_for_steps(self) -> None:
        """Until the model is at work on it."""
        expect(self.page.locator(".run p")).to_contain_text("Step", timeout=30_000)


@contextmanager
def visit(browser: Browser, url: str, **options: Any) -> Iterator[Visitor]:
    """A visit that must leave no error in the console and must ask nobody else."""
    context = browser.new_context(viewport=options.pop("viewport", DESK), **options)
    visitor = Visitor(page=context.new_page(), url=url)
    try:
        yield visitor
        assert visitor.errors == []
        assert visitor.strangers == []
    finally:
        context.close()
