"""LoRAs in the models file: names on the cards, files, memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.core.upstreams import read_upstreams
from imagend.settings import Settings
from imagend.weights.hub import HubFile, Licence, Listing
from imagend.weights.loras import lora_numbers
from imagend.weights.models_file import ModelsFile, read_models_file
from imagend.weights.planning import load_of
from imagend.weights.pulling import Steward, pull_lora
from imagend.weights.writing import set_model
from imagend.wiring.models import read_catalog
from imagend.wiring.upstreams import forwarded
from tests.weights.folders import model_folder, safetensors

SHA = "0123456789abcdef0123456789abcdef01234567"
TEXT = """
[models.imagen]
weights = "./a"
[models.imagen-4]
weights = "./a"
[models.imagen-4.loras]
ink = "./ink.safetensors"
pixel-art = "maker/styles@0123456789abcdef0123456789abcdef01234567:new/pixel.safetensors"
"""


def written(folder: Path, text: str) -> ModelsFile:
    file = folder / "models.toml"
    file.write_text(text)
    return read_models_file(file)


def lora(file: Path, rank: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    safetensors(file, {"transformer.x.lora_A.weight": [rank, 20], "transformer.x.lora_B.weight": [30, rank]})
    return file


def test_requests_may_name_those_of_their_model(tmp_path: Path) -> None:
    written(tmp_path, TEXT)
    catalog = read_catalog(Settings(data_dir=tmp_path))
    card = catalog.get("imagen-4")
    assert card.schema()["properties"]["loras"]["items"]["properties"]["name"]["enum"] == ["ink", "pixel-art"]
    recipe = card.resolve({"prompt": "a", "loras": [{"name": "ink", "scale": 0.5}]}, lambda: 5).recipe
    assert (recipe.loras, recipe.backend) == ((("ink", 0.5),), "weights:imagen")
    without = catalog.get("imagen")
    assert "loras" not in without.schema()["properties"]
    assert without.resolve({"prompt": "a", "loras": []}, lambda: 5).ignored == ("loras",)


def test_the_file_says_how_many_and_how_strong(tmp_path: Path) -> None:
    table = "[models.imagen-4.loras]"
    written(tmp_path, TEXT.replace(table, f"max_loras = 1\nmax_lora_scale = 1.5\n{table}"))
    schema = read_catalog(Settings(data_dir=tmp_path)).get("imagen-4").params["loras"].schema()
    assert (schema["maxItems"], schema["items"]["properties"]["scale"]["maximum"]) == (1, 1.5)


def test_a_model_that_is_made_elsewhere_has_none_of_ours(tmp_path: Path) -> None:
    written(tmp_path, TEXT)
    catalog = read_catalog(Settings(data_dir=tmp_path))
    text = '[else]\nurl = "https://a.example"\nkey_env = "K"\n[else.models]\nimagen-4 = "imagen-4"\n'
    upstreams = read_upstreams(text)
    assert "loras" not in forwarded(catalog, upstreams).get("imagen-4").params


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("loras = 3", "loras must be a table of names and files, not 3"),
        (
            'loras = {"a b" = "./a.safetensors"}',
            "loras must be a table whose names are 1 to 64 letters, digits, - and _",
        ),
        (
            'loras = {a = "./a.ckpt"}',
            "loras must be a table of files that end with .safetensors, or owner/name@revision",
        ),
        ("loras = {a = 3}", "loras must be a table of files that end with .safetensors, or owner/name@revision"),
        (
            'loras = {a = "b/c:d.safetensors"}',
            "loras must be a table of files with revisions of 40 hexadecimal digits (imagend models pull pins them)",
        ),
        ("max_loras = 0", "max_loras must be a whole number from 1 to 16, not 0"),
        ("max_lora_scale = 0", "max_lora_scale must be a number from 0.1 to 100, not 0"),
    ],
)
def test_one_clear_line_per_mistake(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(BadSetting) as refused:
        written(tmp_path, f'[models.imagen]\nweights = "./a"\n{line}\n')
    assert f"models.imagen: {words}" in refused.value.message


def test_models_that_share_weights_mean_the_same_by_a_name(tmp_path: Path) -> None:
    text = TEXT.replace('./a"\n[models.imagen-4]', './a"\nloras = {ink = "./other.safetensors"}\n[models.imagen-4]')
    with pytest.raises(BadSetting, match=r"models.imagen-4: loras.ink must be ./other.safetensors, as for the models"):
        written(tmp_path, text)
    apart = written(tmp_path, text.replace("[models.imagen-4]\n", "[models.imagen-4]\nmax_lanes = 1\n"))
    assert apart.backend_of("imagen-4") == "weights:imagen-4"


def test_all_of_a_model_in_memory_are_found_and_counted(tmp_path: Path) -> None:
    model_folder(tmp_path / "a")
    models = written(tmp_path, TEXT)
    with pytest.raises(BadSetting, match=r"models.imagen-4: loras.ink: there is no file .*ink.safetensors"):
        load_of(models, "imagen")
    lora(tmp_path / "ink.safetensors", 4)
    with pytest.raises(BadSetting, match=rf"imagend models pull imagen-4.loras.pixel-art=maker/styles@{SHA}:new/pixel"):
        load_of(models, "imagen")
    lora(tmp_path / "weights" / "maker--styles" / f"{SHA}.loras" / "new" / "pixel.safetensors", 6)
    load = load_of(models, "imagen")
    assert load.lora_numbers == 2 * 6 * (20 + 30)  # both are as large as the larger
    assert load.weights_gib > replace(load, lora_numbers=0).weights_gib
    (tmp_path / "ink.safetensors").write_bytes(b"no")
    with pytest.raises(BadSetting, match=r"models.imagen: loras: .*ink.safetensors is no safetensors file"):
        load_of(models, "imagen")


def test_layers_of_all_layouts_are_counted(tmp_path: Path) -> None:
    shapes = {
        "lora_unet_a.lora_down.weight": [2, 10], "lora_unet_a.lora_up.weight": [10, 2], "lora_unet_a.alpha": [],
        "x.to_q_lora.down.weight": [2, 10], "x.to_q_lora.up.weight": [10, 2],
        "y.lora_A.default.weight": [2, 10], "y.lora_B.default.weight": [10, 2],
    }  # fmt: skip
    safetensors(tmp_path / "a.safetensors", shapes)
    assert lora_numbers("models.a", [tmp_path / "a.safetensors"]) == 3 * 40


class Shelf:
    """A hub in memory: one revision of one repository."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.fetched: list[str] = []

    def look(self, repository: str, revision: str | None) -> Listing:
        files = [file for file in self._folder.rglob("*") if file.is_file()]
        rows = [
            HubFile(name=str(file.relative_to(self._folder)), size=file.stat().st_size, sha256="", git_hash="")
            for file in files
        ]
        return Listing(repository=repository, revision=SHA, files=rows, licence=Licence(id="mit"))

    def fetch(self, listing: Listing, name: str, folder: Path) -> Path:
        self.fetched.append(name)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((self._folder / name).read_bytes())
        return folder / name


def test_one_file_of_a_repository_is_pulled_with_its_licence(tmp_path: Path) -> None:
    home, shelf = tmp_path / "home", Shelf(tmp_path / "shelf")
    lora(tmp_path / "shelf" / "new" / "pixel.safetensors", 6)
    lora(tmp_path / "shelf" / "large.safetensors", 600)
    (tmp_path / "shelf" / "LICENSE").write_text("Do what you like.")
    accepted: list[str] = []
    steward = Steward(accept=lambda it: accepted.append(it.id), tell=print, clock=lambda: 5.0, families=())
    with pytest.raises(BadSetting, match=r"has no old.safetensors; it has large.safetensors, new/pixel.safetensors"):
        pull_lora(shelf, home / "weights", "maker/styles", None, "old.safetensors", steward)
    for _ in range(2):
        assert pull_lora(shelf, home / "weights", "maker/styles", None, "new/pixel.safetensors", steward) == SHA
    assert (shelf.fetched, accepted) == (["LICENSE", "new/pixel.safetensors"], ["mit"])
    model_folder(home / "a")
    lora(home / "ink.safetensors", 2)
    models = written(home, TEXT.replace("pixel-art", "#"))
    assert list(models.loras_of("imagen")) == ["ink"]
    name = f"maker/styles@{SHA}:new/pixel.safetensors"
    models = set_model(models.path, "imagen-4.loras", {"pixel-art": name})
    assert {path.name for path in models.loras_of("imagen").values()} == {"ink.safetensors", "pixel.safetensors"}
