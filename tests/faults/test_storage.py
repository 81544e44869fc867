"""A data folder whose life is broken off: samples of what `make faults` does at every call."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.report import Finding
from faults.storage.images import Disk
from faults.storage.taps import Call

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(900)  # seconds of work, on a machine with other work

PROGRAM = """
import json, sys
from pathlib import Path
from {module} import *
{body}
json.dump(finding.to_json(), sys.stdout)
"""


def alone(module: str, body: str) -> Finding:
    """What a set finds in a process of its own: it forks, which nobody should do beside other threads."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module, body=body)],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, capture_output=True, text=True, check=False,
        timeout=800,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Finding.from_json(json.loads(done.stdout))


def sample(module: str, count: int, folder: Path) -> Finding:
    return alone(module, f"finding = run({count}, 1, Path({str(folder)!r}))")


def test_killed_at_a_call(fast_folder: Path) -> None:
    finding = sample("faults.crash_points", 60, fast_folder)
    assert finding.violations == []
    assert finding.repetitions == 60
    assert finding.notes["points"] >= 400


def test_eio(fast_folder: Path) -> None:
    finding = sample("faults.disk_errors", 8, fast_folder)
    assert finding.violations == []
    assert finding.repetitions == 16
    assert finding.notes["exits"] >= 6


def test_power_cuts(fast_folder: Path) -> None:
    finding = sample("faults.power_cuts", 30, fast_folder)
    assert finding.violations == []
    assert finding.repetitions == 30


LAZY = {
    "the log is not synced": 'call.kind == "sync" and call.path == "imagend.db-wal"',
    "pictures are not synced": 'call.kind == "sync" and call.path.startswith("blobs/")',
    "folders are not synced": 'call.kind == "sync_folder" and call.path.startswith("blobs/")',
    "the folder of all pictures is not synced": 'call.kind == "sync_folder" and call.path == ""',
}


@pytest.mark.parametrize("left_out", LAZY.values(), ids=LAZY.keys())
def test_a_lazy_disk_is_noticed(fast_folder: Path, left_out: str) -> None:
    folder = f"Path({str(fast_folder)!r})"
    body = f"""
home = {folder} / "home"
home.mkdir()
calls, facts = record(home)
kept = [(call, said) for call, said in calls if not ({left_out})]
assert len(kept) < len(calls)
finding = cut(kept, facts, 12, 1, {folder})
"""
    assert alone("faults.power_cuts", body).violations


@pytest.mark.parametrize(
    ("before", "sure", "after"),
    [
        ([], False, []),
        ([Call(kind="sync", path="part")], False, []),
        ([Call(kind="sync", path="part"), Call(kind="sync_folder", path="")], True, []),
        ([Call(kind="sync", path="part"), Call(kind="sync_folder", path="")], True, [Call(kind="unlink", path="part")]),
    ],
)
def test_the_image_has_what_was_synced(tmp_path: Path, before: list[Call], sure: bool, after: list[Call]) -> None:
    disk = Disk()
    for call in (Call(kind="create", path="part"), Call(kind="write", path="part", data=b"abc"), *before, *after):
        disk.feed(call)
    disk.image(tmp_path, None)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ([b"abc"] if sure else [])


def test_a_new_name_keeps_the_bytes(tmp_path: Path) -> None:
    disk = Disk()
    feed: Callable[[Call], None] = disk.feed
    for call in (
        Call(kind="mkdir", path="a"), Call(kind="create", path="part"), Call(kind="write", path="part", data=b"abc"),
        Call(kind="sync", path="part"), Call(kind="link", path="part", target="a/b"),
        Call(kind="sync_folder", path="a"), Call(kind="unlink", path="part"), Call(kind="sync_folder", path=""),
    ):  # fmt: skip
        feed(call)
    disk.image(tmp_path, None)
    assert (tmp_path / "a" / "b").read_bytes() == b"abc"
    assert not (tmp_path / "part").exists()
