"""From the server's settings to the command line of its pool on Ray."""

from __future__ import annotations

import inspect
from itertools import pairwise
from pathlib import Path

import pytest
from typer.main import get_command

from imagend.cli.main import app
from imagend.cli.ray_pool import amounts, labels, ray_pool
from imagend.core.errors import BadSetting
from imagend.settings import load_settings
from imagend.wiring.cluster import open_ray_pool
from imagend.wiring.weights import models_of
from imagend.workers.headcount import Headcount
from imagend.workers.link import GatewayUnreachable
from imagend.workers.ray_main import WORKER, RayPoolProcess, options_of
from imagend.workers.ray_pool import orders_of

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


@pytest.mark.parametrize("set_by", ["data_dir", "models_file"])
def test_workers_on_the_cluster_are_told_the_models_file(tmp_path: Path, set_by: str) -> None:
    """From the settings over the pool's process to the options of the worker in an actor."""
    (tmp_path / "models.toml").write_text("")
    flags = {"data_dir": str(tmp_path), "models_file": str(tmp_path / "." / "models.toml")}
    settings = load_settings({}, {"pool": "ray", "ray_address": "local", set_by: flags[set_by]})
    words = open_ray_pool(settings, tmp_path, models_of(settings))._command
    (tmp_path / "worker-token").write_text("secret")
    process = RayPoolProcess(
        address="http://127.0.0.1:1", token_file=tmp_path / "worker-token", name="pool",
        worker_arguments=tuple(after for word, after in pairwise(words) if word == "--worker-argument"),
    )  # fmt: skip
    orders = orders_of(options_of(process), "weights:imagen-4")
    arguments = [*orders.arguments[len(WORKER) :], "--token-file", "t", "--worker-id", orders.worker_id]
    command = get_command(app).commands["worker-process"]  # type: ignore[attr-defined]
    told = command.make_context("worker-process", arguments).params
    assert told["models_file"] == tmp_path / "models.toml"
    assert told["backend"] == ["weights:imagen-4"]


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
