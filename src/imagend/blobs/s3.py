"""Objects in a bucket of an S3-compatible store: created once, whole or not at all, checked after they were stored.

Needs of the store: PUT with `If-None-Match: *`, GET with ranges, HEAD, DELETE, ListObjectsV2. Nothing is overwritten,
so nothing here depends on the order of writes, on ETags that compare or on locks.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from imagend.blobs.base import PIECE_BYTES, BlobStat, Content, Target, words_of
from imagend.blobs.bucket import LONGEST_SECONDS, Bucket
from imagend.core.errors import BadSetting, BlobExists, BlobMissing, StorageUnavailable

if TYPE_CHECKING:
    from obstore.store import S3Credential

logger = logging.getLogger(__name__)
RETRIES = 2  # after the first try
PAGE_KEYS = 1000
_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"}


class S3Blobs:
    """See blobs/base.py."""

    def __init__(self, bucket: Bucket, clock: Callable[[], float], timeout_seconds: float = 10.0) -> None:
        """clock: epoch seconds as the store sees them, for signed URLs. timeout_seconds: for one request, and after
        which no more is tried. Raises BadSetting without the extra."""
        try:
            import obstore
            from obstore.store import S3Store
        except ImportError as error:
            raise BadSetting("object_store_url needs the extra s3: pip install 'imagend[s3]'") from error
        self._bucket = bucket
        self._clock = clock
        self._verbs = obstore
        self._tags_are_md5 = False  # until `probe` has seen so
        self._store: Any = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.store_endpoint,
            aws_endpoint_url_s3=bucket.store_endpoint,  # as all here: else the library takes the environment's
            region=bucket.region,
            virtual_hosted_style_request=not bucket.path_style,
            credential_provider=lambda: _credential(bucket),
            skip_signature=False,
            disable_bulk_delete=True,
            client_options={
                "allow_http": bucket.store_endpoint.startswith("http://"),
                "timeout": timedelta(seconds=timeout_seconds),
                "connect_timeout": timedelta(seconds=min(3.0, timeout_seconds)),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=timeout_seconds),
                "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2)},
            },
        )

    def probe(self) -> None:
        """Write, read, list and remove one object. Raises BadSetting saying in one line what does not work."""
        key, data = f"probe/{secrets.token_hex(8)}", secrets.token_bytes(16)
        try:
            stored = self._verbs.put(self._store, key, data, mode="create", use_multipart=False)
            self._tags_are_md5 = (stored["e_tag"] or "").strip('"') == hashlib.md5(
                data, usedforsecurity=False
            ).hexdigest()
            if self.read(key) != data or list(self.list("probe")).count(key) != 1:
                raise BadSetting(f"object_store_url: bucket {self._bucket.name} does not give back what was stored")
            self._verbs.delete(self._store, key)
        except (self._verbs.exceptions.BaseError, OSError, StorageUnavailable, BlobMissing) as error:
            raise BadSetting(self._diagnosis(error)) from error

    def _diagnosis(self, error: Exception) -> str:
        kinds, place = self._verbs.exceptions, self._bucket.base_url
        if isinstance(error, kinds.PermissionDeniedError | kinds.UnauthenticatedError):
            return f"object_store_url: {place} refuses the access key or its rights ({_status(error)})"
        if isinstance(error, FileNotFoundError):
            return f"object_store_url: there is no bucket {self._bucket.name} at {place}"
        return f"object_store_url: {place} does not answer as an object store ({_status(error)})"

    def put_new(self, key: str, data: bytes) -> None:
        words_of(key)
        mark = secrets.token_hex(8)  # a try that was carried out though its answer was lost is known by it
        noted = {"sha256": hashlib.sha256(data).hexdigest(), "put": mark, "Content-Type": _media_type(key)}
        try:
            with self._said(key):
                stored = self._verbs.put(
                    self._store, key, data, mode="create", use_multipart=False, attributes=noted
                )  # fmt: skip
        except BlobMissing as error:
            raise StorageUnavailable from error  # the bucket itself
        except BlobExists:
            if self._noted(key).get("put") != mark:
                raise
            return
        if self._tags_are_md5 and not _is_md5(stored["e_tag"], data):
            self._look_again(key, data)

    def _look_again(self, key: str, data: bytes) -> None:
        """The answer spoke of other bytes than ours: was it the answer, or is it the object? Then that must go."""
        if self.read(key) != data:
            self.delete(key)
            raise StorageUnavailable(f"the object store kept other bytes than were sent for {key}")

    def read(self, key: str) -> bytes:
        words_of(key)
        with self._said(key):
            return bytes(self._verbs.get(self._store, key).bytes())

    def pieces(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        words_of(key)
        options: Any = {"range": {"offset": start} if stop is None else (start, stop)} if start or stop else {}
        with self._said(key):
            stream = self._verbs.get(self._store, key, options=options).stream(min_chunk_size=PIECE_BYTES)
        return self._flow(key, stream)

    def _flow(self, key: str, stream: Any) -> Iterator[bytes]:
        with self._said(key):
            for piece in stream:
                yield bytes(piece)

    def stat(self, key: str) -> BlobStat:
        words_of(key)
        with self._said(key):
            found = self._verbs.get(self._store, key, options={"head": True})
        meta = found.meta
        noted: Any = found.attributes
        return BlobStat(
            size=meta["size"], modified_at=meta["last_modified"].timestamp(), sha256=str(noted.get("sha256", ""))
        )

    def _noted(self, key: str) -> dict[str, str]:
        with self._said(key):
            return {str(name): str(text) for name, text in
                    self._verbs.get(self._store, key, options={"head": True}).attributes.items()}  # fmt: skip

    def delete(self, key: str) -> None:
        words_of(key)
        try:
            with self._said(key):
                self._verbs.delete(self._store, key)
        except BlobMissing:
            pass

    def list(self, prefix: str) -> Iterator[str]:
        return (key for key, _ in self.sized(prefix))

    def sized(self, prefix: str) -> Iterator[tuple[str, int]]:
        words_of(prefix)
        with self._said(prefix):
            for page in self._verbs.list(self._store, prefix, chunk_size=PAGE_KEYS):
                for found in page:
                    yield found["path"], found["size"]

    def folders(self, prefix: str) -> Sequence[str]:
        words_of(prefix)
        with self._said(prefix):
            found = self._verbs.list_with_delimiter(self._store, prefix)
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found["common_prefixes"])

    def target(self, key: str, content: Content, seconds: int) -> Target | None:
        """The store itself refuses other bytes (Content-MD5) and a name that is taken (If-None-Match)."""
        words_of(key)
        headers = {
            "content-md5": content.md5,
            "content-type": content.media_type,
            "if-none-match": "*",
            "x-amz-meta-sha256": content.sha256,
        }
        url = self._bucket.signed_url("PUT", key, at=self._clock(), seconds=seconds, headers=headers)
        return Target(url=url, headers=headers)

    def link(self, key: str, since: float, seconds: int) -> str | None:
        words_of(key)
        return self._bucket.signed_url("GET", key, at=since, seconds=min(seconds, LONGEST_SECONDS))

    @contextmanager
    def _said(self, key: str) -> Iterator[None]:
        """The library's errors in our words. What the store wrote goes to the log, not to callers."""
        try:
            yield
        except FileNotFoundError as error:
            raise BlobMissing(f"no object {key}") from error
        except self._verbs.exceptions.AlreadyExistsError as error:
            raise BlobExists(f"{key} exists already") from error
        except (self._verbs.exceptions.BaseError, OSError) as error:
            logger.warning("object store: %s: %s", key, _status(error))
            raise StorageUnavailable("the object store does not answer; try again") from error


def _credential(bucket: Bucket) -> S3Credential:
    """Said outright: the library would mix a key of ours with a token of the environment."""
    return {
        "access_key_id": bucket.key_id,
        "secret_access_key": bucket.secret,
        "token": bucket.session_token or None,
        "expires_at": None,
    }


def content_of(data: bytes, media_type: str) -> Content:
    return Content(
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        md5=base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
        media_type=media_type,
    )


def _is_md5(tag: str | None, data: bytes) -> bool:
    return (tag or "").strip('"') == hashlib.md5(data, usedforsecurity=False).hexdigest()


def _media_type(key: str) -> str:
    return _MEDIA_TYPES.get(key.rpartition(".")[2], "application/octet-stream")


def _status(error: Exception) -> str:
    """The first line of what the library says, without the URL: that may be signed."""
    line = str(error).strip().partition("\n")[0]
    return " ".join(word for word in line.split() if "://" not in word)[:300]
