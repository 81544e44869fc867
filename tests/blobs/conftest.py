from __future__ import annotations

import secrets
import time
from pathlib import Path

import pytest

from imagend.blobs.base import BlobStore
from imagend.blobs.disk import DiskBlobs
from imagend.blobs.s3 import S3Blobs
from tests.servers.swift import SwiftServer, s3_server

__all__ = ["s3_server"]


@pytest.fixture(scope="session")
def bucket_name(s3_server: SwiftServer) -> str:
    return s3_server.new_bucket()


@pytest.fixture
def s3_blobs(s3_server: SwiftServer, bucket_name: str) -> S3Blobs:
    """Empty, below a prefix that no other test has."""
    blobs = S3Blobs(s3_server.bucket(bucket_name, prefix=f"some/{secrets.token_hex(8)}"), time.time, 30.0)
    blobs._tags_are_md5 = True  # as `probe` would find
    return blobs


#: Another kind of store joins the contract suite with one line here and one fixture.
@pytest.fixture(params=["disk", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "disk":
        return DiskBlobs(tmp_path / "blobs")
    found: BlobStore = request.getfixturevalue("s3_blobs")
    return found
