"""`imagend backup`, `imagend restore` and `imagend migrate`."""

from __future__ import annotations

from pathlib import Path

import typer

from imagend.settings import current_settings
from imagend.wiring.backup import back_up
from imagend.wiring.restore import restore
from imagend.wiring.schema import migrate, schema_of


def run_backup(data_dir: str | None, target: Path, with_secrets: bool) -> None:
    settings = current_settings({"data_dir": data_dir})
    manifest = back_up(settings, target, with_secrets=with_secrets)
    size = sum(copied.size for copied in manifest.files.values())
    typer.echo(f"{len(manifest.files)} files, {size} bytes in {target}")
    if settings.object_store_url:
        typer.echo(f"pictures stay in {settings.object_store_url}: keep their versions there")
    if not with_secrets:
        typer.echo("secrets are not in it: keep the pepper and the others apart, or no key works after a restore")


def run_restore(data_dir: str | None, source: Path) -> int:
    """Returns the exit status."""
    settings = current_settings({"data_dir": data_dir})
    restored = restore(source, settings)
    typer.echo(f"restored into {settings.data_dir}: {restored.requests} requests wait, {restored.requeued} of them ran")
    if not restored.manifest.secrets:
        typer.echo("put the secrets into it before the first start: pepper, webhook-key, link-secret, provenance.pem")
    for request_id in restored.missing:
        typer.echo(f"a picture of request {request_id} is not in the backup", err=True)
    for line in restored.findings or ("the books are in order",):
        typer.echo(line)
    return 1 if restored.findings or restored.missing else 0


def run_migrate(data_dir: str | None, dry_run: bool) -> None:
    settings = current_settings({"data_dir": data_dir})
    schema = schema_of(settings)
    for name in schema.pending:
        typer.echo(f"pending: {name}")
    if not schema.pending:
        typer.echo(f"the schema is up to date: version {schema.applied}")
    elif not dry_run:
        migrate(settings)
        typer.echo(f"the schema has version {schema_of(settings).applied} now")
