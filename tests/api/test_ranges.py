"""Parts of pictures, pictures that are gone, pictures that lie in the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.house import Guest, open_house


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Guest, str, bytes]]:
    with open_house(tmp_path_factory.mktemp("ranges")) as opened:
        guest = opened.guest()
        url = url_of(guest)
        yield guest, url, guest.http.get(url).content


def url_of(guest: Guest) -> str:
    request_id = guest.finished(width=512, height=512, output_format="png")
    return str(guest.http.get(f"/v2/requests/{request_id}").json()["output"])


def ask(guest: Guest, url: str, said: str, method: str = "GET", **more: str) -> httpx.Response:
    return guest.http.request(method, url, headers={"range": said, **more})


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-7", -7, None),
        ("bytes=5-999999999", 5, None), ("Bytes=1-2", 1, 2), ("bytes= 1-2", 1, 2), ("bytes=-999999999", 0, None),
    ],
)  # fmt: skip
def test_one_part(served: tuple[Guest, str, bytes], said: str, first: int, last: int | None) -> None:
    guest, url, whole = served
    start = first % len(whole)
    stop = len(whole) if last is None else last + 1
    for method in ("GET", "HEAD"):
        answer = ask(guest, url, said, method)
        assert int(answer.headers["content-length"]) == stop - start
        if stop - start == len(whole):  # all of it: 200 says it as well
            assert answer.status_code == 200
            continue
        assert answer.status_code == 206
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
        assert answer.content == (whole[start:stop] if method == "GET" else b"")
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    "said", ["bytes=0-1,3-4", "items=0-1", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-3", "0-1", f"bytes={10**50}-"]
)  # fmt: skip
def test_what_is_no_single_range_gets_the_whole(served: tuple[Guest, str, bytes], said: str) -> None:
    guest, url, whole = served
    answer = ask(guest, url, said)
    assert (answer.status_code, answer.content) == (200, whole)


@pytest.mark.parametrize("said", ["bytes=999999999-", "bytes=999999999-1000000000", "bytes=-0"])
def test_a_part_beyond_the_end(served: tuple[Guest, str, bytes], said: str) -> None:
    guest, url, whole = served
    answer = ask(guest, url, said)
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"


def test_if_range(served: tuple[Guest, str, bytes]) -> None:
    guest, url, whole = served
    etag = guest.http.head(url).headers["etag"]
    assert ask(guest, url, "bytes=0-9", **{"if-range": etag}).status_code == 206
    for other in ('"another"', "Sat, 21 Nov 2026 00:00:00 GMT", f"W/{etag}"):
        assert ask(guest, url, "bytes=0-9", **{"if-range": other}).content == whole


def test_small_pictures_have_the_same_links(tmp_path: Path) -> None:
    with open_house(tmp_path, inline_bytes=8192) as house:
        guest = house.guest()
        url = url_of(guest)
        whole = guest.http.get(url)
        assert whole.status_code == 200
        assert list(house.blobs.list("r")) == []
        assert ask(guest, url, "bytes=1-3").content == whole.content[1:4] == b"PNG"
        assert guest.http.get(url.replace("/generations/i/", "/generations/")).status_code == 404
        assert whole.headers["content-type"] == "image/png"


@pytest.mark.parametrize("small", [False, True])
def test_a_paid_picture_that_is_gone_is_a_clear_error_everywhere(tmp_path: Path, small: bool) -> None:
    with open_house(tmp_path, working=True, inline_bytes=8192 if small else 0) as house:
        guest = house.guest()

        body = {"prompt": "a kite", "width": 512, "height": 512}
        sent = {"idempotency-key": "same"}
        request_id = guest.http.post("/v1/imagen-4-fast", json=body, headers=sent).headers["x-request-id"]
        for key in list(house.blobs.list("r")):
            house.blobs.delete(key)
        house.store.write(lambda tx: tx.drop_inline(request_id))
        for asked in ("image/*", "application/json; base64"):
            answer = guest.http.post("/v1/imagen-4-fast", json=body, headers={**sent, "accept": asked})
            if asked == "image/*":
                assert answer.status_code == 404
                assert answer.json()["code"] == "blob_missing"
                assert "gone" in answer.json()["error"]
            else:
                assert answer.status_code == 200  # its links say so when they are followed
                assert guest.http.get(answer.json()["output"]).json()["code"] == "blob_missing"
        assert guest.http.get(f"/v2/requests/{request_id}/status").json()["status"] == "COMPLETED"
