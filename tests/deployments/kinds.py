"""Each deployment from nothing to ready and down again. What tests see of it is a `Server`: a URL, a key, a client."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.deployments.front import front
from tests.servers.postgres import Cluster
from tests.servers.ray import environment, ray_cluster
from tests.servers.swift import swift_server
from tests.system.crews import Crew, free_port, write_token
from tests.system.running import Server

Settings = Mapping[str, str]


@contextmanager
def one_box(folder: Path, settings: Settings) -> Iterator[Server]:
    """SQLite, files, worker processes of the server's own."""
    running = Server(folder / "data", settings=dict(settings)).start()
    yield running
    assert running.stop() == 0, "\n".join(running.lines)


@contextmanager
def gateways(folder: Path, settings: Settings) -> Iterator[Server]:
    """PostgreSQL, an S3 store, two gateways behind one address, workers that reach them over TCP."""
    with _shared(folder, settings) as (together, listening), ExitStack() as closing:
        doors = (free_port(), free_port())
        pair = [_gateway(closing, folder, door, together) for door in doors]
        crew = Crew(("--gateway", _urls(doors), "--token-file", str(write_token(folder)), "--processes", "2"))
        closing.callback(_ended, crew.start().ready())
        with front(listening, [one.url for one in pair]):
            yield _seen(pair[0], listening)


@contextmanager
def on_ray(folder: Path, settings: Settings) -> Iterator[Server]:
    """The same with workers on a Ray cluster, which the first of the two gateways places."""
    placing = {"IMAGEND_POOL": "ray", "IMAGEND_SCALE_MIN_WORKERS": "1", "IMAGEND_SCALE_MAX_WORKERS": "2"}
    with _shared(folder, settings) as (together, listening), ray_cluster() as cluster, ExitStack() as closing:
        cluster.add_node(num_cpus=2)
        doors = (free_port(), free_port())
        addresses = {"IMAGEND_RAY_ADDRESS": cluster.address, "IMAGEND_RAY_GATEWAY": _urls(doors)}
        first = _gateway(closing, folder, doors[0], together | environment(cluster.folder) | placing | addresses)
        second = _gateway(closing, folder, doors[1], together)
        with front(listening, [first.url, second.url]):
            yield _seen(first, listening)


def _gateway(closing: ExitStack, folder: Path, door: int, settings: dict[str, str]) -> Server:
    """One without workers of its own, which takes those that come to `door`."""
    own = {
        "IMAGEND_WORKERS": "0",
        "IMAGEND_WORKER_LISTEN": f"127.0.0.1:{door}",
        "IMAGEND_WORKER_TOKEN_FILE": str(write_token(folder)),
    }
    started = Server(folder / f"gateway-{door}", settings=own | settings).start()
    closing.callback(_ended, started)
    return started


def _urls(doors: tuple[int, ...]) -> str:
    return ",".join(f"http://127.0.0.1:{door}" for door in doors)


def _ended(one: Server | Crew) -> None:
    assert one.stop() == 0, "\n".join(one.lines)


@contextmanager
def _shared(folder: Path, settings: Settings) -> Iterator[tuple[dict[str, str], socket.socket]]:
    """A database, a bucket and secrets for all gateways, and the socket that callers connect to."""
    with ExitStack() as closing:
        cluster = closing.enter_context(Cluster.running())
        store = closing.enter_context(swift_server(folder / "swift"))
        listening = closing.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        yield {
            **settings,
            **store.environment(),
            "IMAGEND_DATABASE_URL": cluster.new_database(),
            "IMAGEND_OBJECT_STORE_URL": f"s3://{store.new_bucket()}/pictures",
            "IMAGEND_SECRETS_DIR": str(folder / "secrets"),
            "IMAGEND_PUBLIC_URL": f"http://127.0.0.1:{listening.getsockname()[1]}",
        }, listening  # fmt: skip


def _seen(first: Server, listening: socket.socket) -> Server:
    """The whole as one server: accounts are made beside the first gateway, requests go to the common address."""
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    return Server(first.data_dir, settings=first.settings, url=url, key=first.key, lines=first.lines)


KINDS = {"one-box": one_box, "gateways": gateways, "ray": on_ray}
