"""From a backup to a data folder that a server can start on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from imagend.blobs.disk import DiskBlobs
from imagend.core.errors import BadSetting
from imagend.core.outcome import Success
from imagend.desk.audit import audit
from imagend.desk.clock import steady_clock
from imagend.desk.sweeper import Sweeper
from imagend.settings import Settings
from imagend.store.sqlite import SqliteStore
from imagend.wiring.backup import DATABASE, FILES, Manifest, put_back, read_backup


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    manifest: Manifest
    requests: int  # that are not final
    requeued: int  # of them, that a worker had
    missing: tuple[str, ...]  # ids of completed requests of which a picture is not in the backup
    findings: tuple[str, ...]  # what the audit says


def restore(source: Path, settings: Settings) -> Restored:
    """Check the backup, copy it into the empty data folder, bring its schema up to date, hand the work of workers that
    are gone back to the queue, and audit the books. Raises BadSetting."""
    if settings.database_url:
        raise BadSetting("database_url: restore a PostgreSQL backup with pg_restore; see docs/operations.md")
    manifest = read_backup(source)
    if manifest.database != "sqlite":
        raise BadSetting(f"this is a backup of {manifest.database}; see docs/operations.md")
    put_back(source, manifest, settings)
    store = SqliteStore(settings.data_dir / DATABASE)
    try:
        requeued = Sweeper(store, settings.policy, steady_clock(), lambda _: None).recover_all()
        counts = store.read(lambda reads: reads.counts())
        return Restored(
            manifest=manifest,
            requests=counts["queued"] + counts["processing"],
            requeued=requeued,
            missing=() if settings.object_store_url else tuple(_missing(store, settings.data_dir / FILES)),
            findings=tuple(audit(store)),
        )
    finally:
        store.close()


def _missing(store: SqliteStore, folder: Path) -> list[str]:
    blobs, missing = DiskBlobs(folder), []
    known = set(blobs.list("r"))
    for row in store.read(lambda reads: reads.audit("jobs")):
        job = store.read(lambda reads, wanted=row["id"]: reads.job(wanted)) if row["kept"] else None  # type: ignore[misc]
        if job is None or not isinstance(job.outcome, Success):
            continue
        keys = {image.key for image in job.outcome.images} - known
        inline = {key for key in keys if store.read(lambda reads, key=key: reads.inline_file(key)) is not None}  # type: ignore[misc]
        if keys - inline:
            missing.append(job.id)
    return missing
