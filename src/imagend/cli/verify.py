"""`imagend verify`: where pictures come from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from imagend.core.errors import BadSetting
from imagend.provenance.report import Report, inspect
from imagend.settings import current_settings
from imagend.wiring.pictures import known_credentials


def run(files: list[Path], trust: tuple[Path, ...], data_dir: str | None, as_json: bool) -> None:
    """Print what each file shows; exit status 1 if one of them shows nothing, or shows that it was changed."""
    known = known_credentials(current_settings({"data_dir": data_dir}))
    anchors = b"\n".join(_read(path) for path in trust)
    reports = [(path, inspect(_read(path), known, anchors)) for path in files]
    if as_json:
        typer.echo(json.dumps([as_dict(path, report) for path, report in reports]))
    else:
        for path, report in reports:
            typer.echo("\n".join(lines(path, report)))
    if not all(report.confirmed for _, report in reports):
        raise typer.Exit(1)


def as_dict(path: Path, report: Report) -> dict[str, Any]:
    mark = report.mark
    return {
        "file": str(path),
        "confirmed": report.confirmed,
        "unreadable": report.unreadable or None,
        "c2pa": None if report.manifest is None else asdict(report.manifest) | {"issuer": report.issuer},
        "watermark": None if mark is None else {
            "server": f"{mark.server_id:08x}", "ours": report.mark_is_ours, "read": mark.decoded,
            "z": round(mark.z, 2), "scale": mark.scale,
        },
    }  # fmt: skip


def lines(path: Path, report: Report) -> Iterable[str]:
    yield f"{path}: {'provenance confirmed' if report.confirmed else 'provenance NOT confirmed'}"
    if report.unreadable:
        yield f"  cannot be read    {report.unreadable}"
    yield f"  C2PA manifest     {_manifest(report)}"
    if report.manifest and report.manifest.state == "valid":
        made = " (says: AI-generated)" if report.manifest.ai_generated else ""
        yield f"  made by           {report.manifest.generator}{made}"
        if facts := report.manifest.facts:
            yield "  made with         " + ", ".join(f"{name} {value}" for name, value in facts.items())
    if not report.unreadable:
        yield f"  invisible mark    {_mark(report)}"


def _manifest(report: Report) -> str:
    manifest = report.manifest
    if manifest is None:
        return "none"
    if manifest.state != "valid":
        return f"{manifest.state.upper()}: {', '.join(manifest.problems)}"
    return f"valid; signed by {manifest.signer} [{report.issuer}]"


def _mark(report: Report) -> str:
    mark = report.mark
    if mark is None:
        return "none found"
    whose = {True: "this server's", False: "another server's", None: "of a server unknown here"}[report.mark_is_ours]
    how = "read" if mark.decoded else "too faint to read, recognized"
    return f"{how}: server {mark.server_id:08x}, {whose} (z = {mark.z:.1f})"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSetting(f"cannot read {path}: {error.strerror}") from error
