"""The compose file: pinned, closed, watched; its settings are settings, its secrets files, its commands work.

No container engine is asked. What runs inside one is run here and in test_compose_runs.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from imagend.settings import load_settings
from imagend.worker_settings import load_worker_settings
from tests.packages.compose import FOLDER, SERVICES, WHOLE, secrets, variables
from tools.packages import ROOT

__all__ = ["secrets"]

OURS = ("server", "worker")
FIELDS = {"image", "build", "restart", "init", "read_only", "cap_drop", "cap_add", "security_opt", "tmpfs", "logging",
          "command", "stop_grace_period", "depends_on", "environment", "secrets", "volumes", "ports", "networks",
          "healthcheck", "shm_size"}  # fmt: skip
EACH = pytest.mark.parametrize("name", SERVICES)


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text[:-1])


def test_there_are_four_services() -> None:
    assert list(SERVICES) == ["server", "worker", "database", "store"]


@EACH
def test_services_are_pinned_watched_and_come_back(name: str) -> None:
    one = SERVICES[name]
    assert set(one) <= FIELDS, "a misspelt field is an error at the first start"
    assert re.fullmatch(r"[a-z0-9./-]+:\d[\w.-]*", one["image"]), "an image by its version"
    assert one["restart"] == "unless-stopped"
    assert set(one["healthcheck"]) == {"test", "interval", "timeout", "retries", "start_period"}
    assert "no-new-privileges:true" in one["security_opt"]
    assert one["logging"]["options"]["max-size"], "or the log fills the disk"


@pytest.mark.parametrize("name", OURS)
def test_ours_have_no_rights_and_write_nowhere_but_where_said(name: str) -> None:
    one = SERVICES[name]
    assert (one["read_only"], one["cap_drop"], one["init"]) == (True, ["ALL"], True)
    assert one["build"]["dockerfile"] == "deploy/oci/Dockerfile"
    assert (FOLDER / one["build"]["context"]).resolve() == ROOT
    places = {v["target"] if isinstance(v, dict) else v.split(":")[1] for v in one["volumes"]}
    assert places == {"/var/lib/imagend"}


@EACH
def test_everything_named_is_there(name: str) -> None:
    one = SERVICES[name]
    assert set(one["networks"]) <= set(WHOLE["networks"])
    assert set(one.get("secrets", [])) <= set(WHOLE["secrets"])
    for volume in one["volumes"]:
        if isinstance(volume, str):
            source = volume.split(":")[0]
            assert (FOLDER / source).exists() if source.startswith(".") else source in WHOLE["volumes"]
    for other, condition in one.get("depends_on", {}).items():
        assert other in SERVICES
        assert condition == {"condition": "service_healthy"}
    for value in (*one.get("environment", {}).values(), *one.get("command", [])):
        for secret in re.findall(r"/run/secrets/([\w.-]+)", value):
            assert secret in one["secrets"]


def test_only_the_server_is_reached_from_outside_and_only_from_this_machine() -> None:
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["server"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["server"]["ports"])
    assert WHOLE["networks"]["back"] == {"internal": True}
    assert {name for name in SERVICES if "front" in SERVICES[name]["networks"]} == {"server"}


def test_settings_are_settings() -> None:
    settings = load_settings(variables("server"), {})
    assert settings.worker_address == ("0.0.0.0", 8001)
    assert settings.metrics_address == ("0.0.0.0", 9464)
    assert not settings.needs_worker, "the workers wait for a healthy server"
    assert seconds(SERVICES["server"]["stop_grace_period"]) > settings.drain_seconds + settings.v1_timeout_seconds
    worker = load_worker_settings(variables("worker"), {})
    assert worker.gateway == f"http://server:{settings.worker_address[1]}"
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > worker.drain_seconds + 5


def test_no_secret_is_in_a_variable() -> None:
    for one in SERVICES.values():
        for name, value in one.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|CREDENTIAL", name):
                assert value.startswith("/run/secrets/"), name
            assert not re.search(r"://[^/]*:[^/]*@", value), name


def test_the_script_makes_every_secret_once(secrets: Path) -> None:
    files = {Path(one["file"]).name for one in WHOLE["secrets"].values()}
    assert {one["file"].split("/")[0] for one in WHOLE["secrets"].values()} == {"secrets"}
    before = {name: (secrets / name).read_bytes() for name in files}
    assert all(before.values())
    assert secrets.stat().st_mode & 0o777 == 0o700
    (secrets / "worker-token").unlink()
    subprocess.run(["sh", "secrets.sh"], cwd=secrets.parent, check=True)
    after = {name: (secrets / name).read_bytes() for name in files}
    assert {name for name in files if before[name] != after[name]} == {"worker-token"}
    assert len(after["worker-token"]) >= 32


def test_the_stores_two_files_agree(secrets: Path) -> None:
    [identity] = json.loads((secrets / "store.json").read_text())["identities"]
    ours = dict(line.split("=", 1) for line in (secrets / "store-credentials").read_text().splitlines())
    assert ours == {
        "aws_access_key_id": identity["credentials"][0]["accessKey"],
        "aws_secret_access_key": identity["credentials"][0]["secretKey"],
    }
    assert f"-bucket={variables('server')['IMAGEND_OBJECT_STORE_URL'].split('/')[2]}" in SERVICES["store"]["command"]


def test_secrets_are_never_committed() -> None:
    done = subprocess.run(["git", "check-ignore", "-q", "secrets/worker-token"], cwd=FOLDER, check=False)
    assert done.returncode == 0


def test_the_workers_health_check_sees_whether_a_worker_is_there(tmp_path: Path) -> None:
    *_, code = SERVICES["worker"]["healthcheck"]["test"]
    assert "'/proc'" in code
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "cmdline").write_bytes(b"python\0-m\0imagend\0worker\0")
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "cmdline").write_bytes(b"python\0-c\0" + code.encode() + b"\0")

    def healthy() -> bool:
        here = code.replace("'/proc'", repr(str(tmp_path)))
        return subprocess.run([sys.executable, "-c", here], capture_output=True, check=False).returncode == 0

    assert not healthy(), "neither the parent nor the check itself is a worker"
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "cmdline").write_bytes(b"python\0-m\0imagend\0worker-process\0--address\0x\0")
    assert healthy()
