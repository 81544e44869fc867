"""What only files have: modes, links, leftovers, fsync."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imagend.blobs.disk import DiskBlobs
from imagend.core.errors import BlobMissing, StorageUnavailable

ROOT = Path(__file__).resolve().parents[2]


def test_files_are_private(tmp_path: Path) -> None:
    DiskBlobs(tmp_path / "blobs").put_new("r/a/b", b"x")
    assert (tmp_path / "blobs/r/a/b").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "blobs/r/a").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("where", ["file", "folder"])
def test_links_are_never_followed(tmp_path: Path, where: str) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "b").write_bytes(b"secret")
    if where == "file":
        (tmp_path / "blobs/r").mkdir()
        (tmp_path / "blobs/r/b").symlink_to(secret / "b")
    else:
        (tmp_path / "blobs/r").symlink_to(secret)
        with pytest.raises(StorageUnavailable):
            blobs.put_new("r/new", b"x")
        assert [path.name for path in secret.iterdir()] == ["b"]
    with pytest.raises(BlobMissing):
        blobs.read("r/b")
    blobs.delete("r/b")
    assert (secret / "b").read_bytes() == b"secret"


def test_leftovers_of_a_crash_go_at_start_and_are_never_listed(tmp_path: Path) -> None:
    DiskBlobs(tmp_path / "blobs")
    (tmp_path / "blobs/.parts/torn").write_bytes(b"half")
    blobs = DiskBlobs(tmp_path / "blobs")
    assert list((tmp_path / "blobs/.parts").iterdir()) == []
    blobs.put_new("r/a", b"x")
    assert list((tmp_path / "blobs/.parts").iterdir()) == []


def test_empty_folders_go_with_their_last_object(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")
    blobs.put_new("r/a/h/j/1", b"x")
    blobs.put_new("r/a/h2/j/1", b"x")
    blobs.delete("r/a/h/j/1")
    assert sorted(path.name for path in (tmp_path / "blobs/r/a").iterdir()) == ["h2"]


def test_disk_that_cannot_write_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    program = """
import resource, sys
from pathlib import Path
from imagend.blobs.disk import DiskBlobs
from imagend.core.errors import StorageUnavailable
blobs = DiskBlobs(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
blobs.put_new("r/small", b"x")
try:
    blobs.put_new("r/big", b"x" * 2000)
except StorageUnavailable as error:
    print(error)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT / "src", capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "the picture could not be stored: File too large\n"
    assert list(DiskBlobs(tmp_path).list("r")) == ["r/small"]
    assert list((tmp_path / ".parts").iterdir()) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_bytes_then_name_are_synced_before_put_returns(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from imagend.blobs.disk import DiskBlobs; "
        "DiskBlobs(Path(sys.argv[1])).put_new('r/a/b', b'x'); print('RETURNED', flush=True)"
    )
    trace = tmp_path / "trace"
    command = [
        "strace",
        "-f",
        "-o",
        str(trace),
        "-e",
        "trace=fsync,linkat,mkdirat,write",
        sys.executable,
        "-c",
        program,
    ]
    subprocess.run([*command, str(tmp_path / "blobs")], cwd=ROOT / "src", check=True, timeout=60, capture_output=True,
                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})  # fmt: skip
    calls = [line.split(maxsplit=1)[1] for line in trace.read_text().splitlines()]
    end = next(number for number, call in enumerate(calls) if "RETURNED" in call)
    kinds = [name for call in calls[:end] if (name := call.partition("(")[0]) != "write"]
    assert kinds[-7:] == ["fsync", "mkdirat", "fsync", "mkdirat", "fsync", "linkat", "fsync"]
