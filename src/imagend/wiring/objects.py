"""Where pictures lie."""

from __future__ import annotations

from imagend.blobs.base import BlobStore
from imagend.blobs.disk import DiskBlobs
from imagend.core.errors import BadSetting
from imagend.settings import Settings
from imagend.wiring.folder import prepare_folder


def open_blobs(settings: Settings) -> BlobStore:
    """Raises BadSetting."""
    if settings.object_store_url:
        raise BadSetting("object_store_url: no other store than the local disk is built in yet")
    return DiskBlobs(prepare_folder(settings.data_dir) / "blobs")
