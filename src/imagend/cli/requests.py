"""`imagend requests …`: what was asked of a server with one's key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from imagend.cli.keys import AsJson

if TYPE_CHECKING:
    from imagend.sdk import Client

requests_app = typer.Typer(help="Requests of your key at a server: list, show, cancel, retry.", no_args_is_help=True)
BaseUrl = Annotated[str | None, typer.Option(help="The server [IMAGEND_BASE_URL]; the key is IMAGEND_API_KEY.")]
PROMPT_LETTERS = 60  # of a line in the list


@requests_app.command("list")
def list_requests(
    model: Annotated[str | None, typer.Option(help="Slug, or a part of one.")] = None,
    status: Annotated[str | None, typer.Option(help="COMPLETED, FAILED or PENDING.")] = None,
    page: Annotated[int, typer.Option(min=1)] = 1,
    per_page: Annotated[int, typer.Option(min=1, max=100)] = 20,
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """The newest requests of the last seven days."""
    from imagend.cli.tables import table

    with _client(base_url) as client:
        found = client.generations.history(page=page, per_page=per_page, model_name=model, status=status)["history"]
    table(found if as_json else [_line(row) for row in found], as_json, "no requests")


@requests_app.command()
def show(request_id: str, base_url: BaseUrl = None, as_json: AsJson = False) -> None:
    """One request of any age; how far it is while it runs."""
    with _client(base_url) as client:
        row = client.generations.get(request_id)
        if row["model_status"] not in {"COMPLETED", "FAILED"}:
            row |= client.job(request_id).status()
    _print(row, as_json)


@requests_app.command()
def cancel(request_id: str, base_url: BaseUrl = None, as_json: AsJson = False) -> None:
    """Stop a request, free of charge; says what became of it."""
    with _client(base_url) as client:
        body = client.job(request_id).cancel()
    _print({name: body[name] for name in ("request_id", "status", "error") if name in body}, as_json)


@requests_app.command()
def retry(
    request_id: str,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Wait for the pictures and save them.")] = None,
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ask for the same again, with the same seed; a new request, which costs what the first did."""
    with _client(base_url) as client:
        row = client.generations.get(request_id)
        job = client.submit_async(row["model_name"], **row["request_body"])
        said: dict[str, Any] = {"request_id": job.request_id, "status": "QUEUED"}
        if output is not None:
            result = job.wait()
            said |= {"status": "COMPLETED", "files": [str(file) for file in result.save(output)], "cost": result.cost}
    _print(said, as_json)


@contextmanager
def _client(base_url: str | None) -> Iterator[Client]:
    from imagend.core.errors import BackendFailure
    from imagend.sdk import APIError, Client

    try:
        with Client(base_url=base_url) as client:
            yield client
    except APIError as error:
        raise BackendFailure(str(error)) from error


def _line(row: dict[str, Any]) -> dict[str, Any]:
    prompt = str((row.get("request_body") or {}).get("prompt") or "")
    return {
        "request_id": row["request_id"], "model": row["model_name"], "status": row["model_status"],
        "seconds": "" if row.get("latency_ms") is None else f"{row['latency_ms'] / 1000:.1f}",
        "credits": row.get("credits_deduction"), "when": str(row.get("model_created") or "")[:19].replace("T", " "),
        "prompt": prompt if len(prompt) <= PROMPT_LETTERS else prompt[: PROMPT_LETTERS - 1] + "…",
    }  # fmt: skip


def _print(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(row))
        return
    for name, value in row.items():
        if value is not None:
            typer.echo(
                f"{name:18} {json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value}"
            )
