"""From the server's settings to the command line of its pool on Ray."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from imagend.cli.ray_pool import amounts, labels, ray_pool
from imagend.core.errors import BadSetting
from imagend.settings import load_settings
from imagend.wiring.cluster import open_ray_pool
from imagend.workers.headcount import Headcount
from imagend.workers.link import GatewayUnreachable

LISTENING = {"pool": "ray", "worker_listen": "127.0.0.1:8001", "worker_token_file": "/etc/token"}


def command(tmp_path: Path, **flags: object) -> dict[str, str]:
    """{flag: value} of the process that would be started."""
    words = open_ray_pool(load_settings({}, flags), tmp_path)._command
    assert words[1:4] == ["-m", "imagend", "ray-pool"]
    return dict(zip(words[4::2], words[5::2], strict=True))


def test_every_flag_is_one_of_the_command(tmp_path: Path) -> None:
    more = {"ray_resources": "tpu=4, disk=1", "ray_labels": "zone=a", "ray_ca": "/ca.pem", "ray_num_gpus": "0.5"}
    found = command(tmp_path, **LISTENING, **more)
    assert {flag.removeprefix("--").replace("-", "_") for flag in found} <= set(inspect.signature(ray_pool).parameters)
    assert (found["--address"], found["--token-file"]) == ("http://127.0.0.1:8001", "/etc/token")
    assert (found["--ray-num-gpus"], found["--ray-label"], found["--ca"]) == ("0.5", "zone=a", "/ca.pem")


def test_a_gateway_is_reached_where_it_is_said(tmp_path: Path) -> None:
    tls = {"worker_tls_certificate": "/a.pem", "worker_tls_key": "/b.pem"}
    assert command(tmp_path, **LISTENING, **tls)["--address"] == "https://127.0.0.1:8001"
    both = "https://a:8001,https://b:8001"
    assert command(tmp_path, **LISTENING, ray_gateway=both)["--address"] == both


def test_ray_inside_this_machine_needs_nothing_else(tmp_path: Path) -> None:
    found = command(tmp_path, pool="ray", ray_address="local")
    assert found["--address"] == str(tmp_path / "internal.sock")
    assert found["--token-file"] == str(tmp_path / "worker-token")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"pool": "ray"}, "pool ray needs worker_listen and worker_token_file"),
        (LISTENING | {"worker_listen": "0.0.0.0:8001", "worker_network_trusted": "true"}, "ray_gateway must name"),
        ({"pool": "slurm"}, "pool must be one of subprocess, ray, not 'slurm'"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, flags: dict[str, object], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        command(tmp_path, **flags)


def test_resources_and_labels() -> None:
    assert amounts(["tpu=4", "disk=0.5"]) == {"tpu": 4.0, "disk": 0.5}
    assert labels(["zone=a=b"]) == {"zone": "a=b"}
    with pytest.raises(BadSetting, match="NAME=VALUE"):
        labels(["zone"])
    with pytest.raises(BadSetting, match="NAME=AMOUNT"):
        amounts(["tpu=many"])


def test_a_gateway_that_is_not_there_is_no_wish_for_nobody() -> None:
    asking = Headcount("http://127.0.0.1:1,http://127.0.0.1:2", "token")
    with pytest.raises(GatewayUnreachable, match=r"127\.0\.0\.1:2"):
        asking.wishes()
    asking.close()
