"""What the bundled model and a good connection do not show: LoRAs, a stream that breaks, a server without keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.api.house import House, open_house
from tests.api.test_loras import WITH, catalog
from tests.api.test_pages import FILES
from tests.web.conftest import Site
from tests.web.visitor import Visitor, visit


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("loras")
    with open_house(folder, working=True, catalog=catalog(), page_files=FILES) as opened:
        yield opened


def test_loras_are_offered_by_name_with_their_strength(browser: Browser, house: House) -> None:
    guest = house.guest()
    with visit(browser, f"http://127.0.0.1:{house.port}") as visitor:
        page = visitor.page
        visitor.sign_in(guest.secret)
        page.get_by_label("Model").select_option(WITH)
        visitor.fill("a kite")
        page.get_by_label("Use ink").check()
        page.get_by_label("Strength of ink").fill("-0.5")
        expect(page.locator(".code code")).to_contain_text('"scale": -0.5')
        visitor.generate()
        visitor.wait_for_picture()
    listed = guest.http.get("/inference-request/request-history").json()["history"]
    assert listed[0]["request_body"]["loras"] == [{"name": "ink", "scale": -0.5}]


def test_a_broken_stream_goes_on_behind_what_was_seen(visitor: Visitor) -> None:
    """The first stream ends after one event; the next one asks for what came after it."""
    asked: list[str | None] = []
    event = {"status": "PROCESSING", "progress": 0.1, "steps": {"done": 1, "total": 9}}

    def cut(route: Route) -> None:
        asked.append(route.request.headers.get("last-event-id"))
        if len(asked) == 1:
            text = f"id: 7\nevent: progress\ndata: {json.dumps(event)}\n\nid: 8\nevent: pro"
            route.fulfill(body=text, content_type="text/event-stream")
        else:
            route.continue_()

    visitor.page.route("**/events?*", cut)
    visitor.fill("a red kite", steps="4")
    visitor.generate()
    visitor.wait_for_picture()
    assert asked == [None, "7"]


def test_a_key_that_is_revoked_leads_back_to_the_door(browser: Browser, site: Site) -> None:
    with visit(browser, site.url) as visitor:
        visitor.may_fail = (401,)
        visitor.sign_in(site.server.key)
        visitor.page.route("**/v1/usage*", lambda route: route.fulfill(status=401, json={"error": "Invalid API key"}))
        visitor.page.get_by_role("link", name="Usage").click()
        expect(visitor.page.get_by_role("alert")).to_have_text("The key is not valid any more.")
        assert visitor.page.evaluate("sessionStorage.length") == 0


def test_a_server_without_keys_asks_for_none(browser: Browser, tmp_path: Path) -> None:
    with (
        open_house(tmp_path, working=True, open_credits=5.0, page_files=FILES) as open_mode,
        visit(browser, f"http://127.0.0.1:{open_mode.port}") as visitor,
    ):
        visitor.page.goto(f"{visitor.url}/ui/")
        visitor.fill("a kite")
        visitor.generate()
        visitor.wait_for_picture()
        expect(visitor.page.get_by_role("button", name="Sign out")).to_have_count(0)
        expect(visitor.page.locator("#balance")).to_have_text("4.975 credits")
