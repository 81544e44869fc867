"""Room for uploads: bounded in bytes and in number, and found without looking at every earlier file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from imagend.blobs.disk import DiskBlobs
from imagend.desk.assets import LEAST_BYTES, RECOUNT_SECONDS, Assets, AssetsFull


def tiny() -> bytes:
    file = BytesIO()
    Image.new("L", (1, 1)).save(file, "PNG")
    return file.getvalue()


TINY = tiny()
ROOM = 10  # of the smallest files


class Watched(DiskBlobs):
    """Counts how often a folder is read."""

    lists = 0
    ghost = ""  # a key that is listed though its file is gone

    def list(self, prefix: str) -> Iterator[str]:
        self.lists += 1
        return iter([*super().list(prefix), *filter(None, [self.ghost])])


class House:
    def __init__(self, folder: Path) -> None:
        self.now = 1_800_000_000.0
        self.numbers = count()
        self.blobs = Watched(folder)
        self.assets = self.opened()

    def opened(self) -> Assets:
        return Assets(self.blobs, lambda: self.now, lambda _: next(self.numbers), ROOM * LEAST_BYTES)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "blobs")


def test_tiny_files_run_out_of_room_too(house: House) -> None:
    house.assets.store("acct_1", [TINY] * ROOM)
    with pytest.raises(AssetsFull, match=f"{ROOM * LEAST_BYTES} are used"):
        house.assets.store("acct_1", [TINY])
    assert house.assets.store("acct_2", [TINY])


def test_what_was_there_before_the_start_counts(house: House) -> None:
    house.assets.store("acct_1", [TINY] * ROOM)
    with pytest.raises(AssetsFull):
        house.opened().store("acct_1", [TINY])


def test_uploads_do_not_look_at_all_earlier_ones_each_time(house: House) -> None:
    for _ in range(ROOM):
        house.assets.store("acct_1", [TINY])
    assert house.blobs.lists == 1


def test_room_of_swept_files_is_free_again(house: House) -> None:
    keys = house.assets.store("acct_1", [TINY] * ROOM)
    for key in keys:
        house.blobs.delete(key)
    house.now += RECOUNT_SECONDS
    assert house.assets.store("acct_1", [TINY])


def test_a_file_that_is_swept_while_it_is_counted_does_not_matter(house: House) -> None:
    first, _ = house.assets.store("acct_1", [TINY] * 2)
    house.blobs.ghost = "a/acct_1/2027011508/" + "0" * 32 + ".png"
    assert house.opened().store("acct_1", [TINY])
    assert house.blobs.stat(first).size == len(TINY)


def test_uploads_side_by_side_get_no_more_than_the_room(house: House) -> None:
    def upload(_: int) -> bool:
        try:
            house.assets.store("acct_1", [TINY])
        except AssetsFull:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(upload, range(3 * ROOM))) == ROOM
