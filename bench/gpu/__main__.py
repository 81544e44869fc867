"""`python -m bench.gpu NAME ... [--small] [--device cuda:0] [--out FOLDER]`: tables on a GPU; see README.md here."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from bench.gpu import page
from bench.gpu.meters import Meter, machine, release
from bench.gpu.run import Run
from bench.gpu.tables import TABLES
from bench.report import DOCS

WORKSPACE = "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
"""Without it torch refuses to be exact on CUDA; it must be there before CUDA is."""


def main(arguments: list[str] | None = None) -> int:
    """0; 1 when a part of a table failed, which its notes name."""
    told = _read(arguments)
    if told.names == ["page"]:
        page.rewrite()
        return 0
    if told.names == ["list"]:
        print("\n".join(TABLES))
        return 0
    if "strict" in told.names:
        os.environ.setdefault(*WORKSPACE)
    common = {"small": told.small, "device": told.device, "folder": told.out, "seconds": told.seconds}
    runs = [one(name, **common) for name in told.names]
    return int(any(run.failed for run in runs))


def one(name: str, *, small: bool, device: str, folder: Path | None, seconds: float) -> Run:
    kind = TABLES[name]
    run = Run(
        name=name, title=kind.title, about=kind.about, meter=Meter(device=device, seconds=seconds), small=small,
        folder=folder,
    )  # fmt: skip
    run.machine = machine(run.meter)
    release(run.meter)
    run.attempt(name, lambda: kind.make(run))
    print(f"\n{run.markdown()}")
    return run


def _read(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    words = "tables; `page` alone: rewrite docs/benchmarks.md; `list` alone: print their names"
    parser.add_argument("names", nargs="+", choices=[*TABLES, "page", "list"], help=words)
    parser.add_argument("--small", action="store_true", help="tiny models on the CPU, to see that it runs")
    parser.add_argument("--device", default="", help="as torch names it; cuda:0, or cpu with --small")
    parser.add_argument("--out", type=Path, help="folder of the JSON files; docs/data, or none with --small")
    parser.add_argument("--seconds", type=float, default=540.0, help="for each table; what does not fit is left out")
    told = parser.parse_args(arguments)
    if {"page", "list"} & {*told.names} and len(told.names) > 1:
        parser.error("page and list stand alone")
    told.device = told.device or ("cpu" if told.small else "cuda:0")
    told.out = told.out or (None if told.small else DOCS / "data")
    if not told.small and not told.device.startswith("cuda"):
        parser.error("models of full size are for a GPU: --device cuda:0, or --small")
    return told


if __name__ == "__main__":
    sys.exit(main())
