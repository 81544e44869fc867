"""Photographs the web pages for docs/pictures: `python -m tools.web_pictures URL OPERATOR_KEY`; needs Chromium.

The server needs a past: the tool makes a few pictures first, and some that are cancelled.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser

from tests.web.visitor import PHONE, Visitor, open_browser, visit

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PROMPTS = (
    "a red kite over a green hill at sunset", "a lighthouse by the sea at night", "a blue boat on a calm lake",
    "a snowy mountain with a wooden cabin", "a yellow bird on a tree in spring", "a hot air balloon over a city",
)  # fmt: skip


def main(url: str, key: str) -> None:
    make_a_past(url, key)
    with open_browser() as browser:
        for scheme in ("light", "dark"):
            with visit(browser, url, color_scheme=scheme) as visitor:
                visitor.sign_in(key)
                tour(visitor, scheme)
        phone(browser, url, key)


def make_a_past(url: str, key: str) -> None:
    with httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=120) as client:
        seen = client.get("/inference-request/request-history").json()["history"]
        for prompt in PROMPTS if len(seen) < len(PROMPTS) else ():
            client.post("/v1/imagen-4-fast", json={"prompt": prompt, "aspect_ratio": "4:3"}).raise_for_status()


def tour(visitor: Visitor, scheme: str) -> None:
    page = visitor.page
    load = send(visitor.url, visitor)
    page.locator("#field-prompt").fill(PROMPTS[0])
    visitor.generate()
    page.locator(".forming img").wait_for()
    visitor.wait_for_steps()
    shoot(visitor, f"web-forming-{scheme}")
    visitor.wait_for_picture()
    shoot(visitor, f"web-playground-{scheme}")
    visitor.go("Gallery")
    page.locator(".shot img").first.wait_for()
    page.wait_for_load_state("networkidle")
    shoot(visitor, f"web-gallery-{scheme}")
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_role("button", name="Compare", exact=True).click()
    shoot(visitor, f"web-compare-{scheme}")
    page.keyboard.press("Escape")
    visitor.go("Operations")
    page.wait_for_timeout(25_000)
    shoot(visitor, f"web-operations-{scheme}")
    visitor.go("Accounts")
    page.locator(".sums").wait_for()
    shoot(visitor, f"web-accounts-{scheme}")
    cancel(visitor.url, load, visitor)


def send(url: str, visitor: Visitor) -> list[str]:
    """Some work, so that there is something to see."""
    with client_of(url, visitor) as client:
        bodies = [{"prompt": prompt, "width": 512, "height": 384, "steps": 20} for prompt in PROMPTS * 2]
        return [str(client.post("/v2/imagen-4-fast", json=body).json()["request_id"]) for body in bodies]


def cancel(url: str, ids: list[str], visitor: Visitor) -> None:
    with client_of(url, visitor) as client:
        for request_id in ids:
            client.delete(f"/v2/requests/{request_id}")


def client_of(url: str, visitor: Visitor) -> httpx.Client:
    key = visitor.page.evaluate("sessionStorage.getItem('imagend.key')")
    return httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=60)


def phone(browser: Browser, url: str, key: str) -> None:
    with visit(browser, url, viewport=PHONE, device_scale_factor=2, has_touch=True) as visitor:
        visitor.sign_in(key)
        visitor.page.locator("#field-prompt").fill(PROMPTS[2])
        shoot(visitor, "web-phone-form")
        visitor.generate()
        visitor.wait_for_picture()
        visitor.page.locator(".stage").scroll_into_view_if_needed()
        shoot(visitor, "web-phone-picture")
        visitor.go("Gallery")
        visitor.page.locator(".shot img").first.wait_for()
        visitor.page.wait_for_load_state("networkidle")
        shoot(visitor, "web-phone-gallery")


def shoot(visitor: Visitor, name: str, **options: Any) -> None:
    """As WebP, which is a tenth of PNG."""
    file = FOLDER / f"{name}.png"
    visitor.page.screenshot(path=file, **options)
    with Image.open(file) as picture:
        picture.convert("RGB").save(file.with_suffix(".webp"), quality=82, method=6)
    file.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
