"""The command tree. Each command loads what it needs when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from imagend.cli.doctor import doctor
from imagend.cli.keys import AsJson, DataDir, accounts_app, audit, credits_app, keys_app, usage
from imagend.cli.measure import bench
from imagend.cli.models import models_app
from imagend.cli.quarantine import quarantine
from imagend.cli.ray_pool import ray_pool
from imagend.cli.requests import requests_app
from imagend.cli.upstream import upstream_process
from imagend.cli.worker import worker, worker_process
from imagend.core.errors import ImagendError

app = typer.Typer(help="The Imagen API on your own hardware.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(keys_app, name="keys")
app.add_typer(accounts_app, name="accounts")
app.add_typer(credits_app, name="credits")
app.add_typer(models_app, name="models")
app.add_typer(requests_app, name="requests")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [IMAGEND_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port, 0 for a free one [IMAGEND_PORT].")] = None,
    data_dir: DataDir = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes [IMAGEND_WORKERS].")] = None,
    pool: Annotated[str | None, typer.Option(help="subprocess or ray [IMAGEND_POOL].")] = None,
    ray_address: Annotated[str | None, typer.Option(help="auto, local or host:port [IMAGEND_RAY_ADDRESS].")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; see docs/settings.md.")
    ] = None,
) -> None:
    """Run the server: gateway, queue and workers on this machine."""
    from imagend.cli.serve import run

    flags = {
        "host": host, "port": port, "data_dir": _text(data_dir), "workers": workers, "pool": pool,
        "ray_address": ray_address,
    }  # fmt: skip
    run(flags | dict(_pair(text) for text in setting or ()))


app.command()(worker)
app.command(hidden=True)(worker_process)
app.command(hidden=True)(upstream_process)


app.command(name="ray-pool")(ray_pool)


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="What the picture shows.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write (.jpeg, .png or .webp); of several, the first one's.")
    ] = Path("imagend.jpeg"),
    model: Annotated[str, typer.Option("--model", "-m", help="Slug of the model.")] = "imagen-4-fast",
    count: Annotated[int | None, typer.Option("-n", help="How many pictures.")] = None,
    aspect_ratio: Annotated[str | None, typer.Option("--aspect-ratio", "-a", help="1:1, 4:3, 3:4, 16:9, 9:16.")] = None,
    negative_prompt: Annotated[str | None, typer.Option(help="What it must not show.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", "-s", help="The same seed gives the same picture.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps, 1 to 100.")] = None,
    guidance_scale: Annotated[float | None, typer.Option(help="How closely to follow the prompt, 1 to 20.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="DDIM, PNDM, LMSDiscrete, ...")] = None,
    lora: Annotated[
        list[str] | None, typer.Option(metavar="NAME[:SCALE]", help="A LoRA of the model; repeat for several.")
    ] = None,
    preview: Annotated[bool, typer.Option(help="Show the forming picture, where the terminal has the colours.")] = True,
    base_url: Annotated[
        str | None, typer.Option(help="Use this server [IMAGEND_BASE_URL]; without one, draw in this process.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make pictures: on a server if one is named, otherwise right here."""
    from imagend.cli.drawing import Wish
    from imagend.cli.generate import lora_words, run

    words: dict[str, Any] = {
        "prompt": prompt, "aspect_ratio": aspect_ratio, "negative_prompt": negative_prompt, "seed": seed,
        "steps": steps, "guidance_scale": guidance_scale, "scheduler": scheduler, "num_images": count,
        "loras": lora_words(lora),
    }  # fmt: skip
    body = {name: value for name, value in words.items() if value is not None}
    body["output_format"] = {".png": "png", ".webp": "webp"}.get(output.suffix.lower(), "jpeg")
    wish = Wish(model=model, body=body, output=output)
    run(wish, base_url, on_server=bool(base_url or _server_named()), preview=preview, as_json=as_json)


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(help="Picture files.")],
    trust: Annotated[list[Path] | None, typer.Option(help="Certificates in PEM to trust; repeat for several.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say where pictures come from: C2PA manifest and watermark. Exit status 1 unless all of them show it."""
    from imagend.cli.verify import run

    run(files, tuple(trust or ()), _text(data_dir), as_json)


app.command()(usage)
app.command()(audit)
app.command()(quarantine)
app.command()(doctor)
app.command()(bench)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Also the pepper and the other secrets: keep it as safe as them.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Copy database and pictures, also while the server runs."""
    from imagend.cli.backup import run_backup

    run_backup(_text(data_dir), target, with_secrets)


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="A backup.")], data_dir: DataDir = None) -> None:
    """Put a backup into an empty data folder and check it. Status 1 if something is wrong with it."""
    from imagend.cli.backup import run_restore

    raise typer.Exit(run_restore(_text(data_dir), source))


@app.command()
def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is pending.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Bring the database's schema up to date."""
    from imagend.cli.backup import run_migrate

    run_migrate(_text(data_dir), dry_run)


@app.command()
def version() -> None:
    """Print the version."""
    from imagend import __version__

    typer.echo(__version__)


def main() -> None:
    """Run the command line; what users can mend is said in one line, with exit status 2."""
    try:
        app()
    except ImagendError as error:
        typer.echo(f"imagend: {error.message}", err=True)
        sys.exit(2)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise typer.BadParameter(f"--set wants NAME=VALUE, not {text!r}")
    return name.lower().replace("-", "_"), value


def _server_named() -> bool:
    from imagend.sdk.wire import server_named

    return server_named()
