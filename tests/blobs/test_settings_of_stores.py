"""Settings of the object store that cannot be right are told before anything is asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.blobs.disk import DiskBlobs
from imagend.core.errors import BadSetting
from imagend.settings import Settings, load_settings
from imagend.wiring.objects import open_blobs

URL = {"object_store_url": "s3://some-bucket/prefix"}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"object_store_url": "https://some-bucket"}, "object_store_url must be s3://bucket"),
        ({"object_store_url": "s3://Some_Bucket"}, "object_store_url must be s3://bucket"),
        ({"object_store_url": "s3://some-bucket/../x"}, "object_store_url must be s3://bucket"),
        (URL | {"object_store_endpoint": "store.example"}, "object_store_endpoint must be"),
        (URL | {"object_store_endpoint": "https://store.example/path"}, "object_store_endpoint must be"),
        ({"picture_links": "store"}, "picture_links must be gateway without"),
        (URL | {"picture_links": "store", "file_retention_seconds": 604_801.0}, "at most 604800"),
        (URL | {"object_store_credentials": "/no/such/file"}, "cannot be read"),
        (URL, "the environment has no AWS_ACCESS_KEY_ID"),
    ],
)
def test_it_is_told(flags: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(BadSetting, match=said):
        open_blobs(load_settings({}, {"data_dir": str(tmp_path), **flags}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aws_access_key_id=a\n", "the file has no aws_secret_access_key"),
        ("[other]\naws_access_key_id=a\naws_secret_access_key=hush\n", "no section"),
        ("[default]\naws_access_key_id=a\nhush\n", "no section"),
    ],
)
def test_a_file_that_has_no_key_in_it(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(BadSetting, match=said) as caught:
        open_blobs(load_settings({}, {"data_dir": str(tmp_path), "object_store_credentials": str(file), **URL}))
    assert "hush" not in str(caught.value)


def test_without_a_url_it_is_the_disk(tmp_path: Path) -> None:
    assert isinstance(open_blobs(Settings(data_dir=tmp_path)), DiskBlobs)
