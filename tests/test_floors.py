"""The shape of the house: imports go down only, no circles, no long files, one reader of the environment."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "imagend"

#: Room -> rooms of ours it may import (besides itself). A room not named here fails the test.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "sketch": set(),
    "engine": {"core", "sketch"},
    "store": {"core"},
    "blobs": {"core"},
    "safety": {"core"},
    "provenance": {"core"},
    "telemetry": {"core"},
    "weights": {"core"},
    "desk": {"core", "store", "blobs"},
    "workers": {"core", "engine", "safety", "provenance", "weights"},
    "api": {"core", "desk", "blobs", "safety"},
    "webhooks": {"core", "desk"},
    "sdk": set(),
    "settings": {"core", "settings_fields", "worker_settings", "placement_settings"},
    "placement_settings": {"settings_fields"},
    "settings_fields": {"core"},
    "worker_settings": {"core", "settings_fields"},
    "wiring": {
        "core", "store", "blobs", "desk", "workers", "api", "webhooks", "settings", "engine", "safety", "provenance",
        "telemetry", "weights",
    },
    "cli": {
        "core", "engine", "store", "blobs", "desk", "workers", "api", "settings", "wiring", "sdk", "safety",
        "provenance", "worker_settings", "weights",
    },
    "__main__": {"cli"},
    "__init__": {"sdk"},
}  # fmt: skip
#: Third-party libraries that must never be loaded by the gateway's rooms.
HEAVY = {"torch", "transformers", "diffusers", "ray", "openvino", "onnxruntime"}
ENVIRONMENT_READERS = {"settings", "sdk"}

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(file: Path) -> str:
    first = file.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports_of(file: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            assert node.module
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def identify(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


#: What needs torch for every line it has.
HEAVY_ROOM = "imagend.engine.backends.torch_diffusers"


@pytest.mark.parametrize("file", FILES, ids=identify)
def test_imports_go_down_only(file: Path) -> None:
    room = room_of(file)
    ours = {name.split(".")[1] for name in imports_of(file) if name.startswith("imagend.")} - {"__version__"}
    assert ours - {room} <= MAY_IMPORT[room], f"{identify(file)} looks up or sideways"


@pytest.mark.parametrize("file", FILES, ids=identify)
def test_heavy_libraries_are_imported_late(file: Path) -> None:
    names = imports_of(file, top_level_only=True)
    if HEAVY_ROOM.split(".") == module_name(file).split(".")[: HEAVY_ROOM.count(".") + 1]:
        return  # itself imported late, which the next line holds all others to
    assert not any(name.startswith(HEAVY_ROOM) for name in names)
    assert not {name.split(".")[0] for name in names} & HEAVY


@pytest.mark.parametrize("file", FILES, ids=identify)
def test_environment_is_read_in_one_place(file: Path) -> None:
    if room_of(file) in ENVIRONMENT_READERS:
        return
    text = file.read_text("utf-8")
    assert "os.environ" not in text
    assert "getenv" not in text


def test_no_file_over_400_lines() -> None:
    outside = [file for room in ("tests", "training", "faults") for file in (ROOT / room).rglob("*.py")]
    sources = [*FILES, *outside]
    lengths = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in sources}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_no_import_circles() -> None:
    modules = {module_name(file): file for file in FILES}
    graph = {name: edges(imports_of(file), modules) - {name} for name, file in modules.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def edges(imported: set[str], modules: dict[str, Path]) -> set[str]:
    """`from package import module` points at the module, not at the package around it."""
    found = {name for name in imported if name in modules}
    return {name for name in found if not any(other.startswith(f"{name}.") for other in found)}


def module_name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_room_for_leftovers() -> None:
    banned = {"utils", "util", "common", "helpers", "manager", "misc"}
    names = {part.removesuffix(".py") for file in FILES for part in file.relative_to(PACKAGE).parts}
    assert not names & banned
