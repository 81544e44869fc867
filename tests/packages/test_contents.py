"""What is in the packages: every file that the code reads, nothing of the tests, and the same bytes each time."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.parser import BytesParser
from pathlib import Path

import pytest

from tools.packages import ROOT, build

SOURCE = ROOT / "src" / "imagend"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(ROOT, tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def wheel(packages: tuple[Path, Path]) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(packages[1]) as archive:
        yield archive


@pytest.fixture(scope="module")
def sdist(packages: tuple[Path, Path]) -> Iterator[tarfile.TarFile]:
    with tarfile.open(packages[0]) as archive:
        yield archive


def files(folder: Path) -> set[str]:
    """Files that are no leftovers, as git sees them: those that are tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "."]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return {name for name in done.stdout.split("\0") if name and (folder / name).is_file()}


def test_the_wheel_has_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    """Model, cards, policies, word lists, fonts, statements, migrations and the mark of types, byte for byte."""
    wanted = files(SOURCE)
    assert {"py.typed", "cards/imagen-4.toml", "sketch/weights/sketch.safetensors"} <= wanted
    assert {name.removeprefix("imagend/") for name in wheel.namelist() if name.startswith("imagend/")} == wanted
    for name in wanted:
        assert wheel.read(f"imagend/{name}") == (SOURCE / name).read_bytes(), name


def test_the_wheel_has_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"imagend"}
    assert sum(one.compress_size for one in wheel.infolist()) < 20_000_000


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    [folder] = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    said = BytesParser().parsebytes(wheel.read(f"{folder}/METADATA"))
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    assert (said["Name"], said["License-Expression"]) == ("imagend", "Apache-2.0")
    assert said["Requires-Python"] == project["requires-python"]
    assert set(said.get_all("Provides-Extra")) == set(project["optional-dependencies"])
    assert "imagend=imagend.cli.main:main" in wheel.read(f"{folder}/entry_points.txt").decode().replace(" ", "")
    licences = {name.rpartition("/")[2] for name in wheel.namelist() if "/licenses/" in name}
    assert licences == {"LICENSE", "OFL.txt"}


def test_the_sdist_has_what_it_is_built_from_and_what_its_pages_name(sdist: tarfile.TarFile) -> None:
    names = {name.partition("/")[2] for name in sdist.getnames()}
    for top in ("src", "docs", "deploy", "examples"):
        assert {f"{top}/{name}" for name in files(ROOT / top)} <= names
    assert {"pyproject.toml", "constraints.txt", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests", ".venv", "bench"))]


def test_building_again_gives_the_same_bytes(packages: tuple[Path, Path], tmp_path: Path) -> None:
    def sums(pair: tuple[Path, Path]) -> list[str]:
        return [hashlib.sha256(file.read_bytes()).hexdigest() for file in pair]

    assert sums(build(ROOT, tmp_path)) == sums(packages)
