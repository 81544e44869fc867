"""How the web pages are served: types, caching, policy, and out of the way of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import imagend
from tests.api.house import House, open_house

FILES = {file.name: file.read_bytes() for file in (Path(imagend.__file__).parent / "web").iterdir() if file.is_file()}
TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(
        tmp_path_factory.mktemp("paged"), page_files=FILES, picture_origins=("https://store.test",)
    ) as house:
        yield house


@pytest.fixture
def http(paged: House) -> Iterator[httpx.Client]:
    with paged.client() as client:
        yield client


def addresses(http: httpx.Client, path: str = "/ui/", **headers: str) -> list[str]:
    """What a browser would load for a page, from where it is."""
    page = http.get(path, headers=headers)
    assert page.status_code == 200
    base = httpx.URL(f"http://127.0.0.1{path}")
    return [base.join(found).path for found in re.findall(r'(?:href|src)="([^"]+)"', page.text)]


@pytest.mark.parametrize("path", ["/ui/", "/ui", "/"])
def test_everything_that_the_page_names_is_there_and_may_be_kept(http: httpx.Client, path: str) -> None:
    found = addresses(http, path, **BROWSER)
    assert {address.rpartition("/")[2] for address in found} == set(FILES) - {"index.html"}
    for address in found:
        file = http.get(address)
        name = address.rpartition("/")[2]
        assert file.status_code == 200, address
        assert file.content == FILES[name]
        assert file.headers["content-type"] == TYPES[name.rpartition(".")[2]]
        assert "immutable" in file.headers["cache-control"]


def test_the_policy_lets_nothing_in_from_elsewhere(http: httpx.Client) -> None:
    for path in ("/ui/", addresses(http)[0]):
        headers = http.get(path).headers
        said = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert said["default-src"] == "'none'"
        assert said["script-src"] == said["style-src"] == said["connect-src"] == "'self'"
        assert said["img-src"] == "'self' data: https://store.test"
        assert said["frame-ancestors"] == said["base-uri"] == said["form-action"] == "'none'"
        assert said["require-trusted-types-for"] == "'script'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_document_is_asked_for_anew_and_answered_shortly(http: httpx.Client) -> None:
    page = http.get("/ui/")
    assert page.headers["cache-control"] == "no-cache"
    again = http.get("/ui/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert http.get("/ui/", headers={"if-none-match": 'W/"other"'}).status_code == 200


def test_files_are_packed_for_those_who_can_unpack(http: httpx.Client) -> None:
    address = addresses(http)[1]
    packed = http.get(address, headers={"accept-encoding": "gzip"})
    plain = http.get(address, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2


@pytest.mark.parametrize("name", ["nothing.js", "index.html", "..%2Fsettings.py", "%2e%2e", "app.css%00"])
def test_other_names_are_missing(http: httpx.Client, name: str) -> None:
    build = addresses(http)[0].split("/")[2]
    assert http.get(f"/ui/{build}/{name}").status_code == 404
    assert http.get(f"/ui/0123456789abcdef/{FILES and 'app.css'}").status_code == 404


def test_programs_still_get_the_routes_at_the_root(http: httpx.Client) -> None:
    body = http.get("/").json()
    assert body["name"] == "imagend"
    assert body["pages"] == "/ui/"
    assert http.get("/", headers=BROWSER).text.startswith("<!doctype html>")


def test_other_methods_are_refused(http: httpx.Client) -> None:
    answer = http.post("/ui/", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_without_pages_there_are_none(house: House) -> None:
    with house.client() as client:
        assert client.get("/ui/").status_code == 404
        assert "pages" not in client.get("/", headers=BROWSER).json()


def test_nothing_in_the_files_names_another_place() -> None:
    """Addresses in them are namespaces of SVG only; no styles or handlers stand in markup, which the policy forbids."""
    text = "\n".join(data.decode() for data in FILES.values())
    assert set(re.findall(r"https?://[^\s\"'`)]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    assert not re.search(r"\son\w+=|style=", FILES["index.html"].decode())
    assert sum(len(data) for data in FILES.values()) < 200_000
    assert {name: data.count(b"\n") for name, data in FILES.items() if data.count(b"\n") > 400} == {}
