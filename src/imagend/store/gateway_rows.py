"""Verbs for what several gateways share; `Reads` and `Tx` in sql.py inherit them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from imagend.store.rows import Verbs


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A worker that was heard of. All `_at` are epoch seconds."""

    id: str
    backends: tuple[str, ...]
    gateway: str  # that heard of it last
    heard_at: float
    first_heard_at: float = 0.0
    version: str = ""
    state: str = "working"  # or draining
    capacity: int = 0  # the most jobs that it has asked for at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """A picture of a running denoising, under its event id."""

    moment: int
    done: int
    total: int
    at: float
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRow:
    """How far a running job was at its last heartbeat."""

    tries: int
    done: int  # evaluations
    total: int
    at: float  # epoch seconds


class GatewayReads(Verbs):
    def workers_since(self, since: float) -> list[WorkerRow]:
        """Workers heard of at `since` or later."""
        rows = self._run("workers_since", {"since": since})
        return [WorkerRow(**row | {"backends": tuple(json.loads(row["backends"]))}) for row in rows]

    def previews_after(self, request_id: str, after: int) -> list[PreviewRow]:
        """In order of their event ids."""
        rows = self._run("previews_after", {"request_id": request_id, "after": after})
        return [PreviewRow(**row | {"data": bytes(row["data"])}) for row in rows]

    def progress(self, request_id: str) -> ProgressRow | None:
        rows = self._run("progress", {"request_id": request_id})
        return ProgressRow(**rows[0]) if rows else None

    def secret_print(self, name: str) -> str | None:
        rows = self._run("secret_print", {"name": name})
        return rows[0]["print"] if rows else None


class GatewayTx(GatewayReads):
    # --- workers

    def worker_heard(self, worker: WorkerRow) -> None:
        """Its state stays what it was, its capacity only grows."""
        values = {"id": worker.id, "gateway": worker.gateway, "version": worker.version, "capacity": worker.capacity}
        self._run("worker_heard", values | {"backends": json.dumps(worker.backends), "now": worker.heard_at})

    def worker_state(self, worker_id: str, state: str) -> bool:
        """state: working or draining. False: nobody has heard of it."""
        return bool(self._run("worker_state", {"id": worker_id, "state": state}))

    def worker_gone(self, worker_id: str) -> None:
        self._run("worker_gone", {"id": worker_id})

    # --- rates

    def hold_rate_bucket(self, key_id: str, full: float, now: float) -> tuple[float, float]:
        """(tokens, updated_at) of the key's bucket, which nobody else can change before this transaction ends; one that
        is not there yet is made with `full` tokens."""
        row = self._run("hold_rate_bucket", {"key_id": key_id, "tokens": full, "now": now})[0]
        return row["tokens"], row["updated_at"]

    def set_rate_bucket(self, key_id: str, tokens: float, now: float) -> None:
        self._run("set_rate_bucket", {"key_id": key_id, "tokens": tokens, "now": now})

    # --- repeated requests

    def new_try(self, try_id: str, print_: str, number: int, request_id: str, now: float) -> None:
        values = {"id": try_id, "print": print_, "number": number, "request_id": request_id, "now": now}
        self._run("insert_try", values)

    def take_over_try(self, print_: str, number: int, since: float) -> str | None:
        """The request of the newest try before this one that nobody has taken, which is taken now."""
        rows = self._run("take_over_try", {"print": print_, "number": number, "since": since})
        return rows[0]["request_id"] if rows else None

    def claim_try(self, try_id: str) -> bool:
        """Whether nobody had taken it; now nobody can."""
        return bool(self._run("claim_try", {"id": try_id}))

    def free_try(self, try_id: str) -> None:
        self._run("free_try", {"id": try_id})

    # --- previews

    def new_preview(self, request_id: str, preview: PreviewRow) -> None:
        self._run("insert_preview", {
            "request_id": request_id, "moment": preview.moment, "done": preview.done, "total": preview.total,
            "at": preview.at, "media_type": preview.media_type, "data": preview.data,
        })  # fmt: skip

    def note_progress(self, request_id: str, progress: ProgressRow) -> None:
        """An older one than what is there changes nothing."""
        self._run("note_progress", {"request_id": request_id, **asdict(progress)})

    # --- one installation

    def keep_secret_print(self, name: str, print_: str) -> str:
        """Keep the print if there is none of this name. Returns the one that is kept."""
        self._run("keep_secret_print", {"name": name, "print": print_})
        return self.secret_print(name) or ""

    def take_chore(self, name: str, gateway: str, now: float, until: float) -> bool:
        """Whether the chore is this gateway's until then."""
        return bool(self._run("take_chore", {"name": name, "gateway": gateway, "now": now, "until": until}))

    def forget_shared(self, workers: float, rates: float, tries: float, previews: float) -> None:
        """Drop rows that are older than these moments."""
        places = {"workers": workers, "rate_buckets": rates, "tries": tries, "previews": previews, "progress": previews}
        for name, before in places.items():
            self._run(f"forget_{name}", {"before": before})
