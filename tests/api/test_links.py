"""Absolute URLs and the public links to pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.house import Guest, House, open_house


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("proxy"), trust_proxy=True) as opened:
        yield opened


def base_in(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    base = str(body["status_url"]).removesuffix(f"/v2/requests/{body['request_id']}/status")
    assert body["response_url"] == f"{base}/v2/requests/{body['request_id']}"
    assert body["poll_url"] == f"{base}/v1/requests/{body['request_id']}"
    return base


def base_seen(guest: Guest, headers: dict[str, str]) -> str:
    return base_in(guest.http.post("/v2/imagen", json={"prompt": "a kite"}, headers=headers))


@pytest.mark.parametrize("host", ["images.example", "images.example:8443", "[::1]:8000", "my_service:8000"])
def test_links_follow_the_host_header(guest: Guest, host: str) -> None:
    assert base_seen(guest, {"host": host}) == f"http://{host}"


def test_a_stranger_cannot_forward(guest: Guest) -> None:
    sent = {"host": "a.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    assert base_seen(guest, sent) == "http://a.example"


@pytest.mark.parametrize(
    ("forwarded", "base"),
    [
        ({"proto": "https"}, "https://inner"),
        ({"proto": "https", "host": "images.example"}, "https://images.example"),
        ({"proto": "HTTPS, http", "host": "images.example, proxy2"}, "https://images.example"),
        ({"host": "images.example", "prefix": "/api/"}, "http://images.example/api"),
        ({"proto": "javascript", "host": "evil host/", "prefix": "//evil"}, "http://inner"),
        ({"prefix": "/a?b"}, "http://inner"),
    ],
)
def test_a_trusted_proxy_is_believed(behind_proxy: House, forwarded: dict[str, str], base: str) -> None:
    headers = {"host": "inner"} | {f"x-forwarded-{name}": value for name, value in forwarded.items()}
    assert base_seen(behind_proxy.guest(), headers) == base


def test_e67_a_configured_origin_wins_over_every_header(tmp_path: Path) -> None:
    with open_house(tmp_path, public_url="https://images.example/api/", trust_proxy=True) as house:
        sent = {"host": "evil.example", "x-forwarded-host": "evil.example"}
        assert base_seen(house.guest(), sent) == "https://images.example/api"


def test_e67_only_allowed_hosts_appear_in_links(tmp_path: Path) -> None:
    with open_house(tmp_path, allowed_hosts=("a.example", "b.example")) as house:
        guest = house.guest()
        assert base_seen(guest, {"host": "b.example"}) == "http://b.example"
        assert base_seen(guest, {"host": "evil.example"}) == "http://a.example"


# --- pictures


def link(guest: Guest, **fields: object) -> str:
    body = guest.http.get(f"/v2/requests/{guest.finished(width=256, height=256, **fields)}").json()
    return str(body["output"])


def test_a_link_needs_no_key_and_says_what_it_is(guest: Guest) -> None:
    url = link(guest, output_format="webp")
    with guest.house.client() as nobody:
        answer, head = nobody.get(url), nobody.head(url)
    name = urlsplit(url).path.rpartition("/")[2]
    assert answer.status_code == head.status_code == 200
    for headers in (answer.headers, head.headers):
        assert headers["content-type"] == "image/webp"
        assert int(headers["content-length"]) == len(answer.content)
        assert headers["content-disposition"] == f'inline; filename="{name}"'
        assert headers["cache-control"] == "public, max-age=604800, immutable"
        assert headers["etag"] == f'"{name.removesuffix(".webp")}"'
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["access-control-allow-origin"] == "*"
    assert head.content == b""


def test_output_is_a_plain_url_that_ends_in_its_format(guest: Guest) -> None:
    url = link(guest)
    assert re.fullmatch(r"http://[^/]+/generations/[\w/-]+\.jpeg\?expires=\d+&signature=[0-9a-f]{64}", url)


def test_tampered_links_are_404(guest: Guest) -> None:
    url, other = link(guest, seed=1), link(guest, seed=2)
    path, query = url.split("?")
    worse = [
        path,
        f"{path}?",
        f"{path}?expires=99999999999&{query.partition('&')[2]}",
        f"{other.partition('?')[0]}?{query}",
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        f"{path}?{query.partition('&')[0]}&signature=ü",
        f"{path}?expires={'9' * 5000}&signature=x",
        url.replace(".jpeg?", ".png?"),
        path.rpartition("/")[0] + "/../../../pepper?" + query,
        path.partition("/generations/")[0] + "/generations/..%2F..%2Fpepper?" + query,
        path.partition("/generations/")[0] + "/generations/?" + query,
    ]
    for address in worse:
        answer = guest.http.get(address)
        assert answer.status_code == 404, address
        assert answer.json() == {"error": "Not Found"}
    assert guest.http.get(url).status_code == 200


def test_links_end(guest: Guest) -> None:
    url = link(guest)
    guest.house.clock.now += 604_799
    assert guest.http.get(url).headers["cache-control"].startswith("public, max-age=1,")
    guest.house.clock.now += 2
    assert guest.http.get(url).status_code == 404


def test_links_do_not_tell_whose_they_are(guest: Guest) -> None:
    assert guest.account_id not in link(guest)


def test_a_forgotten_picture_is_404(guest: Guest) -> None:
    before = set(guest.house.blobs.list("r"))
    url = link(guest)
    (key,) = set(guest.house.blobs.list("r")) - before
    guest.house.blobs.delete(key)
    for method in ("GET", "HEAD"):
        answer = guest.http.request(method, url)
        assert answer.status_code == 404
    assert guest.http.get(url).json()["code"] == "blob_missing"
    assert key not in guest.http.get(url).text
