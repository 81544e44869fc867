"""Acknowledged entries that a damaged or cut log has lost are missed at the next start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.store.mark import Mark
from imagend.store.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]
VICTIM = """
import sys
from pathlib import Path
from imagend.core.ledger import Entry
from imagend.store.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
store.write(lambda tx: tx.new_account("acct_1", "one", 0.0))
for number in range(20):
    store.write(lambda tx: tx.write_ledger("acct_1", Entry.GRANT, 1, 0.0))
print("ready", flush=True)
sys.stdin.read()
"""


def entries(store: SqliteStore) -> int:
    return len(store.read(lambda reads: reads.entries("acct_1", 0, 1000)))


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The folder of a killed process, with 20 acknowledged entries in its log."""
    path = tmp_path / "killed" / "imagend.db"
    program = [sys.executable, "-c", VICTIM, str(path)]
    with subprocess.Popen(program, cwd=ROOT / "src", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        os.kill(process.pid, signal.SIGKILL)
    assert path.with_name("imagend.db-wal").stat().st_size > 10_000
    return path.parent


def test_whatever_is_cut_off_or_flipped_is_missed(killed: Path, tmp_path: Path) -> None:
    size = (killed / "imagend.db-wal").stat().st_size
    frame = 4096 + 24
    for number, place in enumerate((0, 40, size // 2, size - frame - 10, size - 5)):
        for flip in (False, True):
            copy = tmp_path / f"{number}-{flip}"
            shutil.copytree(killed, copy)
            with (copy / "imagend.db-wal").open("r+b") as log:
                log.seek(place)
                byte = log.read(1)
                log.seek(place)
                if flip:
                    log.write(bytes([byte[0] ^ 1]))
                else:
                    log.truncate()
            with pytest.raises(BadSetting, match=r"lost \d+ acknowledged|damaged|no such table"):
                SqliteStore(copy / "imagend.db")


def test_a_whole_log_is_taken_and_without_its_mark_a_cut_one_too(killed: Path) -> None:
    store = SqliteStore(killed / "imagend.db")
    assert entries(store) == 20
    store.close()
    (killed / "imagend.mark").unlink()
    SqliteStore(killed / "imagend.db").close()


def test_a_torn_mark_knows_nothing(tmp_path: Path) -> None:
    mark = Mark(tmp_path / "mark")
    mark.write(7)
    assert mark.read() == 7
    with (tmp_path / "mark").open("r+b") as file:
        file.write(b"\xff")
    assert mark.read() == 0
    mark.close()
