"""`imagend worker`: one worker process, started by the pool of a server."""

from __future__ import annotations

from pathlib import Path

from imagend.cli.logs import set_up_logging
from imagend.provenance.options import SealOptions
from imagend.safety.options import SafetyOptions
from imagend.workers.main import WorkerOptions, run_worker
from imagend.workers.worker import Pace


def run(
    *,
    address: str,
    token_file: Path,
    worker_id: str,
    backends: tuple[str, ...],
    parent_pid: int | None,
    beat_seconds: float,
    fence_seconds: float,
    hard_limit_seconds: float,
    safety: SafetyOptions,
    provenance: SealOptions,
    reserve: bool,
) -> None:
    set_up_logging("info")
    run_worker(
        WorkerOptions(
            address=address,
            token_file=token_file,
            worker_id=worker_id,
            backends=backends,
            parent_pid=parent_pid,
            hard_limit_seconds=hard_limit_seconds,
            safety=safety,
            pace=Pace(beat_seconds=beat_seconds, fence_seconds=fence_seconds, reserve=reserve),
            provenance=provenance,
        )
    )
