"""From a backup to a database and folders that a server can start on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from imagend.blobs.disk import DiskBlobs
from imagend.core.errors import BadSetting
from imagend.core.outcome import Success
from imagend.core.watch import UNWATCHED
from imagend.desk.audit import audit
from imagend.desk.clock import steady_clock
from imagend.desk.sweeper import Sweeper
from imagend.settings import Settings
from imagend.store.base import Store
from imagend.wiring.backup import DUMP, Manifest, make_empty, put_back, read_backup
from imagend.wiring.books import open_store
from imagend.wiring.folder import pictures_folder
from imagend.wiring.postgres_dump import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    manifest: Manifest
    requests: int  # that are not final
    requeued: int  # of them, that a worker had
    missing: tuple[str, ...]  # ids of completed requests of which a picture is not in the backup
    findings: tuple[str, ...]  # what the audit says


def restore(source: Path, settings: Settings) -> Restored:
    """Check the backup, copy it into the empty data folder and database, bring its schema up to date, hand the work of
    workers that are gone back to the queue, and audit the books. Raises BadSetting."""
    manifest = read_backup(source)
    wanted = "postgresql" if settings.database_url else "sqlite"
    if manifest.database != wanted:
        raise BadSetting(f"this is a backup of {manifest.database}, and database_url says {wanted}")
    make_empty(settings.data_dir)
    if settings.database_url:
        load(settings, source / DUMP)
    put_back(source, manifest, settings)
    store = open_store(replace(settings, auto_migrate=True), lambda _: None, UNWATCHED, lambda: None)
    try:
        requeued = Sweeper(store, settings.policy, steady_clock(), lambda _: None).recover_all()
        counts = store.read(lambda reads: reads.counts())
        return Restored(
            manifest=manifest,
            requests=counts["queued"] + counts["processing"],
            requeued=requeued,
            missing=() if settings.object_store_url else tuple(_missing(store, pictures_folder(settings))),
            findings=tuple(audit(store)),
        )
    finally:
        store.close()


def _missing(store: Store, folder: Path) -> list[str]:
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
