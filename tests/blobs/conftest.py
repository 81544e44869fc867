from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from imagend.blobs.base import BlobStore
from imagend.blobs.disk import DiskBlobs

#: Another kind of store joins the contract suite with one line here.
STORES: dict[str, Callable[[Path], BlobStore]] = {"disk": lambda folder: DiskBlobs(folder / "blobs")}


@pytest.fixture(params=sorted(STORES))
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return STORES[request.param](tmp_path)
