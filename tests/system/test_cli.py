"""The command line as a user types it."""

from __future__ import annotations

import json
import socket
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.system.running import Server, imagend, pixels_of


def test_keys_work_before_the_first_start_and_beside_the_server(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    before = server.make_key(credits="0.05", name="before")
    server.key = before
    server.start()
    try:
        assert not [line for line in server.lines if "API key" in line], "a first key although there was one"
        assert server.credits() == 0.05
        beside = server.make_key(credits="2", name="beside")
        data = ("--data-dir", str(server.data_dir))
        keys = json.loads(imagend("keys", "list", "--json", *data).stdout)
        assert [(key["name"], key["credits"]) for key in keys] == [("before", 0.05), ("beside", 2.0)]
        assert before not in json.dumps(keys)
        account = keys[0]["account"]
        granted = json.loads(imagend("credits", "grant", account, "1.5", "--json", *data).stdout)
        assert granted[0]["available"] == 1.55
        imagend("keys", "revoke", keys[1]["id"], *data)
        with server.client(beside) as client:
            assert client.get("/v1/get-user-credits").status_code == 401
    finally:
        assert server.stop() == 0


def test_first_start_makes_a_key_and_shows_it_once(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", key="none")
    server.start()
    shown = [line.split()[-1] for line in server.lines if line.startswith("API key")]
    server.key = shown[0]
    assert server.credits() == 1000
    assert server.stop() == 0
    stored = b"".join(file.read_bytes() for file in server.data_dir.glob("imagend.db*"))
    assert shown[0].encode() not in stored
    again = Server(tmp_path / "data", key=shown[0]).start()
    assert again.credits() == 1000
    assert not [line for line in again.lines if line.startswith("API key")]
    assert again.stop() == 0


def test_models_lists_the_four_slugs() -> None:
    rows = json.loads(imagend("models", "--json").stdout)
    assert {row["slug"] for row in rows} == {"imagen", "imagen-4", "imagen-4-fast", "imagen-4-ultra"}


def test_generate_draws_without_a_server(tmp_path: Path) -> None:
    target = tmp_path / "cat.png"
    words = ["a", "black cat in a room", "-o", str(target), "--seed", "4", "--steps", "6", "--json"]
    made = json.loads(imagend("generate", *words[1:], IMAGEND_DATA_DIR=str(tmp_path / "data")).stdout)
    assert (made["seed"], made["file"]) == (4, str(target))
    picture = Image.open(BytesIO(target.read_bytes()))
    assert picture.size == (made["width"], made["height"]) == (1408, 768)
    assert picture.format == "PNG"


def test_generate_on_a_server(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "cat.jpeg"
    words = ["a black cat", "-o", str(target), "--steps", "4", "--json"]
    made = json.loads(imagend("generate", *words, IMAGEND_BASE_URL=server.url, IMAGEND_API_KEY=server.key).stdout)
    assert made["request_id"]
    assert Image.open(BytesIO(target.read_bytes())).size == (1408, 768)
    refused = imagend("generate", *words, check=False, IMAGEND_BASE_URL=server.url, IMAGEND_API_KEY="SG_wrong")
    assert refused.returncode == 2
    assert refused.stderr.startswith("imagend: 401: Unauthorized")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "--set", "beat_seconds=40"], "settings must keep beat_seconds < fence_seconds < lease_seconds"),
        (["serve", "--set", "bogus=1"], "unknown setting bogus"),
        (["serve", "--port", "99999"], "port must be from 0 to 65535, not 99999"),
        (["keys", "create", "--name", "x", "--credits", "lots"], "credits must be a number of credits"),
        (["keys", "create", "--name", "x", "--credits", "-1"], "credits must not be negative"),
        (["generate", "x", "--steps", "101"], "steps must be an integer from 1 to 100"),
        (["generate", " "], "Prompt is Mandatory and must be string"),
        (["generate", "x", "--model", "dall-e"], "Model not found: dall-e"),
    ],
)
def test_mistakes_are_one_clear_line(arguments: list[str], words: str, tmp_path: Path) -> None:
    done = imagend(*arguments, check=False, IMAGEND_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.strip() == f"imagend: {words}"


def test_a_taken_port_and_a_taken_folder(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = imagend("serve", "--port", port, "--data-dir", str(tmp_path), check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    done = imagend("serve", "--port", "0", "--data-dir", str(server.data_dir), check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("imagend: ")


def test_generate_makes_several_pictures(server: Server, tmp_path: Path) -> None:
    words = ["a black cat", "-n", "2", "-s", "7", "--steps", "4", "--json", "-o"]
    place = {"IMAGEND_BASE_URL": server.url, "IMAGEND_API_KEY": server.key}
    here = imagend("generate", *words, str(tmp_path / "a.png"), IMAGEND_DATA_DIR=str(tmp_path / "data"))
    there = imagend("generate", *words, str(tmp_path / "b.png"), **place)
    for done, name in ((here, "a"), (there, "b")):
        made = json.loads(done.stdout)
        assert [Path(file).name for file in made["files"]] == [f"{name}.png", f"{name}-2.png"]
        assert made["seeds"] == [7, 8]
        assert [Image.open(BytesIO(Path(file).read_bytes())).size for file in made["files"]] == [(1408, 768)] * 2


def test_requests_are_listed_shown_repeated_and_cancelled(server: Server, tmp_path: Path) -> None:
    place = {"IMAGEND_BASE_URL": server.url, "IMAGEND_API_KEY": server.make_key(credits="5", name="lists")}
    words = ["a blue boat", "-s", "3", "--steps", "4", "-o", str(tmp_path / "boat.png"), "--json"]
    made = json.loads(imagend("generate", *words, **place).stdout)
    (row,) = json.loads(imagend("requests", "list", "--json", **place).stdout)
    assert (row["request_id"], row["model_status"]) == (made["request_id"], "COMPLETED")
    assert "a blue boat" in imagend("requests", "list", **place).stdout
    shown = imagend("requests", "show", row["request_id"], **place).stdout
    assert "request_body" in shown
    again = tmp_path / "again.png"
    told = json.loads(imagend("requests", "retry", row["request_id"], "-o", str(again), "--json", **place).stdout)
    assert told["request_id"] != row["request_id"]
    assert pixels_of(again.read_bytes()) == pixels_of((tmp_path / "boat.png").read_bytes())
    ended = json.loads(imagend("requests", "cancel", told["request_id"], "--json", **place).stdout)
    assert ended["status"] == "COMPLETED"
    lost = imagend("requests", "show", "00000000-0000-4000-8000-000000000000", check=False, **place)
    assert (lost.returncode, lost.stderr.startswith("imagend: 404: ")) == (2, True)


def test_doctor_and_bench(tmp_path: Path) -> None:
    place = {"IMAGEND_DATA_DIR": str(tmp_path / "data"), "IMAGEND_PORT": "0"}
    rows = json.loads(imagend("doctor", "--json", **place).stdout)
    assert "wrong" not in [row["state"] for row in rows]
    wrong = imagend("doctor", check=False, **place, IMAGEND_OBJECT_STORE_URL="ftp://x")
    assert (wrong.returncode, "WRONG  pictures" in wrong.stdout) == (1, True)
    rates = json.loads(imagend("bench", "--steps", "2", "--seconds", "0.1", "--json", **place).stdout)
    assert [row["batch"] for row in rates] == [1, 2, 4, 8]
    assert all(row["pictures_per_second"] > 0 for row in rates)
