"""The whole way with an object store: a real gateway process, worker processes that put pictures into the bucket."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from imagend.blobs.s3 import S3Blobs
from tests.servers.swift import SwiftServer, s3_server
from tests.system.running import Server, imagend

__all__ = ["s3_server"]

pytestmark = pytest.mark.system
BODY = {"prompt": "a red ball", "width": 256, "height": 256, "num_inference_steps": 4, "output_format": "png"}


def settings(s3: SwiftServer, bucket: str, **more: str) -> dict[str, str]:
    return {
        **s3.environment(),
        "IMAGEND_OBJECT_STORE_URL": f"s3://{bucket}/pictures",
        "IMAGEND_INLINE_RESULT_BYTES": "0",
        "IMAGEND_WORKERS": "1",
        "IMAGEND_RESERVE_WORKERS": "0",
        **more,
    }


@pytest.fixture(scope="module")
def bucket(s3_server: SwiftServer) -> str:
    return s3_server.new_bucket()


@pytest.fixture(scope="module")
def served(
    s3_server: SwiftServer, bucket: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, S3Blobs]]:
    running = Server(tmp_path_factory.mktemp("objects"), settings=settings(s3_server, bucket)).start()
    yield running, S3Blobs(s3_server.bucket(bucket, prefix="pictures"), time.time)
    assert running.stop() == 0, "\n".join(running.lines)
    assert s3_server.secret not in "\n".join(running.lines)


def result(server: Server, **more: Any) -> dict[str, Any]:
    answer = server.post("/v1/imagen-4-fast", BODY | more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_v1_and_v2_with_links_of_the_gateway(served: tuple[Server, S3Blobs]) -> None:
    server, blobs = served
    before = set(blobs.list("r"))
    url = result(server)["output"]
    [key] = set(blobs.list("r")) - before
    assert url.startswith(f"{server.url}/generations/{key.removeprefix('r/')}?")
    whole = httpx.get(url, trust_env=False)
    assert whole.content == blobs.read(key)
    assert "put" not in blobs._noted(key)  # the worker put it there, not the gateway
    assert httpx.get(url, headers={"range": "bytes=1-3"}, trust_env=False).content == b"PNG"
    assert httpx.head(url, trust_env=False).headers["content-length"] == str(len(whole.content))
    binary = server.post("/v1/imagen-4-fast", BODY | {"response_format": "binary"})
    assert binary.content.startswith(b"\x89PNG")
    with server.client() as client:
        request_id = client.post("/v2/imagen-4-fast", json=BODY).json()["request_id"]
        until = time.monotonic() + 60
        while (answer := client.get(f"/v2/requests/{request_id}")).json()["status"] not in ("COMPLETED", "FAILED"):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert answer.json()["status"] == "COMPLETED", answer.text
        assert httpx.get(answer.json()["output"], trust_env=False).status_code == 200
    for key in list(blobs.list("r")):  # behind the gateway's back
        blobs.delete(key)
    gone = httpx.get(url, trust_env=False)
    assert (gone.status_code, gone.json()["code"]) == (404, "blob_missing")


def test_uploads_lie_in_the_bucket_too(served: tuple[Server, S3Blobs]) -> None:
    server, blobs = served
    url = result(server)["output"]
    picture = httpx.get(url, trust_env=False).content
    with server.client() as client:
        data = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        [link] = client.post("/upload-asset", json={"data_urls": [data]}).json()["file_urls"]
    assert httpx.get(link, trust_env=False).content == picture
    [key] = blobs.list("a")
    assert blobs.stat(key).size == len(picture)


def test_links_of_the_store_and_pictures_through_the_gateway(
    s3_server: SwiftServer, bucket: str, tmp_path: Path
) -> None:
    options = {"IMAGEND_PICTURE_LINKS": "store", "IMAGEND_OBJECT_STORE_UPLOADS": "gateway"}
    file = tmp_path / "keys"
    file.write_text(f"aws_access_key_id={s3_server.key_id}\naws_secret_access_key={s3_server.secret}\n")
    chosen = settings(s3_server, bucket, **options, IMAGEND_OBJECT_STORE_CREDENTIALS=str(file))
    del chosen["AWS_ACCESS_KEY_ID"], chosen["AWS_SECRET_ACCESS_KEY"]
    running = Server(tmp_path / "data", settings=chosen).start()
    try:
        url = result(running)["output"]
        assert url.startswith(s3_server.endpoint + f"/{bucket}/pictures/r/")
        answer = httpx.get(url, trust_env=False)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert "X-Amz-Expires=604800" in url
        assert httpx.get(url.replace(urlsplit(url).path[-8:], "x.png"), trust_env=False).status_code == 403
    finally:
        assert running.stop() == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "not-the-secret"}, "refuses the access key"),
        ({"IMAGEND_OBJECT_STORE_URL": "s3://no-such-bucket"}, "there is no bucket"),
        ({"AWS_ACCESS_KEY_ID": ""}, "the environment has no AWS_ACCESS_KEY_ID"),
        ({"IMAGEND_OBJECT_STORE_URL": "http://bucket"}, "object_store_url must be s3://bucket"),
    ],
)
def test_a_wrong_setting_stops_the_start_in_one_line(
    wrong: dict[str, str], said: str, s3_server: SwiftServer, bucket: str, tmp_path: Path
) -> None:
    done = imagend(
        "serve", "--data-dir", str(tmp_path), "--port", "0", check=False,
        **settings(s3_server, bucket, IMAGEND_OBJECT_STORE_TIMEOUT_SECONDS="20") | wrong,
    )  # fmt: skip
    assert done.returncode != 0
    shown = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert len(shown) == 1, shown
    assert said in shown[0]
    assert "not-the-secret" not in shown[0]
