"""What only object stores have: keys that are refused, signed URLs, answers that lie."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from imagend.blobs.base import Target
from imagend.blobs.s3 import S3Blobs, content_of
from imagend.core.errors import BadSetting, BlobMissing
from tests.servers.swift import SwiftServer

KEY = "r/2026010112/job-1/1-0-abc.png"
DATA = b"\x89PNG and so on" * 1000


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"secret": "not the secret"}, "refuses the access key"),
        ({"key_id": "imagend:stranger"}, "refuses the access key"),
        ({"name": "no-such-bucket"}, "there is no bucket no-such-bucket"),
        ({"endpoint": "http://127.0.0.1:1"}, "does not answer as an object store"),
        ({"region": "mars-1"}, "object_store_url: "),
    ],
)
def test_a_start_with_a_wrong_word_says_which_in_one_line(
    s3_server: SwiftServer, bucket_name: str, wrong: dict[str, Any], said: str
) -> None:
    name = wrong.get("name", bucket_name)
    with pytest.raises(BadSetting, match=said) as caught:
        S3Blobs(s3_server.bucket(**{"name": name} | wrong), time.time, timeout_seconds=20.0).probe()
    assert "\n" not in caught.value.message
    assert s3_server.secret not in caught.value.message


def test_the_probe_leaves_nothing(s3_blobs: S3Blobs) -> None:
    s3_blobs._tags_are_md5 = False
    s3_blobs.probe()
    assert s3_blobs._tags_are_md5
    assert list(s3_blobs.list("probe")) == []


def test_secrets_are_in_no_text(s3_server: SwiftServer) -> None:
    bucket = s3_server.bucket("some", session_token="token-token")
    assert s3_server.secret not in repr(bucket)
    assert "token-token" not in repr(bucket)


def test_the_environment_of_other_programs_is_not_mixed_in(
    s3_server: SwiftServer, bucket_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "AWS_ACCESS_KEY_ID": "imagend:stranger", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "bogus",
        "AWS_SKIP_SIGNATURE": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "mars-1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, text)
    S3Blobs(s3_server.bucket(bucket_name), time.time, 20.0).probe()


# --- one PUT by somebody else


def put(target: Target, data: bytes = DATA, **changes: str) -> httpx.Response:
    headers = {name: text for name, text in (target.headers | changes).items() if text}
    return httpx.put(target.url, content=data, headers=headers, trust_env=False)


def target_of(blobs: S3Blobs, key: str = KEY, seconds: int = 60) -> Target:
    found = blobs.target(key, content_of(DATA, "image/png"), seconds)
    assert found is not None
    return found


def test_a_target_takes_its_content_once(s3_blobs: S3Blobs) -> None:
    target = target_of(s3_blobs)
    assert put(target).status_code == 200
    assert s3_blobs.read(KEY) == DATA
    assert s3_blobs.stat(KEY).sha256 == content_of(DATA, "image/png").sha256
    assert put(target).status_code == 412
    assert target.url not in repr(target)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: put(one, b"other bytes"),
        lambda one: put(one, DATA + b"!"),
        lambda one: put(one, b"other bytes", **{"content-md5": content_of(b"other bytes", "").md5}),
        lambda one: put(one, **{"content-md5": ""}),
        lambda one: put(one, **{"if-none-match": ""}),
        lambda one: put(one, **{"x-amz-meta-sha256": "0" * 64}),
        lambda one: put(one, **{"content-type": "text/html"}),
        lambda one: put(one, **{"x-amz-acl": "public-read"}),
        lambda one: httpx.put(one.url.replace("1-0-abc", "1-0-abd"), content=DATA, headers=one.headers),
        lambda one: httpx.put(one.url.replace("Expires=60", "Expires=600"), content=DATA, headers=one.headers),
        lambda one: httpx.put(one.url[:-1] + ("0" if one.url[-1] != "0" else "1"), content=DATA, headers=one.headers),
        lambda one: httpx.get(one.url, headers=one.headers),
        lambda one: httpx.delete(one.url, headers=one.headers),
    ],
)  # fmt: skip
def test_a_target_takes_nothing_else(s3_blobs: S3Blobs, spoil: Callable[[Target], httpx.Response]) -> None:
    assert spoil(target_of(s3_blobs)).status_code in (400, 403)
    with pytest.raises(BlobMissing):
        s3_blobs.stat(KEY)
    assert list(s3_blobs.list("r")) == []


def test_a_target_ends(s3_server: SwiftServer) -> None:
    late = S3Blobs(s3_server.bucket(s3_server.new_bucket()), lambda: time.time() - 100)
    assert put(target_of(late, seconds=60)).status_code == 403
    assert put(target_of(late, seconds=600)).status_code == 200


def test_a_broken_upload_leaves_no_part(s3_blobs: S3Blobs) -> None:
    target = target_of(s3_blobs)

    def half() -> Any:
        yield DATA[: len(DATA) // 2]
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        httpx.put(target.url, content=half(), headers=target.headers | {"content-length": str(len(DATA))})
    assert list(s3_blobs.list("r")) == []
    assert put(target).status_code == 200


# --- links


def link(blobs: S3Blobs, since: float, seconds: int = 3600) -> str:
    found = blobs.link(KEY, since, seconds)
    assert found is not None
    return found


def test_a_link_opens_one_object_for_a_while(s3_blobs: S3Blobs) -> None:
    s3_blobs.put_new(KEY, DATA)
    now = time.time()
    url = link(s3_blobs, now - 3000)
    assert url == link(s3_blobs, now - 3000)
    answer = httpx.get(url, headers={"range": "bytes=1-3"})
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (206, b"PNG", "image/png")
    assert httpx.get(link(s3_blobs, now - 3700)).status_code == 403
    for spoilt in (url.replace("1-0-abc", "1-0-abd"), url.replace("Expires=3600", "Expires=9999"), url[:-1] + "x"):
        assert httpx.get(spoilt).status_code == 403
    assert httpx.put(url, content=b"mine").status_code == 403
    assert s3_blobs.read(KEY) == DATA
    s3_blobs.delete(KEY)
    assert httpx.get(url).status_code == 404
