"""The image definitions follow the rules that hadolint and an auditor would ask for, and what they set is a setting.

No container engine is asked: instructions are read by the few lines here.
"""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from imagend import __version__
from imagend.settings import load_settings
from imagend.worker_settings import load_worker_settings
from tools.packages import ROOT

FOLDER = ROOT / "deploy" / "oci"
IMAGES = sorted(FOLDER.glob("Dockerfile*"))
KNOWN = {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "LABEL", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK",
         "ENTRYPOINT", "CMD"}  # fmt: skip
SECRET = re.compile(r"(?i)(password|secret|token|api_?key|credential)\w*=")


def instructions(file: Path) -> list[tuple[str, str]]:
    """(word, rest) of each instruction, continuation lines joined, comments gone."""
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    found = [line.strip().partition(" ") for line in text.splitlines() if line.strip()]
    return [(word, re.sub(r"\s+", " ", rest.strip())) for word, _, rest in found]


def last_stage(file: Path) -> list[tuple[str, str]]:
    all_of_them = instructions(file)
    return all_of_them[max(place for place, (word, _) in enumerate(all_of_them) if word == "FROM") :]


def environment(file: Path) -> dict[str, str]:
    pairs = " ".join(rest for word, rest in last_stage(file) if word == "ENV")
    return dict(re.findall(r"(\w+)=(\S+)", pairs))


def every(file: Path, wanted: str) -> list[str]:
    return [rest for word, rest in instructions(file) if word == wanted]


def test_there_are_two() -> None:
    assert [file.name for file in IMAGES] == ["Dockerfile", "Dockerfile.cuda"]


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_rules_of_a_good_image(file: Path) -> None:
    assert {word for word, _ in instructions(file)} <= KNOWN
    assert file.read_text("utf-8").startswith("# syntax=docker/dockerfile:1\n")
    [base] = [rest for rest in every(file, "ARG") if rest.startswith("BASE=")]
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.\d+-slim-[a-z]+", base), "named by version and system"
    assert every(file, "FROM") == ["${BASE} AS build", "${BASE}"], "what builds stays behind"
    assert not re.search(r":latest|\bsudo\b|\bADD\b|\bcurl\b.*\| *sh|chmod 777", file.read_text("utf-8"))
    for rest in every(file, "RUN"):
        assert " cd " not in rest
        if "apt-get install" in rest:
            assert "--no-install-recommends" in rest
            assert "rm -rf /var/lib/apt/lists/*" in rest
        if "pip " in rest:
            assert "-c constraints.txt" in rest
            assert "--only-binary :all:" in rest
            assert "--mount=type=cache,target=/root/.cache/pip" in rest, "or the cache would lie in a layer"


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_the_last_stage_is_small_and_has_no_rights(file: Path) -> None:
    stage = last_stage(file)
    assert [rest for word, rest in stage if word == "COPY"] == ["--from=build /opt/imagend /opt/imagend"]
    words = [word for word, _ in stage]
    assert words.count("USER") == 1
    assert dict(stage)["USER"] == "10001:10001", "a number: Kubernetes cannot know who a name is"
    assert words.index("USER") > max(place for place, word in enumerate(words) if word == "RUN")
    assert dict(stage)["ENTRYPOINT"] == '["imagend"]', "no shell between the engine's SIGTERM and the server"
    assert dict(stage)["CMD"] == '["serve"]'
    labels = " ".join(rest for word, rest in stage if word == "LABEL")
    for label in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in labels


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_no_secret_is_in_an_image(file: Path) -> None:
    for word, rest in instructions(file):
        if word in ("ARG", "ENV", "LABEL"):
            assert not SECRET.search(rest)


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_variables_suit_the_server_and_the_worker(file: Path) -> None:
    variables = environment(file)
    settings = load_settings(variables, {})
    assert str(settings.data_dir) == dict(last_stage(file))["VOLUME"].strip('[]"'), "never in the container's layer"
    assert str(settings.port) == dict(last_stage(file))["EXPOSE"]
    token = {"IMAGEND_WORKER_GATEWAY": "https://a:8001", "IMAGEND_WORKER_TOKEN_FILE": "/token"}
    assert load_worker_settings(variables | token, {}).gateway


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_the_health_check_asks_for_a_route_that_there_is(file: Path) -> None:
    [check] = every(file, "HEALTHCHECK")
    command = ast.literal_eval(check[check.index("CMD ") + 4 :])
    compile(command[-1], file.name, "exec")
    assert command[:2] == ["python", "-c"], "the image has no curl"
    assert "http://127.0.0.1:8000/health/live" in command[-1]


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_the_version_is_the_packages(file: Path) -> None:
    assert f"VERSION={__version__}" in every(file, "ARG")


def test_extras_are_extras() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        known = set(tomllib.load(file)["project"]["optional-dependencies"])
    for file in IMAGES:
        found = [names.split(",") for names in re.findall(r"EXTRAS=([a-z0-9,]+)", file.read_text("utf-8"))]
        assert found
        assert all(set(names) <= known for names in found)
        assert any('".[${EXTRAS}]"' in rest for rest in every(file, "RUN"))


def test_images_of_manifests_are_built_somewhere() -> None:
    built = {tag for file in IMAGES for tag in re.findall(r"-t (imagend:\S+)", file.read_text("utf-8"))}
    for file in (ROOT / "deploy").rglob("*.yaml"):
        for image in re.findall(r"image: (imagend:\S+)", file.read_text("utf-8")):
            assert image in built, f"{file.name}: {image}"


def test_the_builder_gets_what_the_package_is_built_from_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "*", "everything is left out unless it is named"
    given = {line[1:] for line in lines if line.startswith("!")}
    assert given == {"src", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"}
    assert all((ROOT / name).exists() for name in given)


def test_nothing_else_in_deploy_is_called_latest() -> None:
    done = subprocess.run(["git", "grep", "-nE", ":latest", "--", "deploy"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == ""
