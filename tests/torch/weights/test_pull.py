"""`imagend models pull`, as typed, against a hub on loopback through the real huggingface_hub."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagend.weights.models_file import read_models_file
from imagend.weights.places import RECORD, revision_folder
from tests.system.running import clean_environment, imagend
from tests.torch.lora.files import matrices, write_peft
from tests.torch.weights.hub import SHA, FakeHub, files_of, serving
from tests.torch.weights.tiny import models_file, server_of, tiny_folder

pytestmark = pytest.mark.timeout(300)
TEXT = "You may do\nwhat you like."
OTHERS = ("pipeline.py", "transformer/model.fp16.safetensors", "whole.safetensors", "vae/model.bin", "a.ckpt", "x.png")
TAKES = ("--device", "cpu", "--precision", "float32", "--max-lanes", "2", "--steps", "2")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files_of(tiny_folder(tmp_path_factory.mktemp("tiny") / "model"))


@pytest.fixture
def hub(made: dict[str, bytes]) -> Iterator[FakeHub]:
    files = {**made, "LICENSE.txt": TEXT.encode(), "README.md": b"a model", **dict.fromkeys(OTHERS, b"no")}
    with serving(FakeHub(files, card={"license": "apache-2.0", "license_link": "LICENSE.txt"})) as serves:
        yield serves


def pull(hub: FakeHub, home: Path, *words: str, accepts: str = "apache-2.0") -> subprocess.CompletedProcess[str]:
    flags = ("--data-dir", str(home / "data"), *(["--accept-licence", accepts] if accepts else []))
    return imagend(
        "models", "pull", *words, *flags, check=False, HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="0", HF_HOME=str(home / "hf")
    )


def pulled(home: Path) -> Path:
    return revision_folder(home / "data" / "weights", "maker/tiny", SHA)


def rows(home: Path) -> dict[str, dict[str, object]]:
    done = imagend("models", "list", "--json", "--data-dir", str(home / "data"))
    return {row["slug"]: row for row in json.loads(done.stdout)}


def test_weights_are_pulled_checked_written_down_and_served(
    hub: FakeHub, made: dict[str, bytes], tmp_path: Path
) -> None:
    done = pull(hub, tmp_path, "imagen-4=maker/tiny", *TAKES)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"imagen-4 is served by maker/tiny@{SHA} from the next start on; on cpu it takes ")
    assert "licence: apache-2.0 (LICENSE.txt)" in done.stderr
    assert "transformer/diffusion_pytorch_model.safetensors" in done.stderr
    assert set(files_of(pulled(tmp_path))) == {*made, "LICENSE.txt", "README.md", RECORD}
    assert not set(hub.sent()) & set(OTHERS)
    record = json.loads((pulled(tmp_path) / RECORD).read_text())
    assert (record["licence"], record["revision"], list(record["licence_files"])) == (
        "apache-2.0",
        SHA,
        ["LICENSE.txt"],
    )
    assert record["accepted_at"].endswith("+00:00")
    row = rows(tmp_path)["imagen-4"]
    assert (row["backend"], row["weights"], row["state"]) == ("weights:imagen-4", f"maker/tiny@{SHA}", "ready")
    assert (row["steps"], row["precision"], row["licence"]) == (2, "float32", "apache-2.0")
    server = server_of(tmp_path / "data").start()
    try:
        with server.client(server.key) as client:
            answer = client.post("/v1/imagen-4", json={"prompt": "kite", "width": 256, "height": 256}, timeout=120)
            assert answer.status_code == 200, answer.text
    finally:
        assert server.stop() == 0


def test_a_lora_is_pulled_by_itself_and_written_down(tmp_path: Path) -> None:
    home = tmp_path / "data"
    tiny_folder(home / "mine")
    models_file(home / "models.toml", "./mine")
    made = write_peft(tmp_path / "ink.safetensors", matrices("flux1-dev", 2, seed=1)).read_bytes()
    files = {"styles/ink.safetensors": made, "LICENSE.txt": TEXT.encode(), "other.safetensors": b"no"}
    with serving(FakeHub(files, card={"license": "apache-2.0"})) as hub:
        done = pull(hub, tmp_path, "imagen-4.loras.ink=maker/tiny:styles/ink.safetensors")
        assert done.returncode == 0, done.stderr
        assert hub.sent() == ["LICENSE.txt", "styles/ink.safetensors"]
    text = (home / "models.toml").read_text()
    assert f'[models.imagen-4.loras]\nink = "maker/tiny@{SHA}:styles/ink.safetensors"\n' in text
    assert list(read_models_file(home / "models.toml").loras_of("imagen-4")) == ["ink"]


def test_nothing_is_pulled_without_the_licence(hub: FakeHub, tmp_path: Path) -> None:
    for accepts in ("", "mit"):
        done = pull(hub, tmp_path, "imagen-4=maker/tiny", accepts=accepts)
        assert done.returncode == 2
        assert TEXT in done.stderr
        assert "imagend: the licence is not accepted: read it, then say --accept-licence apache-2.0" in done.stderr
    assert not [name for name in hub.sent() if name.endswith(".safetensors")]
    assert not (tmp_path / "data" / "models.toml").exists()
    assert not pulled(tmp_path).exists()


def test_a_pull_that_broke_off_goes_on(hub: FakeHub, tmp_path: Path) -> None:
    last = "vae/diffusion_pytorch_model.safetensors"
    hub.cut.add(last)
    hub.forged.add(last)
    broken = pull(hub, tmp_path, "imagen-4=maker/tiny", *TAKES)
    assert broken.returncode == 2
    assert broken.stderr.splitlines()[-1].startswith("imagend: ")
    assert not pulled(tmp_path).exists()
    assert rows(tmp_path)["imagen-4"]["backend"] == "sketch"
    hub.cut.clear()
    hub.forged.clear()
    hub.asked.clear()
    assert pull(hub, tmp_path, "imagen-4=maker/tiny", *TAKES).returncode == 0
    assert set(hub.sent()) == {last}
    assert rows(tmp_path)["imagen-4"]["state"] == "ready"


def test_half_of_a_pull_is_never_served(hub: FakeHub, tmp_path: Path) -> None:
    assert pull(hub, tmp_path, "imagen-4=maker/tiny", *TAKES).returncode == 0
    (pulled(tmp_path) / RECORD).unlink()
    state = str(rows(tmp_path)["imagen-4"]["state"])
    assert f"run imagend models pull imagen-4=maker/tiny@{SHA}" in state
    done = imagend("serve", "--port", "0", "--data-dir", str(tmp_path / "data"), check=False)
    assert done.returncode == 2
    assert "models.toml: models.imagen-4: weights are not in" in done.stderr


def test_a_file_that_is_not_what_was_listed_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    hub.forged.add("transformer/diffusion_pytorch_model.safetensors")
    done = pull(hub, tmp_path, "imagen-4=maker/tiny")
    assert done.returncode == 2
    assert "of maker/tiny is not what the hub lists: its size or hash differs; pull again" in done.stderr
    assert not pulled(tmp_path).exists()


def test_pulled_once_it_is_there_without_a_network(hub: FakeHub, tmp_path: Path) -> None:
    absent = pull(hub, tmp_path, "imagen-4=maker/tiny", "--offline")
    assert absent.returncode == 2
    assert "maker/tiny is not in" in absent.stderr
    assert not hub.asked
    assert pull(hub, tmp_path, "imagen-4=maker/tiny").returncode == 0
    sent = len(hub.sent())
    again = pull(hub, tmp_path, "imagen=maker/tiny@" + SHA)
    assert "is here already" in again.stderr
    assert pull(hub, tmp_path, "imagen-4-fast=maker/tiny", "--offline", "--steps", "4").returncode == 0
    assert len(hub.sent()) == sent
    assert {row["weights"] for row in rows(tmp_path).values()} == {f"maker/tiny@{SHA}", ""}


def test_a_folder_of_ones_own(hub: FakeHub, tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "mine")
    assert pull(hub, tmp_path, f"imagen-4={folder}", *TAKES, accepts="").returncode == 0
    assert not hub.asked
    assert rows(tmp_path)["imagen-4"]["weights"] == str(folder)
    (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    done = pull(hub, tmp_path, f"imagen-4={folder}", accepts="")
    assert "vae holds no model.safetensors or diffusion_pytorch_model.safetensors" in done.stderr


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (
            "imagen-9=maker/tiny",
            "there is no model 'imagen-9'; there are imagen, imagen-4, imagen-4-fast, imagen-4-ultra",
        ),
        ("imagen-4", "say SLUG=OWNER/NAME[@REVISION] or SLUG=FOLDER, not 'imagen-4'"),
        ("imagen-4=maker/other", "there is no repository maker/other"),
        ("imagen-4=maker/tiny@v9", "maker/tiny has no revision v9"),
        ("imagen-4=./absent", "model_index.json cannot be read"),
    ],
)
def test_what_cannot_be_pulled_is_said_in_one_line(hub: FakeHub, tmp_path: Path, wish: str, words: str) -> None:
    done = pull(hub, tmp_path, wish)
    assert done.returncode == 2
    assert done.stderr.startswith("imagend: ")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_other_families_formats_and_gates_are_refused_before_the_download(hub: FakeHub, tmp_path: Path) -> None:
    hub.gated = True
    assert (
        "accept its conditions at https://huggingface.co/maker/tiny" in pull(hub, tmp_path, "imagen=maker/tiny").stderr
    )
    hub.gated = False
    files = dict(hub.files)
    hub.files = {name: content for name, content in files.items() if not name.startswith("vae/diff")}
    assert (
        "holds no safetensors of vae; other formats are not loaded" in pull(hub, tmp_path, "imagen=maker/tiny").stderr
    )
    index = json.loads(files["model_index.json"]) | {"_class_name": "WanPipeline"}
    hub.files = {**files, "model_index.json": json.dumps(index).encode()}
    assert "maker/tiny is for WanPipeline; imagend serves " in pull(hub, tmp_path / "b", "imagen=maker/tiny").stderr
    assert not [name for name in hub.sent() if name.endswith(".safetensors")]


def test_a_preset_is_pulled_and_written_down_for_all_slugs(tmp_path: Path) -> None:
    files = files_of(tiny_folder(tmp_path / "z", "z-image"))
    with serving(FakeHub(files, card={"license": "apache-2.0"}, name="Tongyi-MAI/Z-Image-Turbo")) as hub:
        done = pull(hub, tmp_path, "--preset", "24gb", "--device", "cpu", "--precision", "float32")
        assert done.returncode == 0, done.stderr
        assert len([name for name in hub.sent() if name.startswith("transformer/diff")]) == 1
    found = rows(tmp_path)
    assert {row["weights"] for row in found.values()} == {f"Tongyi-MAI/Z-Image-Turbo@{SHA}"}
    assert {row["state"] for row in found.values()} == {"ready"}
    assert len({row["backend"] for row in found.values()}) == 1
    assert (found["imagen-4-fast"]["steps"], found["imagen-4-ultra"]["steps"]) == (9, 12)


@pytest.mark.parametrize(("says", "status"), [(b"y\n", 0), (b"n\n", 2)])
def test_at_a_terminal_the_licence_is_asked_for(hub: FakeHub, tmp_path: Path, says: bytes, status: int) -> None:
    ours, theirs = pty.openpty()
    try:
        os.write(ours, says)
        done = subprocess.run(
            [sys.executable, "-m", "imagend", "models", "pull", "imagen-4=maker/tiny", "--data-dir", tmp_path / "data"],
            stdin=theirs, capture_output=True, text=True, timeout=120,
            env=clean_environment() | {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf")},
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == status, done.stderr
    assert TEXT in done.stderr
    assert "Do you accept the licence apache-2.0?" in done.stderr + done.stdout
    assert pulled(tmp_path).exists() == (status == 0)
