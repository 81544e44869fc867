"""Gallery, usage, operations, accounts and keys, in a real browser."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Site
from tests.web.visitor import Visitor


def order(site: Site, key: str, prompt: str, **fields: object) -> str:
    """A finished picture, made by a program."""
    body = {"prompt": prompt, "width": 256, "height": 256, "steps": 3, **fields}
    answer = httpx.post(f"{site.url}/v1/imagen-4-fast", json=body, headers={"x-api-key": key}, timeout=60)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


@pytest.fixture(scope="module", autouse=True)
def _past(site: Site) -> None:
    """Both accounts have made pictures."""
    order(site, site.server.key, "a red kite", seed=1)
    order(site, site.server.key, "a red kite", seed=2, guidance_scale=3)
    order(site, site.operator, "a blue boat")


def test_gallery_shows_a_request_and_makes_it_again(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    visitor.go("Gallery")
    page.get_by_label("Model").select_option("imagen-4-fast")
    expect(page.locator(".shot")).to_have_count(2)
    page.locator(".shot .open").nth(1).click()
    shown = page.get_by_role("dialog").locator("dl")
    for words in ("a red kite", "imagen-4-fast", "DDIM", "256"):
        expect(shown).to_contain_text(words)
    page.get_by_role("dialog").get_by_role("button", name="Run again").click()
    visitor.wait_for_picture()
    expect(page.locator(".pictures figcaption")).to_contain_text("seed 1")
    expect(page.locator("#field-prompt")).to_have_value("a red kite")


def test_gallery_fills_the_form_for_a_change(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("Gallery")
    page.locator(".shot .open").first.click()
    page.get_by_role("button", name="Edit").click()
    expect(page.locator("#field-prompt")).to_have_value("a red kite")
    expect(page.locator("#field-steps")).to_have_value("3")
    expect(page.locator(".pictures")).to_have_count(0)


def test_two_pictures_side_by_side(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("Gallery")
    compare = page.get_by_role("button", name="Compare", exact=True)
    expect(compare).to_be_disabled()
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).check()
    boxes.nth(1).check()
    compare.click()
    table = page.get_by_role("dialog").locator("table")
    expect(page.get_by_role("dialog").locator("img")).to_have_count(2)
    assert "Seed" in (table.text_content() or "")
    assert "Prompt" not in (table.text_content() or "")  # the same on both sides


def test_gallery_cancels_what_is_under_way(visitor: Visitor, site: Site) -> None:
    body = {"prompt": "a storm", "steps": 100, "num_images": 4}
    with site.server.client() as client:
        placed = client.post("/v2/imagen-4-fast", json=body).json()
        page = visitor.page
        visitor.go("Gallery")
        page.get_by_label("State").select_option("PENDING")
        page.locator(".shot .open").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(page.locator("#notice")).to_have_text("Cancelled, free of charge")
        assert "cancelled" in client.get(f"/v2/requests/{placed['request_id']}").json()["error"]


def test_usage_of_ones_own(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("Usage")
    expect(page.get_by_role("img", name="Pictures a day")).to_be_visible()
    expect(page.locator(".bars").first).to_contain_text("imagen-4-fast")


def test_customers_see_no_operators_pages(visitor: Visitor) -> None:
    page = visitor.page
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)
    page.goto(f"{visitor.url}/ui/#/accounts")
    expect(page.locator(".playground")).to_be_visible()


def drawn(page: Page, title: str) -> int:
    """Points of the longest line of a chart."""
    chart = page.locator(".plot", has=page.get_by_role("heading", name=title, exact=True))
    expect(chart.locator("path.line").first).to_be_attached(timeout=30_000)
    return max(len(re.findall("[ML]", path.get_attribute("d") or "")) for path in chart.locator("path.line").all())


def test_charts_follow_what_happens(operator: Visitor, site: Site) -> None:
    page = operator.page
    operator.go("Operations")
    queue = page.get_by_role("img", name=re.compile("^Queue: "))
    expect(queue).to_have_attribute("aria-label", re.compile("waiting 0"))
    with site.server.client() as client:
        bodies = [{"prompt": "a storm", "steps": 60, "num_images": 2} for _ in range(3)]
        placed = [client.post("/v2/imagen-4-fast", json=body).json()["request_id"] for body in bodies]
        expect(queue).to_have_attribute("aria-label", re.compile(r"running [1-9]"), timeout=30_000)
        expect(page.locator(".fact", has_text="Running")).to_contain_text(re.compile("[1-9]"))
        for request_id in placed:
            client.delete(f"/v2/requests/{request_id}")
    order(site, site.server.key, "a red kite")
    expect(page.get_by_role("img", name=re.compile("^Running time: median [0-9]"))).to_be_visible(timeout=30_000)
    for title in ("Queue", "Pictures a second", "Requests a minute"):
        assert drawn(page, title) >= 2, title
    expect(page.locator(".bars", has_text="cancelled")).to_be_visible()
    expect(page.get_by_role("region", name="Workers")).to_contain_text("sketch")
    expect(page.get_by_role("region", name="Models")).to_contain_text("imagen-4-ultra")
    expect(page.locator(".plot", has_text="Tenants")).to_contain_text("operator")


def test_an_account_with_its_credits_and_keys(operator: Visitor, site: Site) -> None:
    operator.may_fail = (400, 409)
    page = operator.page
    operator.go("Accounts")
    page.get_by_role("button", name="New account").click()
    page.get_by_label("Name").fill("Ann's studio")
    page.get_by_label("Credits to begin with").fill("-3")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#ask-credits-error")).to_have_text("credits must not be negative")
    page.get_by_label("Credits to begin with").fill("20")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Ann's studio")).to_be_visible()
    page.get_by_role("button", name="Grant credits").click()
    page.get_by_label("Credits; negative").fill("2.5")
    page.get_by_label("Reason").fill("invoice 7")
    page.get_by_role("button", name="Grant", exact=True).click()
    expect(page.locator(".sums")).to_contain_text("22.50")
    expect(page.get_by_role("region", name="Ledger")).to_contain_text("invoice 7")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Create").click()
    secret = page.get_by_role("dialog", name="The new key").locator("code").text_content() or ""
    client = httpx.Client(base_url=site.url, headers={"x-api-key": secret})
    with client:
        assert client.get("/v1/get-user-credits").json()["credits"] == 22.5
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Revoke laptop").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
        expect(page.get_by_role("region", name="Keys")).to_contain_text("revoked")
        assert client.get("/v1/get-user-credits").status_code == 401
