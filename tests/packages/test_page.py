"""docs/deploy.md names what there is, and those of its commands that need no root and no engine run."""

from __future__ import annotations

import os
import re
import subprocess
import zipfile
from pathlib import Path

from tests.packages.test_units import FOLDER as UNITS
from tests.packages.test_units import options
from tools.packages import ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_files_and_targets_are_there() -> None:
    for name in set(re.findall(r"\bdeploy/[\w./-]+[\w]", PAGE)) - {"deploy/compose/secrets"}:
        assert (ROOT / name).exists(), name
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"make ([a-z-]+)", PAGE)) <= set(targets)


def test_tags_are_those_of_the_image_files() -> None:
    tags = set(re.findall(r"-t (imagend:\S+)", "\n".join(file.read_text() for file in (ROOT / "deploy/oci").iterdir())))
    assert {tag.rstrip("`") for tag in re.findall(r"imagend:0[\w.-]+", PAGE)} == tags


def test_the_gateways_secrets_are_made_as_the_page_says(tmp_path: Path) -> None:
    [block] = [one for one in BLOCKS if "for name in pepper" in one]
    subprocess.run(["bash", "-euc", block], cwd=tmp_path, check=True)
    made = {file.name for file in (tmp_path / "secrets").iterdir()}
    wanted = {Path(value.split(":")[1]).name for value in options(UNITS / "gateway.conf")["LoadCredential"]}
    assert wanted - made == {"tls.crt", "tls.key", "provenance.pem"}, "these the page explains in words"
    assert made <= wanted
    assert all(f"`{name}`" in PAGE for name in wanted - made)
    assert (tmp_path / "secrets" / "pepper").stat().st_size == 32
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_the_units_are_installed_where_systemd_looks(tmp_path: Path) -> None:
    [block] = [one for one in BLOCKS if "systemctl enable" in one]
    commands = [line.removeprefix("sudo ") for line in block.splitlines() if line.startswith("sudo install")]
    here = " && ".join(commands).replace(" /etc/", f" {tmp_path}/etc/")
    subprocess.run(["bash", "-euc", here], cwd=ROOT, check=True, env={"PATH": os.environ["PATH"]})
    assert (tmp_path / "etc/systemd/system/imagend.service").read_bytes() == (UNITS / "imagend.service").read_bytes()


def test_sizes_of_the_wheel_are_the_page(tmp_path: Path) -> None:
    """Of what goes into it, packed as a wheel is."""
    [said] = re.findall(r"bundled model in it, (\d+) MB", PAGE)
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (ROOT / "src" / "imagend").rglob("*"):
            if file.is_file() and file.suffix != ".pyc":
                archive.write(file)
    assert round((tmp_path / "all.zip").stat().st_size / 1e6) == int(said)
