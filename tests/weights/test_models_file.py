"""The models file: what it means, and one clear line for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.settings import Settings
from imagend.weights.models_file import ModelsFile, read_models_file
from imagend.wiring.models import read_catalog
from tests.weights.folders import model_folder

SHA = "0123456789abcdef0123456789abcdef01234567"


def written(folder: Path, text: str) -> Path:
    file = folder / "models.toml"
    file.write_text(text)
    return file


def read(folder: Path, text: str) -> ModelsFile:
    return read_models_file(written(folder, text))


def test_what_a_line_means(tmp_path: Path) -> None:
    models = read(
        tmp_path,
        f"""
        weights_dir = "pulled"
        [defaults]
        device = "cuda"
        [devices."cuda:0"]
        memory_gib = 22
        [models.imagen-4-fast]
        weights = "Tongyi-MAI/Z-Image-Turbo@{SHA}"
        steps = 9
        guidance = 1
        [models.imagen-4]
        weights = "./mine"
        precision = "float32"
        device = "cpu"
        max_lanes = 2
        """,
    )
    fast, standard = models.entries["imagen-4-fast"], models.entries["imagen-4"]
    assert (fast.source.repository, fast.source.revision) == ("Tongyi-MAI/Z-Image-Turbo", SHA)
    assert (fast.device, fast.precision, fast.steps, fast.guidance) == ("cuda:0", "bfloat16", 9, 1.0)
    assert (standard.source.folder, standard.device, standard.max_lanes) == (tmp_path / "mine", "cpu", 2)
    assert models.budgets == {"cuda:0": 22.0}
    assert models.unloading == frozenset()
    assert models.weights_dir == tmp_path / "pulled"


def test_models_of_a_device_may_take_turns(tmp_path: Path) -> None:
    text = '[devices.cuda]\nunload = true\n[devices."cuda:1"]\nmemory_gib = 8\nunload = false\n'
    models = read(tmp_path, text)
    assert (models.unloading, models.budgets) == ({"cuda:0"}, {"cuda:1": 8.0})


def test_models_with_the_same_weights_share_a_backend(tmp_path: Path) -> None:
    text = '[models.imagen]\nweights = "./a"\nsteps = 20\n[models.imagen-4]\nweights = "./a"\nsteps = 40\n'
    models = read(tmp_path, text + '[models.imagen-4-ultra]\nweights = "./a"\nmax_lanes = 1\n')
    assert [models.backend_of(slug) for slug in models.entries] == [
        "weights:imagen", "weights:imagen", "weights:imagen-4-ultra",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = 3", ": models must be a table, [models]"),
        ("what = 3", ": there is no what; there are weights_dir, defaults, devices, models"),
        ("[models.imagen]", ": models.imagen: weights is missing; it must be a folder or owner/name@revision"),
        ("models.imagen = 4", ": models.imagen must be a table, [models.imagen]"),
        ('models.imagen.weights = "a/b"', "as 40 hexadecimal digits, not 'a/b': imagend models pull pins it"),
        ('models.imagen.weights = "a/b@main"', "as 40 hexadecimal digits, not 'a/b@main': imagend models pull pins it"),
        ("models.imagen.weights = 3", ": models.imagen: weights must be a folder or owner/name@revision"),
        ('precision = "int3"', ": models.imagen: precision must be one of bfloat16, float16, float32, not 'int3'"),
        ('device = "gpu"', ": models.imagen: device must be cpu, mps, cuda or cuda:NUMBER, not 'gpu'"),
        ("max_lanes = 0", ": models.imagen: max_lanes must be a whole number from 1 to 256, not 0"),
        ("max_lanes = true", ": models.imagen: max_lanes must be a whole number from 1 to 256, not True"),
        ("guidance = nan", ": models.imagen: guidance must be a number from 0 to 1000, not nan"),
        ("memory_gib = 0", ": models.imagen: memory_gib must be a number from 0.1 to 100000, not 0"),
        ("scheduler = 4", ": models.imagen: scheduler must be a word, not 4"),
        ("negative_scale = 0.5", ": models.imagen: negative_scale must be a number from 1 to 30, not 0.5"),
        ("step_cache = 1.5", ": models.imagen: step_cache must be a number from 0 to 1, not 1.5"),
        ("strict = true\nstep_cache = 0.1", ": models.imagen: strict must be false, or step_cache 0: what a cache has"),
        ("strict = true\ncompiled = true", ": models.imagen: strict or compiled must be false: which kernel runs"),
        ('quantization = "int4"', ": models.imagen: quantization must be one of none, fp8, not 'int4'"),
        ("strict = 1", ": models.imagen: strict must be true or false, not 1"),
        ("overlap = 1", ": models.imagen: overlap must be true or false, not 1"),
        ('overlap = true\ndevice = "mps"', ": models.imagen: overlap must be false on mps"),
        (
            'overlap = true\n[models.imagen-4]\nweights = "./b"\nstrict = true',
            ": models.imagen: overlap must be false in a file where imagen-4 is strict",
        ),
        ("negative_prompt = 1", ": models.imagen: negative_prompt must be text, not 1"),
        ("lanes = 4", ": models.imagen: there is no lanes; there are weights, precision, device, max_lanes"),
        ("[defaults]\nsteps = 0", ": defaults: steps must be a whole number from 1 to 1000, not 0"),
        (
            '[devices."cuda:0"]\ngib = 4',
            ': devices.cuda:0 must be a table [devices."cuda:0"] with memory_gib, unload or both',
        ),
        ('[devices."cuda:0"]\nunload = 1', ": devices.cuda:0: unload must be true or false, not 1"),
        (
            "[devices.cpu]\nunload = true",
            ": devices.cpu: unload is for cuda devices: on cpu, models wait in the memory",
        ),
        ("[devices.gpu]\nmemory_gib = 4", ": devices.gpu must be cpu, mps, cuda or cuda:NUMBER, not 'gpu'"),
        ('[devices.cpu]\nmemory_gib = "4"', ": devices.cpu: memory_gib must be a number from 0.1 to 100000, not '4'"),
    ],
)
def test_one_clear_line_per_mistake(tmp_path: Path, text: str, words: str) -> None:
    if not text.startswith(("model", "what", "[")):
        text = f'[models.imagen]\nweights = "./a"\n{text}'
    with pytest.raises(BadSetting) as caught:
        read(tmp_path, text)
    assert caught.value.message.startswith(str(tmp_path / "models.toml"))
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_text_that_is_no_toml_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"models_file .* is no TOML: Expected"):
        read(tmp_path, "[models")
    with pytest.raises(BadSetting, match=r"models_file .*absent.toml cannot be read"):
        read_models_file(tmp_path / "absent.toml")


def settings(tmp_path: Path, text: str, **more: object) -> Settings:
    return Settings(data_dir=tmp_path, models_file=str(written(tmp_path, text)), **more)  # type: ignore[arg-type]


def test_cards_take_backend_and_defaults_from_it(tmp_path: Path) -> None:
    model_folder(tmp_path / "a")
    text = '[models.imagen-4]\nweights = "./a"\nsteps = 9\nguidance = 1\nscheduler = "FlowMatchEuler"\n'
    text += 'negative_prompt = ""\nnegative_scale = 3\n'
    catalog = read_catalog(settings(tmp_path, text))
    card = catalog.get("imagen-4")
    recipe = card.resolve({"prompt": "a kite"}, lambda: 5).recipe
    assert (recipe.backend, recipe.steps, recipe.guidance_scale) == ("weights:imagen-4", 9, 1.0)
    assert (recipe.scheduler, recipe.negative_prompt) == ("FlowMatchEuler", "")
    assert card.resolve({"prompt": "a kite", "steps": 12}, lambda: 5).recipe.steps == 12
    assert catalog.get("imagen-4-fast").backend == "sketch"


@pytest.mark.parametrize(
    ("config", "more", "sampler"),
    [
        ('{"_class_name": "DPMSolverMultistepScheduler"}', "", "DPMSolverMultistep"),
        ('{"_class_name": "PNDMScheduler"}', "", "PNDM"),
        ('{"_class_name": "SCMScheduler"}', "", "FlowMatchEuler"),
        ('{"_class_name": "DPMSolverMultistepScheduler"}', 'scheduler = "LMSDiscrete"', "LMSDiscrete"),
        ('{"_class_name": "Unheard"}', "", "DDIM"),  # as the card says
    ],
)
def test_requests_that_do_not_say_take_the_sampler_of_the_weights(
    tmp_path: Path, config: str, more: str, sampler: str
) -> None:
    folder = model_folder(tmp_path / "a")
    (folder / "scheduler" / "scheduler_config.json").write_text(config)
    card = read_catalog(settings(tmp_path, f'[models.imagen-4-fast]\nweights = "./a"\n{more}\n')).get("imagen-4-fast")
    assert card.resolve({"prompt": "a kite"}, lambda: 5).recipe.scheduler == sampler
    assert card.resolve({"prompt": "a kite", "scheduler": "DDIM"}, lambda: 5).recipe.scheduler == "DDIM"


def test_weights_of_another_machine_leave_the_sampler_to_the_card(tmp_path: Path) -> None:
    text = f'[models.imagen-4-fast]\nweights = "one/model@{"a" * 40}"\n'
    card = read_catalog(settings(tmp_path, text)).get("imagen-4-fast")
    assert card.defaults["scheduler"] == "DDIM"


def test_the_file_in_the_data_folder_is_found_without_a_setting(tmp_path: Path) -> None:
    written(tmp_path, '[models.imagen-4]\nweights = "./a"\n')
    assert read_catalog(Settings(data_dir=tmp_path)).get("imagen-4").backend == "weights:imagen-4"
    assert read_catalog(Settings(data_dir=tmp_path, backend="noop")).get("imagen-4").backend == "noop"


def test_sizes_without_planned_memory_are_not_offered(tmp_path: Path) -> None:
    plain = '[models.imagen-4]\nweights = "./a"\n'
    card = read_catalog(settings(tmp_path, plain)).get("imagen-4")
    assert set(card.sizes) == {"1K"}
    assert card.params["image_size"].schema()["enum"] == ["1K"]
    assert card.params["size"].read("size", "1536x1024") == (1536, 1024)
    with pytest.raises(Exception, match="at most 1572864 pixels in all"):
        card.params["size"].read("size", "1536x1536")
    large = read_catalog(settings(tmp_path, plain + "max_pixels = 9_000_000\n")).get("imagen-4")
    assert set(large.sizes) == {"1K", "2K"}


def test_a_card_whose_usual_size_is_too_large_has_a_smaller_one(tmp_path: Path) -> None:
    text = '[models.imagen-4-ultra]\nweights = "./a"\n'
    assert read_catalog(Settings(data_dir=tmp_path)).get("imagen-4-ultra").defaults["image_size"] == "2K"
    card = read_catalog(settings(tmp_path, text)).get("imagen-4-ultra")
    recipe = card.resolve({"prompt": "a kite"}, lambda: 5).recipe
    assert card.defaults["image_size"] == "1K"
    assert recipe.width * recipe.height <= 1_572_864


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[models.imagen-9]\nweights = "./a"', r"models: there is no model 'imagen-9'; there are imagen-4-fast, "),
        (
            '[models.imagen]\nweights = "./a"\nsteps = 400',
            "models.imagen: steps must be an integer from 1 to 100, not 400",
        ),
        (
            '[models.imagen]\nweights = "./a"\nguidance = 0',
            "models.imagen: guidance must be a number from 1 to 20, not 0",
        ),
        ('[models.imagen]\nweights = "./a"\nscheduler = "UniPC"', "models.imagen: scheduler must be one of DDIM, "),
        ('[models.imagen]\nweights = "./a"\nmax_pixels = 100000', "models.imagen: max_pixels must be at least 1"),
    ],
)
def test_what_the_cards_do_not_allow_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        read_catalog(settings(tmp_path, text))
