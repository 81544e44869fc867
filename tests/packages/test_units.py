"""The units of systemd: hardened, and every variable, path and credential in them is one that the server knows.

`make check-deploy` also asks systemd-analyze where the machine has it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imagend.settings import load_settings
from imagend.worker_settings import load_worker_settings
from tools.packages import ROOT

FOLDER = ROOT / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
#: What systemd puts in the place of specifiers, as the manual says it.
SPECIFIERS = {"%S": "/var/lib", "%d": "/run/credentials/unit", "%N": "imagend"}
HARDENED = {
    "DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes",
    "PrivateTmp": "yes", "PrivateDevices": "yes", "PrivateUsers": "yes", "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes", "ProtectControlGroups": "yes", "ProtectClock": "yes", "ProtectHostname": "yes",
    "ProtectProc": "invisible", "RestrictNamespaces": "yes", "RestrictRealtime": "yes", "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes", "SystemCallArchitectures": "native", "UMask": "0077",
    "CapabilityBoundingSet": "", "AmbientCapabilities": "", "KillMode": "mixed", "Restart": "on-failure",
}  # fmt: skip


def options(file: Path) -> dict[str, list[str]]:
    """Every option with its values in order."""
    found: dict[str, list[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def variables(file: Path) -> dict[str, str]:
    text = " ".join(options(file).get("Environment", []))
    for specifier, value in SPECIFIERS.items():
        text = text.replace(specifier, value)
    return dict(word.split("=", 1) for word in text.split())


def seconds(file: Path) -> float:
    return float(options(file)["TimeoutStopSec"][0])


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_units_are_hardened(file: Path) -> None:
    found = {name: values[-1] for name, values in options(file).items()}
    assert {name: found.get(name) for name in HARDENED} == HARDENED
    assert options(file)["SystemCallFilter"][:2] == ["@system-service", "~@privileged @resources"]


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_units_have_their_three_parts_and_are_enabled(file: Path) -> None:
    assert re.findall(r"^\[(\w+)\]$", file.read_text("utf-8"), re.MULTILINE) == ["Unit", "Service", "Install"]
    found = options(file)
    assert found["WantedBy"] == ["multi-user.target"]
    assert re.fullmatch(r"/opt/imagend/bin/imagend (serve|worker)", found["ExecStart"][0])
    assert found["WorkingDirectory"] == [f"%S/{found['StateDirectory'][0]}"]


def test_the_servers_variables_are_settings() -> None:
    unit = FOLDER / "imagend.service"
    settings = load_settings(variables(unit), {})
    assert str(settings.data_dir) == f"/var/lib/{options(unit)['StateDirectory'][0]}"
    assert seconds(unit) > settings.drain_seconds + settings.v1_timeout_seconds


def test_the_gateways_variables_are_settings_and_its_files_are_credentials() -> None:
    unit, more = FOLDER / "imagend.service", FOLDER / "gateway.conf"
    settings = load_settings(variables(unit) | variables(more), {})
    assert seconds(more) > settings.drain_seconds + settings.v1_timeout_seconds
    given = {value.split(":")[0] for value in options(more)["LoadCredential"]}
    named = {
        value.rpartition("/")[2] for value in variables(more).values() if value.startswith("/run/credentials/unit/")
    }
    assert named | {"pepper", "webhook-key", "link-secret", "provenance.pem"} == given
    assert settings.secrets_dir == "/run/credentials/unit"


def test_the_workers_variables_are_settings() -> None:
    unit = FOLDER / "imagend-worker.service"
    settings = load_worker_settings(variables(unit) | {"IMAGEND_WORKER_GATEWAY": "https://a:8001"}, {})
    assert settings.token_file == "/run/credentials/unit/token"
    assert options(unit)["LoadCredential"] == ["token:/etc/imagend/worker-token"]
    assert seconds(unit) > settings.drain_seconds + 5


def test_a_worker_on_a_gpu_gets_the_devices_and_may_compile() -> None:
    found = options(FOLDER / "gpu.conf")
    assert found["PrivateDevices"] == ["no"]
    assert found["MemoryDenyWriteExecute"] == ["no"]
    assert all(re.fullmatch(r"char-nvidia[a-z-]* rw", value) for value in found["DeviceAllow"])
    assert not [name for name in variables(FOLDER / "gpu.conf") if name.startswith("IMAGEND_")]


@pytest.mark.parametrize("file", [*UNITS, *FOLDER.glob("*.conf")], ids=lambda file: file.name)
def test_only_specifiers_that_are_known_here(file: Path) -> None:
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert set(re.findall(r"%\w", "\n".join(lines))) <= set(SPECIFIERS)
