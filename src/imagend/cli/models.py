"""`imagend models`: the cards and what serves them; pulling weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from imagend.cli.keys import AsJson, DataDir

models_app = typer.Typer(help="The models that are served, and their weights.", invoke_without_command=True)
ModelsFileOption = Annotated[Path | None, typer.Option(help="The models file [IMAGEND_MODELS_FILE].")]


@models_app.callback()
def models(context: typer.Context, as_json: AsJson = False) -> None:
    """List the models that this installation serves; or pull weights for one."""
    if context.invoked_subcommand is None:
        list_models(as_json)


@models_app.command(name="list")
def list_models(as_json: AsJson = False, models_file: ModelsFileOption = None, data_dir: DataDir = None) -> None:
    """Cards, what serves them, and whether it is here."""
    from imagend.cli.model_rows import print_models

    print_models(as_json, _flags(models_file, data_dir))


@models_app.command()
def pull(
    wishes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SLUG=OWNER/NAME[@REVISION]", help="Or SLUG=FOLDER; a LoRA: SLUG.loras.NAME=OWNER/NAME:FILE."
        ),
    ] = None,
    preset: Annotated[str | None, typer.Option(help="All of a preset: 16gb, 24gb or 80gb.")] = None,
    accept_licence: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Accept this licence without being asked; repeat.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Take what is here, ask no network.")] = False,
    precision: Annotated[str | None, typer.Option(help="bfloat16, float16 or float32.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, mps, cuda or cuda:NUMBER.")] = None,
    max_lanes: Annotated[int | None, typer.Option(help="Pictures denoised in one call.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of requests that do not say.")] = None,
    guidance: Annotated[float | None, typer.Option(help="Guidance of requests that do not say.")] = None,
    models_file: ModelsFileOption = None,
    data_dir: DataDir = None,
) -> None:
    """Download weights, check them, ask for their licence, and write down which model they serve."""
    from imagend.cli.pull import run_pull

    fields = {
        "precision": precision, "device": device, "max_lanes": max_lanes, "steps": steps, "guidance": guidance,
    }  # fmt: skip
    run_pull(
        wishes or [], preset, {name: value for name, value in fields.items() if value is not None},
        tuple(accept_licence or ()), offline, _flags(models_file, data_dir),
    )  # fmt: skip


def _flags(models_file: Path | None, data_dir: Path | None) -> dict[str, Any]:
    return {
        "models_file": None if models_file is None else str(models_file),
        "data_dir": None if data_dir is None else str(data_dir),
    }
