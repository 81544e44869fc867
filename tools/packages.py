"""Build the sdist and the wheel into dist/, and try the wheel where nothing of the checkout is.

python -m tools.packages build            # dist/*.tar.gz, and dist/*.whl made from it
python -m tools.packages demo             # the same, then a fresh environment, the wheel, and examples/demo.py
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
#: What an environment of ours could bring in from the checkout, or from the operator's own settings.
LEAKS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def build(source: Path, target: Path) -> tuple[Path, Path]:
    """Sdist of `source` and wheel made from the unpacked sdist, both in `target`; needs hatchling here, no network."""
    target.mkdir(parents=True, exist_ok=True)
    sdist = _hatch(source, target, "sdist")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(sdist) as archive:
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Python 3.11.4
        archive.extractall(folder, **safely)  # type: ignore[arg-type]
        [unpacked] = Path(folder).iterdir()
        return sdist, _hatch(unpacked, target, "wheel")


def _hatch(source: Path, target: Path, kind: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    before = set(target.iterdir())
    for old in target.glob("imagend-*.whl" if kind == "wheel" else "imagend-*.tar.gz"):
        before.remove(old)
        old.unlink()
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    [made] = set(target.iterdir()) - before
    return made.resolve()


def clean_environment() -> dict[str, str]:
    """Variables of this process without those that lead into the checkout or that are settings."""
    return {name: value for name, value in os.environ.items() if name not in LEAKS and not name.startswith("IMAGEND_")}


def fresh(folder: Path, wheel: Path, extras: str = "") -> Path:
    """Python of a new environment in `folder` that has the wheel and, of its dependencies, the tested versions."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    command += ["-c", str(ROOT / "constraints.txt"), f"{wheel}{extras}"]
    subprocess.run(command, check=True, cwd=folder, env=clean_environment())
    return python


def demo(target: Path) -> None:
    """Raises if anything of the demo fails with the wheel alone."""
    started = time.monotonic()
    sdist, wheel = build(ROOT, target)
    print(f"{sdist.name} {sdist.stat().st_size:,} bytes, {wheel.name} {wheel.stat().st_size:,} bytes", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        python = fresh(folder / "environment", wheel)
        print(f"installed after {time.monotonic() - started:.0f} s", flush=True)
        shutil.copy(ROOT / "examples" / "demo.py", folder / "demo.py")
        _run(folder, python, "-c", f"import imagend; assert imagend.__file__.startswith({str(python.parents[1])!r})")
        _run(folder, python.parent / "imagend", "doctor", "--data-dir", "data")
        _run(folder, python, "demo.py", "--out", "out")
        pictures = sorted((folder / "out").glob("*.jpeg"))
        for picture in pictures:
            with Image.open(picture) as opened:
                opened.load()
        if len(pictures) != 11:
            raise SystemExit(f"{len(pictures)} pictures instead of ten and a sheet")
    print(f"the wheel passes the demo in an empty environment, {time.monotonic() - started:.0f} s in all")


def _run(folder: Path, *command: str | Path) -> None:
    subprocess.run([str(word) for word in command], cwd=folder, env=clean_environment(), check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("build", "demo"))
    parser.add_argument("--target", type=Path, default=ROOT / "dist")
    given = parser.parse_args()
    if given.what == "demo":
        demo(given.target)
        return
    for one in build(ROOT, given.target):
        print(one)


if __name__ == "__main__":
    main()
