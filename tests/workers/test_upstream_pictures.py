"""Pictures of another server are fetched from where the operator said, without the key, and looked at first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from imagend.engine.events import Finished
from tests.workers.strange import Say, Strange, png
from tests.workers.test_upstream import RECIPE, House


@pytest.fixture
def there() -> Iterator[Strange]:
    with Strange() as server:
        yield server


@pytest.fixture
def elsewhere() -> Iterator[Strange]:
    with Strange() as server:
        yield server


def test_a_host_that_nobody_named_is_not_asked(there: Strange, elsewhere: Strange) -> None:
    there.result([{"url": f"{elsewhere.url}/picture"}])
    assert "not among picture_hosts" in House(there).operator_hears()
    assert elsewhere.asked == []


def test_a_named_host_does_not_see_the_key(there: Strange, elsewhere: Strange) -> None:
    there.result([{"url": f"{elsewhere.url}/picture"}])
    assert isinstance(House(there, picture_hosts=(elsewhere.address,)).run()[0], Finished)
    [asked] = elsewhere.asked
    assert "x-api-key" not in asked.headers


@pytest.mark.parametrize("link", ["file:///etc/passwd", "//evil.example/picture", "http://127.0.0.1:1/x", "gopher://x"])
def test_links_lead_nowhere_else(there: Strange, link: str) -> None:
    there.result([{"url": link}])
    assert "not among picture_hosts" in House(there).operator_hears()


def test_a_redirect_is_not_followed(there: Strange, elsewhere: Strange) -> None:
    there.script("GET /picture", Say(status=302, headers={"location": f"{elsewhere.url}/picture"}))
    assert "302" in House(there).operator_hears()
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html>sorry</html>", "no picture"),
        (png()[:60], "no picture"),
        (png(64, 64), "64 x 64 in place of 64 x 32"),
        (png(640, 320), "far larger"),
    ],
)
def test_what_is_no_such_picture_is_refused(there: Strange, content: bytes, told: str) -> None:
    there.script("GET /picture", Say(content=content))
    assert told in House(there).operator_hears()


def test_sizes_that_were_rounded_are_scaled(there: Strange) -> None:
    there.script("GET /picture", Say(content=png(66, 32)))
    [picture] = House(there).run()
    assert isinstance(picture, Finished)
    assert picture.pixels.shape == (32, 64, 3)


def test_a_file_without_end_is_cut_off(there: Strange) -> None:
    there.script("GET /picture", Say(content=b"\0" * 5_000_000))
    assert "more than 77824 bytes" in House(there).operator_hears()
    assert len([asked for asked in there.asked if asked.path == "/picture"]) == 1


def test_the_links_of_a_plain_server_are_enough(there: Strange) -> None:
    """`output` alone, or a list of links, without seeds."""
    there.result([], output=f"{there.url}/picture")
    assert isinstance(House(there).run()[0], Finished)
    there.result([f"{there.url}/picture"] * 2)
    first, second = House(there, replace(RECIPE, count=2)).run()
    assert isinstance(first, Finished)
    assert isinstance(second, Finished)
    assert (first.seed, second.seed) == (7, 8)


def test_an_order_without_pictures_is_a_failure(there: Strange) -> None:
    there.result([])
    assert "without pictures" in House(there).operator_hears()
