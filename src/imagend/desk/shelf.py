"""Previews and progress for the other gateways: two small tables, forgotten after minutes. Previews are written only
while somebody watches, progress with the heartbeats."""

from __future__ import annotations

from collections.abc import Iterable

from imagend.store.base import Store
from imagend.store.gateway_rows import PreviewRow, ProgressRow
from imagend.store.sql import Tx

MAX_SHELF_BYTES = 512 * 1024  # one picture; a larger one is seen only where its worker speaks


class Shelf:
    """Safe from any thread; every verb waits for the database and may raise StorageUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, job_id: str, pictures: Iterable[PreviewRow]) -> None:
        """Repeatable."""
        fitting = [picture for picture in pictures if len(picture.data) <= MAX_SHELF_BYTES]

        def work(tx: Tx) -> None:
            for picture in fitting:
                tx.new_preview(job_id, picture)

        if fitting:
            self._store.write(work)

    def after(self, job_id: str, moment: int) -> list[PreviewRow]:
        """Those with a greater event id, in order."""
        return self._store.read(lambda reads: reads.previews_after(job_id, moment))

    def progress(self, job_id: str) -> ProgressRow | None:
        """As of a heartbeat."""
        return self._store.read(lambda reads: reads.progress(job_id))
