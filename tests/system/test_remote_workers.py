"""`imagend worker` as on another machine: over TCP, by the gateway's terms; and what goes wrong in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.settings import load_settings
from tests.system.crews import Crew, Hirer, Opener, free_port, open_server, write_token
from tests.system.running import Server, imagend
from tests.workers.tls import new_authority

pytestmark = pytest.mark.system


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    made: list[Server] = []

    def make(port: int, **settings: str) -> Server:
        made.append(open_server(tmp_path, port, **settings))
        return made[-1].start()

    yield make
    for server in made:
        if server.process and server.process.poll() is None:
            assert server.stop() == 0, server.lines


@pytest.fixture
def hired() -> Iterator[Hirer]:
    made: list[Crew] = []

    def hire(*flags: str, **environ: str) -> Crew:
        made.append(Crew(flags, environ))
        return made[-1].start()

    yield hire
    for crew in made:
        if crew.process and crew.process.poll() is None:
            crew.stop()


def keep_picture(server: Server, file: Path) -> Path:
    answer = server.post("/v1/imagen-4-fast", {"prompt": "a red fox", "aspect_ratio": "1:1", "output_format": "png"})
    assert answer.status_code == 200, answer.text
    with server.client() as client:
        file.write_bytes(client.get(answer.json()["output"]).content)
    return file


def test_pictures_of_another_machine_are_marked_and_signed_by_the_gateway(
    tmp_path: Path, opened: Opener, hired: Hirer
) -> None:
    """Two addresses, of which nobody answers at the first one; the worker has neither key nor rules of its own."""
    port = free_port()
    server = opened(port, BACKEND="noop")
    gateways = f"http://127.0.0.1:{free_port()},http://127.0.0.1:{port}"
    crew = hired("--gateway", gateways, "--token-file", str(write_token(tmp_path))).ready()
    assert len(crew.children()) == 1
    file = keep_picture(server, tmp_path / "picture.png")
    (report,) = json.loads(imagend("verify", str(file), "--data-dir", str(server.data_dir), "--json").stdout)
    assert (report["confirmed"], report["c2pa"]["issuer"], report["watermark"]["ours"]) == (
        True, "self-signed, this server", True
    )  # fmt: skip
    assert crew.stop() == 0


def test_gateway_may_come_later_and_options_may_stand_in_the_environment(
    tmp_path: Path, opened: Opener, hired: Hirer
) -> None:
    port = free_port()
    environ = {"GATEWAY": f"http://127.0.0.1:{port}", "TOKEN_FILE": str(write_token(tmp_path)), "BACKENDS": "noop"}
    crew = hired(**{f"IMAGEND_WORKER_{name}": value for name, value in environ.items()})
    crew.hear("no gateway answers")
    server = opened(port, BACKEND="noop", PROVENANCE="off")
    crew.ready()
    assert keep_picture(server, tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert sum("no gateway answers" in line for line in crew.lines) == 1, "it is said once"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "gateway is missing: give --gateway or IMAGEND_WORKER_GATEWAY"),
        (["--gateway", "example.com"], "gateway must be http(s)://host:port, not 'example.com'"),
        (["--gateway", "http://a:1,b"], "not 'b'"),
        (["--gateway", "http://a:1", "--token-file", "/does/not/exist"], "token_file /does/not/exist cannot be read"),
        (["--gateway", "https://a:1", "--ca", "/does/not/exist"], "ca /does/not/exist cannot be read: No such file"),
        (["--gateway", "http://a:1", "--certificate", "/a"], "certificate and private_key must be set together"),
        (["--gateway", "http://a:1", "--slots", "0"], "slots must be from 1 to 1024, not 0"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, flags: list[str], words: str) -> None:
    token = [] if "--token-file" in flags else ["--token-file", str(write_token(tmp_path))]
    done = imagend("worker", *flags, *token, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("imagend: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_wrong_token_is_one_line(tmp_path: Path, opened: Opener, hired: Hirer) -> None:
    port = free_port()
    opened(port, BACKEND="noop", PROVENANCE="off")
    token = write_token(tmp_path, "another secret that nobody knows ....")
    done = imagend("worker", "--gateway", f"http://127.0.0.1:{port}", "--token-file", str(token), check=False)
    assert (done.returncode, done.stderr) == (
        2, f"imagend: http://127.0.0.1:{port} does not know the token in token_file\n"
    )  # fmt: skip


def test_over_tls_both_sides_show_who_they_are(tmp_path: Path, opened: Opener, hired: Hirer) -> None:
    ours, theirs = new_authority(tmp_path, "ours"), new_authority(tmp_path, "theirs")
    (certificate, key), (badge, badge_key), (forged, forged_key) = (
        ours.issue("gateway"),
        ours.issue("w"),
        theirs.issue("w"),
    )
    port = free_port()
    tls = {"WORKER_TLS_CERTIFICATE": certificate, "WORKER_TLS_KEY": key, "WORKER_TLS_CLIENTS_CA": ours.file}
    server = opened(port, BACKEND="noop", PROVENANCE="off", **{name: str(file) for name, file in tls.items()})
    plain = ["--gateway", f"https://127.0.0.1:{port}", "--token-file", str(write_token(tmp_path))]
    trusting = [*plain, "--ca", str(ours.file)]
    strangers = [
        hired(*plain),  # knows no authority that vouches for the gateway
        hired(*trusting),  # shows nothing
        hired(*trusting, "--certificate", str(forged), "--private-key", str(forged_key)),
        hired(*trusting[2:], "--gateway", f"http://127.0.0.1:{port}"),
    ]
    worker = hired(*trusting, "--certificate", str(badge), "--private-key", str(badge_key)).ready()
    for stranger in strangers:
        stranger.hear("no gateway answers")
    assert "certificate verify failed" in "".join(strangers[0].lines)
    assert keep_picture(server, tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert worker.stop() == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"worker_listen": "0.0.0.0:1"}, "worker_listen 0.0.0.0:1 can be reached from elsewhere"),
        ({"worker_listen": "gpu.example.com:1"}, "or worker_network_trusted=true"),
        ({"worker_tls_key": "k"}, "worker_tls_certificate and worker_tls_key must be set together"),
        ({"worker_tls_clients_ca": "k"}, "worker_tls_clients_ca needs worker_tls_certificate"),
    ],
)
def test_workers_are_not_listened_for_in_the_open(settings: dict[str, str], words: str) -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({}, {"worker_listen": "127.0.0.1:1", "worker_token_file": "f"} | settings)
    assert words in refused.value.message
    load_settings({}, {"worker_listen": "0.0.0.0:1", "worker_token_file": "f", "worker_network_trusted": True})
    load_settings({}, {"worker_listen": "[::1]:1", "worker_token_file": "f"})
