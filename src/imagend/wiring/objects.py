"""Where pictures lie."""

from __future__ import annotations

import configparser
import re
import time
from pathlib import Path

from imagend.blobs.base import BlobStore
from imagend.blobs.bucket import LONGEST_SECONDS, Bucket
from imagend.blobs.disk import DiskBlobs
from imagend.blobs.s3 import S3Blobs
from imagend.core.errors import BadSetting
from imagend.settings import Settings, object_store_environment
from imagend.wiring.folder import gateway_name, prepare_folder

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*/?")
_HOST = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/?")


def open_blobs(settings: Settings) -> BlobStore:
    """Raises BadSetting; of an object store when it does not take, give back, list and remove an object."""
    _check(settings)
    if not settings.object_store_url:
        folder = prepare_folder(settings.data_dir)
        if settings.pictures_dir:
            return DiskBlobs(prepare_folder(Path(settings.pictures_dir).expanduser()), gateway_name(folder))
        return DiskBlobs(folder / "blobs")
    blobs = S3Blobs(_bucket(settings), time.time, settings.object_store_timeout_seconds)
    blobs.probe()
    return blobs


def _check(settings: Settings) -> None:
    url, endpoint = settings.object_store_url, settings.object_store_endpoint
    if url and settings.pictures_dir:
        raise BadSetting("pictures_dir and object_store_url must not both be set")
    if url and not _BUCKET.fullmatch(url):
        raise BadSetting(f"object_store_url must be s3://bucket or s3://bucket/prefix, not {url!r}")
    if endpoint and not _HOST.fullmatch(endpoint):
        raise BadSetting(f"object_store_endpoint must be http(s)://host[:port], not {endpoint!r}")
    if settings.picture_links == "store" and not url:
        raise BadSetting("picture_links must be gateway without object_store_url")
    if settings.picture_links == "store" and settings.file_retention_seconds > LONGEST_SECONDS:
        raise BadSetting(f"picture_links: with store, file_retention_seconds must be at most {LONGEST_SECONDS}")


def _bucket(settings: Settings) -> Bucket:
    name, _, prefix = settings.object_store_url.removeprefix("s3://").partition("/")
    known = _credentials(settings)
    return Bucket(
        name=name,
        prefix=prefix.rstrip("/"),
        endpoint=settings.object_store_endpoint,
        region=settings.object_store_region,
        path_style=settings.object_store_path_style,
        key_id=known["aws_access_key_id"],
        secret=known["aws_secret_access_key"],
        session_token=known.get("aws_session_token", ""),
    )


def _credentials(settings: Settings) -> dict[str, str]:
    file = settings.object_store_credentials
    known = _credentials_file(Path(file).expanduser()) if file else object_store_environment()
    for name in ("aws_access_key_id", "aws_secret_access_key"):
        if not known.get(name):
            place = "object_store_credentials: the file has no" if file else "object_store_url: the environment has no"
            raise BadSetting(f"{place} {name if file else name.upper()}")
    return known


def _credentials_file(path: Path) -> dict[str, str]:
    """name=value lines; in the section `default` where the file has sections, as Amazon's tools write them."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        text = path.read_text("utf-8")
        parser.read_string(text if text.lstrip().startswith("[") else f"[default]\n{text}")
        return dict(parser["default"])
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"object_store_credentials: {path} cannot be read") from error
    except (configparser.Error, KeyError):  # its text may quote the secret
        raise BadSetting(f"object_store_credentials: {path} has no section [default] with name=value lines") from None
