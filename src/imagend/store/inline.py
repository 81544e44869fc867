"""Verbs for small pictures that lie in the database."""

from __future__ import annotations

from collections.abc import Mapping

from imagend.store.rows import Verbs


class InlineReads(Verbs):
    def inline_file(self, key: str) -> bytes | None:
        rows = self._run("inline_file", {"key": key})
        return bytes(rows[0]["data"]) if rows else None


class InlineTx(Verbs):
    def keep_inline(self, request_id: str, files: Mapping[str, bytes]) -> None:
        """files: bytes by key, none of them there yet."""
        for key, data in files.items():
            self._run("keep_inline", {"key": key, "request_id": request_id, "data": data})

    def drop_inline(self, request_id: str) -> None:
        self._run("drop_inline", {"request_id": request_id})
