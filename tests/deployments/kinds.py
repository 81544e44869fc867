"""Each deployment from nothing to ready and down again. What tests see of it is a `Server`: a URL, a key, a client."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.deployments.front import front
from tests.servers.postgres import Cluster
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
    with _shared(folder, settings) as (together, listening):
        ports = (free_port(), free_port())
        token = write_token(folder)
        pair = [
            Server(
                folder / f"gateway-{port}",
                settings=together | {
                    "IMAGEND_WORKERS": "0",
                    "IMAGEND_WORKER_LISTEN": f"127.0.0.1:{port}",
                    "IMAGEND_WORKER_TOKEN_FILE": str(token),
                },
            ).start()
            for port in ports
        ]  # fmt: skip
        doors = ",".join(f"http://127.0.0.1:{port}" for port in ports)
        crew = Crew(("--gateway", doors, "--token-file", str(token), "--processes", "2")).start().ready()
        with front(listening, [one.url for one in pair]):
            yield _seen(pair[0], listening)
        assert crew.stop() == 0, "\n".join(crew.lines)
        for one in pair:
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


Kind = Callable[[Path, Settings], object]
KINDS = {"one-box": one_box, "gateways": gateways}
