"""A backup of a busy server, a kill, a restore: everything that was acknowledged before is there, and goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from imagend.core.errors import BadSetting
from imagend.wiring.backup import read_backup
from tests.system.running import Server, imagend
from tests.system.test_operations import until

BODY = {"prompt": "a red fox"}


@pytest.fixture
def noop(tmp_path: Path) -> Iterator[Callable[[str], Server]]:
    """Servers that draw nothing, by the name of their folder."""
    made: list[Server] = []

    def start(name: str) -> Server:
        settings = {"IMAGEND_BACKEND": "noop", "IMAGEND_WORKERS": "1", "IMAGEND_BALLAST_BYTES": "0"}
        made.append(Server(tmp_path / name, settings=settings))
        return made[-1]

    yield start
    for server in made:
        if server.process and server.process.poll() is None:
            server.kill()


class Crowd(threading.Thread):
    """Orders without a pause until it is told to stop; `ids` are those that were acknowledged."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.ids: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        with self.server.client() as client:
            while not self.over.is_set():
                try:
                    answer = client.post("/v2/imagen-4-fast", json=BODY)
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    self.ids.append(answer.json()["request_id"])


def until_completed(client: httpx.Client, request_ids: list[str]) -> None:
    for request_id in request_ids:
        until(
            lambda one=request_id: client.get(f"/v2/requests/{one}").json()["status"] == "COMPLETED",  # type: ignore[misc]
            "it went on where it was",
        )


def test_under_load_and_back_again(noop: Callable[[str], Server], tmp_path: Path) -> None:
    server, target = noop("data").start(), tmp_path / "backup"
    crowd = Crowd(server)
    crowd.start()
    until(lambda: len(crowd.ids) > 20, "a busy server")
    before = list(crowd.ids)
    said = imagend("backup", str(target), "--with-secrets", "--data-dir", str(server.data_dir)).stdout
    assert f"in {target}" in said
    until(lambda: len(crowd.ids) > len(before) + 5, "it went on")
    server.kill()
    crowd.over.set()
    crowd.join(30)

    again = noop("again")
    restored = imagend("restore", str(target), "--data-dir", str(again.data_dir), check=False)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "the books are in order" in restored.stdout
    assert "not in the backup" not in restored.stderr
    again.key = server.key
    again.start()
    with again.client() as client:
        until_completed(client, before)
        first = client.get(f"/v2/requests/{before[0]}").json()
        assert client.get(first["output"]).status_code == 200
    assert again.stop() == 0
    assert imagend("audit", "--data-dir", str(again.data_dir)).stdout == "the books are in order\n"


def test_half_a_backup_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "backup"
    imagend("keys", "create", "--name", "one", "--credits", "5", "--data-dir", str(data))
    said = imagend("backup", str(target), "--data-dir", str(data)).stdout
    assert "secrets are not in it" in said
    manifest = json.loads((target / "manifest.json").read_text())
    assert set(manifest["files"]) == {"imagend.db"}
    again = imagend("backup", str(target), "--data-dir", str(data), check=False)
    assert (again.returncode, again.stderr) == (2, f"imagend: {target} is not empty\n")
    onto = imagend("restore", str(target), "--data-dir", str(data), check=False)
    assert (onto.returncode, onto.stderr) == (2, f"imagend: {data} is not empty\n")

    with (target / "imagend.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff")
    with pytest.raises(BadSetting, match=r"the backup is damaged: imagend.db"):
        read_backup(target)
    (target / "manifest.json").unlink()
    with pytest.raises(BadSetting, match="one that was never finished"):
        read_backup(target)


def test_migrate_says_what_is_pending_and_does_it(tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path / "data"))
    dry = imagend("migrate", "--dry-run", *data).stdout
    assert dry.splitlines()[0] == "pending: 0001_init"
    assert not (tmp_path / "data").exists()
    assert "the schema has version" in imagend("migrate", *data).stdout
    assert imagend("migrate", *data).stdout.startswith("the schema is up to date: version")
