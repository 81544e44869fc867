"""The models file as a program changes it: one model's lines, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.weights.models_file import read_models_file
from imagend.weights.writing import changed, set_model

SHA = "0123456789abcdef0123456789abcdef01234567"
PINNED = f"maker/tiny@{SHA}"
TEXT = """# mine
[devices."cuda:0"]
memory_gib = 22  # of 24

[models.imagen]  # the old one
weights = "./a"
# why nine
steps = 9

[models.imagen-4]
weights = "./b"
"""


def test_a_file_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "models.toml"
    made = set_model(path, "imagen-4", {"weights": PINNED, "steps": 9, "guidance": 1.5, "precision": "float32"})
    entry = made.entries["imagen-4"]
    assert (entry.source.text, entry.steps, entry.guidance, entry.precision) == (PINNED, 9, 1.5, "float32")
    assert read_models_file(path) == made
    assert [file.name for file in path.parent.iterdir()] == ["models.toml"]


def test_other_lines_stay_as_they_are() -> None:
    after = changed(TEXT, "imagen", {"weights": PINNED, "max_lanes": 2})
    assert after == TEXT.replace('weights = "./a"', f'max_lanes = 2\nweights = "{PINNED}"')
    assert (
        changed(TEXT, "imagen-4-fast", {"weights": PINNED}) == f'{TEXT}\n[models.imagen-4-fast]\nweights = "{PINNED}"\n'
    )
    assert changed(TEXT, "imagen-4", {"weights": "./c"}) == TEXT.replace("./b", "./c")
    quoted = '[ models . "imagen" ]\nweights = "./a"\n'
    assert changed(quoted, "imagen", {"weights": "./c"}) == quoted.replace("./a", "./c")


@pytest.mark.parametrize(
    "text", ['models.imagen.weights = "./a"\n', "[models\n", '[models.imagen]\nweights = "./a"\nlanes = 4\n']
)
def test_what_cannot_be_changed_stays_as_it_was(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(text)
    with pytest.raises(BadSetting, match=r"models\.toml"):
        set_model(path, "imagen", {"weights": PINNED})
    assert path.read_text() == text
