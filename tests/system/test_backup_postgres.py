"""The same on PostgreSQL, with its own pg_dump and pg_restore: a busy server, a backup, a restore elsewhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import Cluster
from tests.system.running import Server, imagend
from tests.system.test_backup import Crowd, until_completed
from tests.system.test_operations import until


def surroundings(cluster: Cluster, url: str, folder: Path) -> dict[str, str]:
    """Everything of an installation lies where a second one finds nothing of it."""
    return {
        "IMAGEND_DATABASE_URL": url,
        "IMAGEND_SECRETS_DIR": str(folder / "secrets"),
        "IMAGEND_PICTURES_DIR": str(folder / "pictures"),
        "IMAGEND_BACKEND": "noop", "IMAGEND_WORKERS": "1", "IMAGEND_BALLAST_BYTES": "0",
        "IMAGEND_INLINE_RESULT_BYTES": "0",
        "PATH": f"{cluster.binaries.folder}:{os.environ['PATH']}",
    }  # fmt: skip


@pytest.fixture
def made(postgres_cluster: Cluster, tmp_path: Path) -> Iterator[Callable[[str, str], Server]]:
    servers: list[Server] = []

    def make(name: str, url: str) -> Server:
        servers.append(Server(tmp_path / name / "data", settings=surroundings(postgres_cluster, url, tmp_path / name)))
        return servers[-1]

    yield make
    for server in servers:
        if server.process and server.process.poll() is None:
            server.kill()


def command(server: Server, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return imagend(*words, "--data-dir", str(server.data_dir), check=False, **server.settings | environ)


def test_under_load_and_back_again(
    made: Callable[[str, str], Server], postgres_cluster: Cluster, tmp_path: Path
) -> None:
    server, target = made("first", postgres_cluster.new_database()).start(), tmp_path / "backup"
    crowd = Crowd(server)
    crowd.start()
    with server.client() as client:
        until(lambda: len(crowd.ids) > 8, "a busy server")
        first = crowd.ids[0]
        until(lambda: client.get(f"/v2/requests/{first}").json()["status"] == "COMPLETED", "a picture")
    before = list(crowd.ids)
    done = command(server, "backup", str(target), "--with-secrets")
    assert done.returncode == 0, done.stdout + done.stderr
    until(lambda: len(crowd.ids) > len(before) + 5, "it went on")
    server.kill()
    crowd.over.set()
    crowd.join(30)

    again = made("again", postgres_cluster.empty_database())
    restored = command(again, "restore", str(target))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "the books are in order" in restored.stdout
    assert (again.data_dir.parent / "secrets" / "provenance.pem").exists()
    again.key = server.key
    again.start()
    with again.client() as client:
        until_completed(client, before)
        assert client.get(client.get(f"/v2/requests/{first}").json()["output"]).status_code == 200
    assert again.stop() == 0
    assert command(again, "audit").stdout == "the books are in order\n"
    onto = command(made("third", again.settings["IMAGEND_DATABASE_URL"]), "restore", str(target))
    assert (onto.returncode, onto.stderr) == (
        2, "imagend: database_url: there is an imagend in this database; restore into an empty one\n",
    )  # fmt: skip


def test_without_the_programs_or_with_old_ones_it_says_so(
    made: Callable[[str, str], Server], postgres_cluster: Cluster, tmp_path: Path
) -> None:
    server = made("first", postgres_cluster.new_database())
    missing = command(server, "backup", str(tmp_path / "one"), PATH=str(tmp_path))
    assert (missing.returncode, missing.stderr) == (
        2, "imagend: pg_dump is not installed here: install the client programs of PostgreSQL\n",
    )  # fmt: skip
    old = tmp_path / "old"
    old.mkdir()
    (old / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9'\n")
    (old / "pg_dump").chmod(0o755)
    refused = command(server, "backup", str(tmp_path / "two"), PATH=f"{old}:{server.settings['PATH']}")
    newest = f"install the programs of PostgreSQL {postgres_cluster.version}"
    assert (refused.returncode, refused.stderr) == (2, f"imagend: pg_dump 14 is older than the server: {newest}\n")
