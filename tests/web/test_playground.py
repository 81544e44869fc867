"""A person makes pictures in a real browser, on a real server with the bundled model."""

from __future__ import annotations

import httpx
from playwright.sync_api import Browser, expect

from tests.web.conftest import Site
from tests.web.visitor import Visitor, visit


def test_a_picture_forms_before_ones_eyes(visitor: Visitor) -> None:
    page = visitor.page
    visitor.fill("a red kite over a green hill", steps="40")
    expect(page.locator(".price")).to_have_text("0.025 credits")
    page.evaluate(
        """() => { window.seen = new Set(); window.pictures = new Set();
        setInterval(() => {
          const bar = document.querySelector('progress'), image = document.querySelector('.forming img');
          if (bar) window.seen.add(bar.value);
          if (image?.src) window.pictures.add(image.src);
        }, 10); }"""
    )
    visitor.generate()
    visitor.wait_for_picture()
    assert len(page.evaluate("[...window.seen]")) >= 4
    assert len(page.evaluate("[...window.pictures]")) >= 2
    picture = page.locator(".pictures img")
    assert (picture.get_attribute("width"), picture.get_attribute("height")) == ("256", "256")
    assert picture.get_attribute("alt") == "a red kite over a green hill"
    expect(page.locator("#balance")).to_contain_text("999.")
    assert int(page.locator("#field-seed").input_value()) >= 0


def test_a_seed_that_is_kept_makes_the_same_picture(visitor: Visitor) -> None:
    page = visitor.page
    visitor.fill("a blue boat", steps="4", seed="77")
    expect(page.get_by_role("button", name="Keep this seed")).to_have_attribute("aria-pressed", "true")
    for _ in range(2):
        visitor.generate()
        visitor.wait_for_picture()
        expect(page.locator("figcaption")).to_contain_text("seed 77")
        page.evaluate("document.querySelector('.pictures').remove()")


def test_several_pictures_cost_several_times_as_much(visitor: Visitor) -> None:
    visitor.fill("a yellow bird", steps="4", num_images="2")
    expect(visitor.page.locator(".price")).to_have_text("0.05 credits")
    visitor.generate()
    visitor.wait_for_picture()
    expect(visitor.page.locator(".pictures figure")).to_have_count(2)


def test_cancel_ends_it_free_of_charge(visitor: Visitor) -> None:
    page = visitor.page
    before = page.locator("#balance").text_content()
    visitor.fill("a storm", steps="100", width="1024", height="1024")
    visitor.generate()
    visitor.wait_for_steps()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".stage")).to_contain_text("Cancelled")
    expect(page.locator("#balance")).to_have_text(before or "")
    expect(page.get_by_role("button", name="Generate")).to_be_enabled()


def test_a_refusal_stands_at_the_field_that_the_server_names(visitor: Visitor) -> None:
    visitor.may_fail = (400,)
    page = visitor.page
    visitor.fill("a red kite", steps="900")
    visitor.generate()
    field = page.locator("[data-field=steps]")
    expect(field.locator(".error")).to_have_text("steps must be an integer from 1 to 100")
    number = page.locator("#field-steps")
    expect(number).to_be_focused()
    expect(number).to_have_attribute("aria-invalid", "true")
    assert number.get_attribute("aria-describedby") == field.locator(".error").get_attribute("id")
    number.fill("4")
    expect(field.locator(".error")).to_be_hidden()


def test_a_prompt_that_is_not_allowed_is_told_in_the_picture_s_place(visitor: Visitor) -> None:
    visitor.fill("a naked person", steps="4")
    visitor.generate()
    expect(visitor.page.locator(".stage [role=alert]")).to_contain_text("safety")


def test_a_reload_finds_the_picture_and_the_form_again(visitor: Visitor) -> None:
    page = visitor.page
    visitor.fill("a green hill", steps="60", width="512", height="512")
    visitor.generate()
    visitor.wait_for_steps()
    page.reload()
    visitor.wait_for_picture()
    assert page.locator("#field-prompt").input_value() == "a green hill"


def test_every_model_has_the_form_of_its_card(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    listed = httpx.get(f"{site.url}/inference-model-information/list", headers={"x-api-key": site.server.key}).json()
    for model in listed["models"]:
        page.get_by_label("Model").select_option(model["slug"])
        visitor.more()
        for name, schema in model["parameters"]["properties"].items():
            if name == "size":  # the same as width and height
                continue
            field = page.locator(f"[data-field={name}]")
            expect(field).to_be_visible()
            if name == "aspect_ratio":
                assert field.locator("svg").count() == len(schema["enum"])
                expect(field.locator(f"input[value='{schema['default']}']")).to_be_checked()
            elif "minimum" in schema and name != "seed":
                bounds = [field.locator("input[type=range]").get_attribute(side) for side in ("min", "max")]
                assert [float(bound or "nan") for bound in bounds] == [schema["minimum"], schema["maximum"]]


def test_the_key_lives_in_the_tab_and_ends_with_it(browser: Browser, site: Site) -> None:
    with visit(browser, site.url) as visitor:
        visitor.may_fail = (401,)
        page = visitor.page
        page.goto(f"{site.url}/ui/")
        page.get_by_label("API key").fill("SG_nobody")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("This key is not known here.")
        addresses: list[str] = []
        page.on("request", lambda request: addresses.append(request.url))
        visitor.sign_in(site.server.key)
        assert page.evaluate("Object.values(localStorage)") == []
        assert site.server.key in page.evaluate("Object.values(sessionStorage)")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("API key")).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0
        assert not [address for address in addresses if site.server.key in address]


def test_without_a_mouse(browser: Browser, site: Site) -> None:
    """From the key to the picture and on to the gallery with the keyboard; what has the focus shows it."""
    with visit(browser, site.url) as visitor:
        page = visitor.page
        page.goto(f"{site.url}/")
        page.wait_for_selector("#key")
        page.keyboard.type(site.server.key)
        page.keyboard.press("Enter")
        page.wait_for_selector(".form")
        for wanted in ("prompt", "aspect_ratio", "num_images"):
            tab_to(visitor, f"[data-field={wanted}]")
            if wanted == "prompt":
                page.keyboard.type("a lighthouse")
            elif wanted == "aspect_ratio":
                page.keyboard.press("ArrowLeft")
            else:
                page.keyboard.press("ArrowRight")
        expect(page.locator("[data-field=aspect_ratio] input[value='9:16']")).to_be_checked()
        expect(page.locator("#field-num_images")).to_have_value("2")
        page.keyboard.press("ArrowLeft")
        tab_to(visitor, ".send button")
        page.keyboard.press("Enter")
        visitor.wait_for_picture()
        tab_to(visitor, "nav a[data-page=gallery]", key="Shift+Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(".shot")
        tab_to(visitor, ".shot .open")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.evaluate("document.activeElement.matches('.shot .open')")


def tab_to(visitor: Visitor, selector: str, key: str = "Tab") -> None:
    inside = f"document.activeElement.closest({selector!r}) !== null"
    for _ in range(60):
        visitor.page.keyboard.press(key)
        if visitor.page.evaluate(inside):
            ring = "(e) => getComputedStyle(e).outlineStyle + getComputedStyle(e.parentElement).outlineStyle"
            assert "solid" in visitor.page.evaluate(f"({ring})(document.activeElement)"), f"no ring at {selector}"
            return
    raise AssertionError(f"{key} does not reach {selector}")
