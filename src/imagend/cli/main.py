"""The command tree. Each command loads what it needs when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from imagend.core.errors import ImagendError
from imagend.safety.options import SafetyOptions

app = typer.Typer(help="The Imagen API on your own hardware.", no_args_is_help=True, pretty_exceptions_enable=False)
keys_app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)
credits_app = typer.Typer(help="Credits of an account: show, grant.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
app.add_typer(credits_app, name="credits")

DataDir = Annotated[
    Path | None, typer.Option(help="Where the server keeps its data [IMAGEND_DATA_DIR].", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [IMAGEND_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port, 0 for a free one [IMAGEND_PORT].")] = None,
    data_dir: DataDir = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes [IMAGEND_WORKERS].")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; see docs/settings.md.")
    ] = None,
) -> None:
    """Run the server: gateway, queue and workers on this machine."""
    from imagend.cli.serve import run

    flags = {"host": host, "port": port, "data_dir": _text(data_dir), "workers": workers}
    run(flags | dict(_pair(text) for text in setting or ()))


@app.command(hidden=True)
def worker(
    address: Annotated[str, typer.Option(help="The gateway's Unix socket, or http://host:port.")],
    token_file: Annotated[Path, typer.Option(help="File with the worker token.")],
    worker_id: Annotated[str, typer.Option(help="Name of this worker.")],
    backend: Annotated[list[str], typer.Option(help="Backend to load: a name, or module:factory.")],
    parent_pid: Annotated[int | None, typer.Option(help="Die with this process.")] = None,
    beat_seconds: float = 5.0,
    fence_seconds: float = 20.0,
    hard_limit_seconds: float = 300.0,
    safety_picture: Annotated[str, typer.Option(help="Classifiers of pictures.")] = SafetyOptions().picture,
    safety_policy: Annotated[Path | None, typer.Option(help="TOML file in place of the bundled policy.")] = None,
    provenance: str = "off",
    certificate: Path | None = None,
    private_key: Path | None = None,
    prompt_in_manifest: bool = False,
) -> None:
    """One worker process; `serve` starts these itself."""
    from imagend.cli.worker import run
    from imagend.provenance.options import SealOptions

    run(
        address=address, token_file=token_file, worker_id=worker_id, backends=tuple(backend), parent_pid=parent_pid,
        beat_seconds=beat_seconds, fence_seconds=fence_seconds, hard_limit_seconds=hard_limit_seconds,
        safety=SafetyOptions(policy=safety_policy, picture=safety_picture),
        provenance=SealOptions(
            layers=provenance, certificate=certificate, key=private_key, with_prompt=prompt_in_manifest,
        ),
    )  # fmt: skip


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="What the picture shows.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write (.jpeg, .png or .webp).")] = Path(
        "imagend.jpeg"
    ),
    model: Annotated[str, typer.Option(help="Slug of the model.")] = "imagen-4-fast",
    aspect_ratio: Annotated[str | None, typer.Option(help="1:1, 4:3, 3:4, 16:9 or 9:16.")] = None,
    negative_prompt: Annotated[str | None, typer.Option(help="What it must not show.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same picture.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps, 1 to 100.")] = None,
    guidance_scale: Annotated[float | None, typer.Option(help="How closely to follow the prompt, 1 to 20.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="DDIM, PNDM, LMSDiscrete, ...")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Use this server [IMAGEND_BASE_URL]; without one, draw in this process.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make one picture: on a server if one is named, otherwise right here."""
    from imagend.cli.generate import draw_here, draw_on_server, report

    words: dict[str, Any] = {
        "prompt": prompt, "aspect_ratio": aspect_ratio, "negative_prompt": negative_prompt, "seed": seed,
        "steps": steps, "guidance_scale": guidance_scale, "scheduler": scheduler,
    }  # fmt: skip
    body = {name: value for name, value in words.items() if value is not None}
    body["output_format"] = {".png": "png", ".webp": "webp"}.get(output.suffix.lower(), "jpeg")
    draw = draw_on_server if base_url or _server_named() else draw_here
    report(draw(model, body, output, base_url), as_json)


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


@app.command()
def models(as_json: AsJson = False) -> None:
    """List the models that this installation serves."""
    from imagend.cli.tables import print_models

    print_models(as_json)


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="Who the key is for.")],
    credits_: Annotated[str, typer.Option("--credits", help="Credits to start with (1 credit = 1 USD of prices).")],
    model: Annotated[list[str] | None, typer.Option(help="Allow these models only; repeat for several.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is shown once: only a keyed hash is stored."""
    from imagend.cli.accounts import create

    create(_text(data_dir), name, credits_, tuple(model or ()), as_json)


@keys_app.command("list")
def list_keys(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List keys with their accounts and credits; the keys themselves are not known any more."""
    from imagend.cli.accounts import list_all

    list_all(_text(data_dir), as_json)


@keys_app.command("revoke")
def revoke_key(key_id: str, data_dir: DataDir = None) -> None:
    """End a key: it answers 401 from then on."""
    from imagend.cli.accounts import revoke

    revoke(_text(data_dir), key_id)


@credits_app.command("show")
def show_credits(account: str, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Available, held, spent and granted credits of an account."""
    from imagend.cli.accounts import show_balance

    show_balance(_text(data_dir), account, as_json)


@credits_app.command("grant")
def grant_credits(
    account: str,
    amount: Annotated[str, typer.Argument(help="Credits; negative takes back.")],
    reason: Annotated[str, typer.Option(help="Written into the ledger.")] = "granted on the command line",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Give credits to an account."""
    from imagend.cli.accounts import grant

    grant(_text(data_dir), account, amount, reason, as_json)


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
