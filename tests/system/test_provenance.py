"""Pictures of a real server, looked at by `imagend verify`: as they came, saved again, smaller, and changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.system.running import Server, imagend

BODY = {"prompt": "a red ball on a beach", "width": 512, "height": 512, "steps": 4, "seed": 3}


def fetched(server: Server, folder: Path, **changes: Any) -> Path:
    """The file that POST /v1 leads to."""
    answer = server.post("/v1/imagen-4-fast", BODY | changes)
    assert answer.status_code == 200, answer.text
    file = folder / f"picture.{changes.get('output_format', 'jpeg')}"
    with server.client() as client:
        file.write_bytes(client.get(answer.json()["output"]).content)
    return file


def verified(*files: Path, data_dir: Path) -> tuple[int, list[dict[str, Any]]]:
    done = imagend("verify", "--json", "--data-dir", str(data_dir), *map(str, files), check=False)
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_pictures_of_v1_show_where_they_come_from(server: Server, tmp_path: Path, kind: str) -> None:
    file = fetched(server, tmp_path, output_format=kind)
    status, (report,) = verified(file, data_dir=server.data_dir)
    assert (status, report["confirmed"]) == (0, True)
    manifest, mark = report["c2pa"], report["watermark"]
    assert (manifest["state"], manifest["issuer"], manifest["ai_generated"]) == (
        "valid",
        "self-signed, this server",
        True,
    )
    assert manifest["facts"] | {"seed": 3, "backend": "sketch", "slug": "imagen-4-fast"} == manifest["facts"]
    assert (mark["ours"], mark["server"]) == (True, manifest["facts"]["watermark"])
    assert b"red ball" not in file.read_bytes()


def test_the_binary_answer_carries_the_same(server: Server, tmp_path: Path) -> None:
    answer = server.post("/v1/imagen-4-fast", BODY | {"response_format": "binary", "output_format": "png"})
    file = tmp_path / "binary.png"
    file.write_bytes(answer.content)
    assert verified(file, data_dir=server.data_dir)[0] == 0


def test_saved_again_and_made_smaller(server: Server, tmp_path: Path) -> None:
    small = tmp_path / "small.jpeg"
    with Image.open(fetched(server, tmp_path)) as picture:
        picture.resize((384, 384)).save(small, quality=75)
    status, (report,) = verified(small, data_dir=server.data_dir)
    assert (status, report["c2pa"], report["watermark"]["ours"]) == (0, None, True)
    words = imagend("verify", "--data-dir", str(server.data_dir), str(small)).stdout
    assert "provenance confirmed" in words
    assert "this server's" in words


def test_elsewhere_the_same_picture_is_a_strangers(server: Server, tmp_path: Path) -> None:
    file = fetched(server, tmp_path)
    status, (report,) = verified(file, data_dir=tmp_path / "nobody")
    assert (status, report["c2pa"]["issuer"], report["watermark"]["ours"]) == (0, "self-signed, another server", None)
    assert not (tmp_path / "nobody").exists(), "verifying makes no key"


def test_nothing_shown_is_status_one(server: Server, tmp_path: Path) -> None:
    good, bad, plain = fetched(server, tmp_path), tmp_path / "bad.jpeg", tmp_path / "plain.png"
    changed = bytearray(good.read_bytes())
    changed[len(changed) // 2] ^= 1
    bad.write_bytes(changed)
    Image.new("RGB", (128, 128)).save(plain)
    for file in (bad, plain):
        status, reports = verified(good, file, data_dir=server.data_dir)
        assert (status, [one["confirmed"] for one in reports]) == (1, [True, False])
    missing = imagend("verify", str(tmp_path / "missing.png"), check=False)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)


def test_leaving_the_mark_out_needs_permission(server: Server, tmp_path: Path) -> None:
    answer = server.post("/v1/imagen-4-fast", BODY | {"add_watermark": False})
    assert "add_watermark" in json.dumps(answer.json()["warnings"])
    file = tmp_path / "marked.jpeg"
    with server.client() as client:
        file.write_bytes(client.get(answer.json()["output"]).content)
    assert verified(file, data_dir=server.data_dir)[1][0]["watermark"]["ours"]


def test_an_operator_who_allows_it_and_wants_prompts(new_server: Callable[..., Server], tmp_path: Path) -> None:
    server = new_server("--workers", "1", "--set", "may_skip_watermark=true", "--set", "provenance_prompt=true")
    file = fetched(server, tmp_path, add_watermark=False)
    _, (report,) = verified(file, data_dir=server.data_dir)
    assert (report["watermark"], report["c2pa"]["facts"]["prompt"]) == (None, BODY["prompt"])
    assert "watermark" not in report["c2pa"]["facts"]


def test_an_operator_who_wants_nothing_of_it(new_server: Callable[..., Server], tmp_path: Path) -> None:
    server = new_server("--workers", "1", "--set", "provenance=off")
    file = fetched(server, tmp_path)
    status, (report,) = verified(file, data_dir=server.data_dir)
    assert (status, report["c2pa"], report["watermark"]) == (1, None, None)
    assert not (server.data_dir / "provenance.pem").exists()


def test_a_wrong_certificate_stops_the_start(tmp_path: Path) -> None:
    text = tmp_path / "text.pem"
    text.write_text("not a certificate")
    pair = ["--set", f"provenance_certificate={text}", "--set", f"provenance_key={text}"]
    done = imagend("serve", "--port", "0", "--data-dir", str(tmp_path / "data"), *pair, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "holds no certificates in PEM" in done.stderr
