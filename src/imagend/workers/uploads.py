"""One picture on its way to where it is kept: right into the object store if it takes it, else through the gateway."""

from __future__ import annotations

import base64
import hashlib
import logging
import random
import time
from collections.abc import Callable

import httpx

from imagend.core import wire
from imagend.core.errors import StorageUnavailable
from imagend.workers.leases import Held
from imagend.workers.link import ONCE, GatewayUnreachable, Link

logger = logging.getLogger(__name__)
STORE_SECONDS = 10.0  # for each step of a PUT to the object store: connect, a write, the answer
_THERE = (200, 201, 412)  # 412: an earlier try was carried out though its answer was lost; `complete` looks at it


class Uploads:
    """Thread-safe."""

    def __init__(
        self,
        link: Link,
        *,
        clock: Callable[[], float] = time.monotonic,
        store_seconds: float = STORE_SECONDS,
    ) -> None:
        """clock: monotonic seconds. The link's patience is for one picture, all tries and ways together."""
        self._link = link
        self._clock = clock
        self._random = random.Random(link.worker_id)
        self._http = httpx.Client(timeout=store_seconds, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def store(self, held: Held, index: int, media_type: str, data: bytes) -> str:
        """The key of the stored picture. Every second try goes through the gateway, for a store that only it can reach.
        Raises StaleLease, GatewayRefused; StorageUnavailable when all tries failed."""
        give_up_at = self._clock() + self._link.patience.total_seconds
        pauses = self._link.patience.pauses(self._random)
        directly = held.direct
        while True:
            try:
                return (self._directly if directly else self._through_gateway)(held, index, media_type, data)
            except GatewayUnreachable as error:
                logger.warning("job %s: picture %d is not stored yet: %s", held.job_id, index, error.message)
            pause = next(pauses, None)
            if pause is None or self._clock() + pause >= give_up_at or self._link.rest(pause):
                raise StorageUnavailable
            directly = held.direct and not directly

    def _through_gateway(self, held: Held, index: int, media_type: str, data: bytes) -> str:
        return self._link.upload(held.job_id, held.token, index, media_type, data, ONCE)

    def _directly(self, held: Held, index: int, media_type: str, data: bytes) -> str:
        target = self._link.target(
            wire.Wanted(
                job_id=held.job_id,
                token=held.token,
                index=index,
                media_type=media_type,
                size=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                md5=base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            )
        )
        if not target.url:
            return self._through_gateway(held, index, media_type, data)
        try:
            status = self._http.put(target.url, content=data, headers=target.headers).status_code
        except httpx.TransportError as error:  # its text has no URL, which is as good as a key
            raise GatewayUnreachable(f"the object store: {type(error).__name__}: {error}") from error
        if status not in _THERE:
            raise GatewayUnreachable(f"the object store says {status}")
        return target.key
