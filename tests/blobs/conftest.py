from __future__ import annotations

import time
from pathlib import Path

import pytest

from imagend.blobs.base import BlobStore
from imagend.blobs.disk import DiskBlobs
from imagend.blobs.s3 import S3Blobs
from tests.servers.swift import SwiftServer, s3_server

__all__ = ["s3_server"]


@pytest.fixture
def s3_blobs(s3_server: SwiftServer) -> S3Blobs:
    """An empty bucket, below a prefix."""
    blobs = S3Blobs(s3_server.bucket(s3_server.new_bucket(), prefix="some/where"), time.time)
    blobs.probe()
    return blobs


#: Another kind of store joins the contract suite with one line here and one fixture.
@pytest.fixture(params=["disk", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "disk":
        return DiskBlobs(tmp_path / "blobs")
    found: BlobStore = request.getfixturevalue("s3_blobs")
    return found
