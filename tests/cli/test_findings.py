"""What `imagend doctor` finds: a healthy installation, and each thing that can be wrong with one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from imagend.cli import findings
from imagend.cli.findings import Finding, examine
from imagend.settings import load_settings


def found(folder: Path, **changes: object) -> dict[str, Finding]:
    settings = load_settings({}, {"data_dir": str(folder), "port": 0, **changes})
    return {one.about: one for one in examine(settings)}


def test_a_fresh_folder_is_well(tmp_path: Path) -> None:
    seen = found(tmp_path / "data")
    assert {one.state for one in seen.values()} <= {"ok", "advice"}
    assert {"python", "processor", "memory", "folder", "database", "pictures", "port", "gpu", "models"} <= set(seen)
    assert "will be made at the first start" in seen["database"].says
    assert "imagen-4-ultra (sketch)" in seen["models"].says


def test_a_folder_that_others_may_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    seen = found(tmp_path)["folder"]
    assert (seen.state, seen.do) == ("advice", f"others may enter it (mode 755): chmod 700 {tmp_path}")


def test_a_port_that_somebody_has(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        seen = found(tmp_path, port=taken.getsockname()[1])["port"]
    assert (seen.state, seen.do) == ("wrong", "set IMAGEND_PORT; 0 takes a free one")
    assert "cannot listen on 127.0.0.1:" in seen.says


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "imagend.db").write_bytes(b"not a database at all" * 100)
    assert found(tmp_path)["database"].state == "wrong"


def test_a_bucket_without_credentials_and_a_models_file_with_a_mistake(tmp_path: Path) -> None:
    models = tmp_path / "models.toml"
    models.write_text("[models.imagen-4]\nweights = 5\n")
    seen = found(tmp_path, object_store_url="s3://pictures", models_file=str(models))
    assert seen["pictures"].state == "wrong"
    assert "AWS_ACCESS_KEY_ID" in seen["pictures"].says
    assert (seen["models"].state, "models.imagen-4: weights" in seen["models"].says) == ("wrong", True)


def test_a_public_address_without_a_name_of_its_own(tmp_path: Path) -> None:
    assert found(tmp_path, host="0.0.0.0")["links"].state == "advice"
    assert "links" not in found(tmp_path, host="0.0.0.0", public_url="https://pictures.example.com")


def test_a_card_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA H200, 143771 MiB, 580.65.06'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(findings, "find_spec", lambda _: None)
    seen = found(tmp_path / "data")["gpu"]
    assert (seen.state, seen.says) == ("advice", "NVIDIA H200, 143771 MiB, 580.65.06")
    assert seen.do == "for open weights: pip install 'imagend[gpu]'"
