"""Memory is planned from heads of files, and what does not fit is told with what would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imagend.core.errors import BadSetting
from imagend.settings import Settings
from imagend.weights.folder import numbers_in, read_folder
from imagend.weights.models_file import read_models_file
from imagend.weights.planning import load_of, plan_memory
from imagend.weights.shape import shape_of
from imagend.wiring.gateway import build_gateway
from imagend.wiring.models import read_catalog
from imagend.wiring.weights import check_weights, crew_of
from tests.weights.folders import model_folder, safetensors

GIGA = 2**30
ONE = {"transformer": 6 * GIGA // 2, "text_encoder": 2 * GIGA // 2}  # 8 GiB in bfloat16


def planned(folder: Path, text: str, budget: float = 100, processes: int = 1) -> float:
    """GiB of cuda:0."""
    file = folder / "models.toml"
    file.write_text(f'[devices."cuda:0"]\nmemory_gib = {budget}\n[models.imagen]\nweights = "./a"\n{text}')
    models = read_models_file(file)
    return plan_memory(models, models.entries, processes)["cuda:0"].total_gib


def refusal(folder: Path, text: str, budget: float, processes: int = 1) -> str:
    with pytest.raises(BadSetting) as caught:
        planned(folder, text, budget, processes)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_numbers_are_counted_in_heads(tmp_path: Path) -> None:
    safetensors(tmp_path / "a.safetensors", {"one": [3, 4], "two": [], "three": [5]})
    assert numbers_in(tmp_path / "a.safetensors") == 18
    safetensors(tmp_path / "none.safetensors", {})
    assert numbers_in(tmp_path / "none.safetensors") == 0


def test_a_file_that_was_cut_short_is_not_loaded(tmp_path: Path) -> None:
    file = model_folder(tmp_path / "a") / "vae" / "model.safetensors"
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - 1)
    with pytest.raises(BadSetting, match=r"model\.safetensors is not whole: it should have \d+ bytes and has \d+"):
        read_folder(tmp_path / "a")
    file.write_bytes(b"pickle")
    with pytest.raises(BadSetting, match="is no safetensors file"):
        read_folder(tmp_path / "a")


def test_shards_are_those_of_the_index(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "a") / "transformer"
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(BadSetting, match=r"transformer is not whole: there is no model-00002-of-00002\.safetensors"):
        read_folder(tmp_path / "a")
    safetensors(folder / "model-00002-of-00002.safetensors", {"b": [500]})
    safetensors(folder / "model.fp16.safetensors", {"b": [7777]})
    assert read_folder(tmp_path / "a").numbers["transformer"] == 1500


def test_a_component_that_is_missing_is_named(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "a")
    (folder / "vae" / "model.safetensors").unlink()
    with pytest.raises(BadSetting, match=r"vae holds no model\.safetensors"):
        read_folder(folder)
    (folder / "vae").rename(folder / "old")
    with pytest.raises(BadSetting, match=r"is not whole: there is no vae, which model_index\.json names"):
        read_folder(folder)


def test_weights_are_counted_in_the_precision_they_are_loaded_in(tmp_path: Path) -> None:
    model_folder(tmp_path / "a", ONE)
    (tmp_path / "models.toml").write_text('[models.imagen]\nweights = "./a"\n')
    load = load_of(read_models_file(tmp_path / "models.toml"), "imagen")
    assert load.weights_gib == pytest.approx(8, abs=0.001)
    (tmp_path / "models.toml").write_text('[models.imagen]\nweights = "./a"\nprecision = "float32"\n')
    assert load_of(read_models_file(tmp_path / "models.toml"), "imagen").weights_gib == pytest.approx(16, abs=0.001)


def test_shape_is_read_from_the_configs(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "a")
    shape = shape_of(read_folder(folder))
    assert (shape.width, shape.stride, shape.rows, shape.decoder_width) == (3072, 16, 2, 256)
    for embeds, rows in ((True, 1), (False, 2)):  # Qwen-Image's config has the word and says no
        config = {"num_attention_heads": 24, "attention_head_dim": 128, "guidance_embeds": embeds}
        (folder / "transformer" / "config.json").write_text(json.dumps(config))
        assert shape_of(read_folder(folder)).rows == rows


def test_more_lanes_and_larger_pictures_take_more(tmp_path: Path) -> None:
    model_folder(tmp_path / "a", ONE)
    usual = planned(tmp_path, "")
    assert 9 < usual < 17
    assert planned(tmp_path, "max_lanes = 16") > usual
    assert planned(tmp_path, "max_pixels = 4_000_000") > usual
    assert planned(tmp_path, "max_lanes = 16\nstrict = true") < usual
    assert planned(tmp_path, "", processes=3) == pytest.approx(3 * usual)


def test_a_decoding_beside_a_step_is_planned_on_top_of_it(tmp_path: Path) -> None:
    for name in "ab":
        model_folder(tmp_path / name, ONE)
    one, both = "max_lanes = 1", 'max_lanes = 16\n[models.imagen-4]\nweights = "./b"\nmax_lanes = 1'
    step, decoding = (planned(tmp_path, f"max_lanes = {lanes}") - 9 for lanes in (16, 1))
    assert step > decoding  # with one lane the decoding is the larger one
    assert planned(tmp_path, "max_lanes = 16\noverlap = true") == pytest.approx(9 + step + decoding, abs=0.01)
    beside_one = planned(tmp_path, f"{one}\noverlap = true") - 9
    assert beside_one == pytest.approx(decoding + step / 16, abs=0.01)
    assert planned(tmp_path, f"{both}\noverlap = true") == pytest.approx(17 + step + decoding, abs=0.01)
    words = refusal(tmp_path, "max_lanes = 16\noverlap = true", 9 + step + decoding / 2)
    assert "; or overlap = false" in words


def test_a_step_cache_is_planned_for_every_model_that_has_one(tmp_path: Path) -> None:
    for name in "ab":
        model_folder(tmp_path / name, ONE)
    tensor = 4 * 2 * (1536 * 1024 / 256 + 512) * 3072 * 2 / GIGA  # of a step's rows
    assert planned(tmp_path, "step_cache = 0.1") == pytest.approx(planned(tmp_path, "") + 6 * tensor)
    two = '[models.imagen-4]\nweights = "./b"'
    cached = planned(tmp_path, f"step_cache = 0.1\n{two}\nstep_cache = 0.2")
    assert cached == pytest.approx(planned(tmp_path, two) + 12 * tensor)
    assert "; or step_cache = 0" in refusal(tmp_path, "step_cache = 0.1", planned(tmp_path, "") + 0.1)


def test_a_model_without_blocks_takes_no_step_cache(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "a", pipeline="StableDiffusionXLPipeline")
    (folder / "transformer").rename(folder / "unet")
    (folder / "model_index.json").write_text((folder / "model_index.json").read_text().replace("transformer", "unet"))
    words = refusal(tmp_path, "step_cache = 0.1", 80)
    assert ": models.imagen: step_cache must be 0: StableDiffusionXLPipeline has a U-Net" in words
    assert planned(tmp_path, "step_cache = 0") > 0


def test_models_that_share_weights_are_counted_once(tmp_path: Path) -> None:
    model_folder(tmp_path / "a", ONE)
    assert planned(tmp_path, '[models.imagen-4]\nweights = "./a"\nsteps = 9') == planned(tmp_path, "")
    model_folder(tmp_path / "b", ONE)
    both = planned(tmp_path, '[models.imagen-4]\nweights = "./b"')
    assert both == pytest.approx(planned(tmp_path, "") + 8, abs=0.01)


def test_what_does_not_fit_is_told_with_what_would(tmp_path: Path) -> None:
    model_folder(tmp_path / "a", ONE)
    lanes = refusal(tmp_path, "max_lanes = 64", 14)
    assert ": cuda:0 has 14 GiB; imagen would take " in lanes
    assert "(weights 8.0, pictures " in lanes
    assert "what would fit: max_lanes = " in lanes
    fewer = int(lanes.partition("max_lanes = ")[2].split(";")[0])
    assert planned(tmp_path, f"max_lanes = {fewer}", 14) <= 14
    assert refusal(tmp_path, f"max_lanes = {fewer + 1}", 14)
    assert 'precision = "bfloat16"' in refusal(tmp_path, 'precision = "float32"', 16)
    assert "max_pixels = 1146880" in refusal(tmp_path, "max_pixels = 9_000_000", 14)
    assert "one worker process (workers = 1, reserve_workers = 0)" in refusal(tmp_path, "", 20, processes=3)


def test_several_changes_where_one_is_not_enough(tmp_path: Path) -> None:
    model_folder(tmp_path / "a", ONE)
    text = 'precision = "float32"\nmax_lanes = 32\nmax_pixels = 9_000_000'
    words = refusal(tmp_path, text, 12)
    assert 'what would fit: max_lanes = 1 with max_pixels = 1146880 with precision = "bfloat16"' in words
    assert planned(tmp_path, "max_lanes = 1\nmax_pixels = 1146880", 12) < 12


def test_one_model_less_where_nothing_else_helps(tmp_path: Path) -> None:
    for name in "ab":
        model_folder(tmp_path / name, ONE)
    words = refusal(tmp_path, '[models.imagen-4]\nweights = "./b"', 18)
    assert "imagen, imagen-4 would take" in words
    assert "leaving out imagen; or leaving out imagen-4" in words
    assert "the least that these weights take is " in refusal(tmp_path, "", 4)


def test_a_model_keeps_its_own_budget(tmp_path: Path) -> None:
    model_folder(tmp_path / "a", ONE)
    assert "models.imagen: memory_gib is 5 GiB; imagen would take" in refusal(tmp_path, "memory_gib = 5", 80)
    assert planned(tmp_path, "memory_gib = 20") < 20


@pytest.mark.parametrize(
    ("device", "told", "crew"),
    [
        ("cuda", {}, (1, 0)),
        ("cuda", {"workers": 2}, (2, 0)),
        ("cuda", {"reserve_workers": 1}, (1, 1)),
        ("cpu", {}, (2, 1)),
        ("cuda", {"backend": "noop"}, (2, 1)),
        ("cuda", {"workers": 0}, (0, 0)),
        ("cuda", {"pool": "ray"}, (0, 0)),
    ],
)
def test_a_gpu_has_one_process_unless_the_operator_says_otherwise(
    tmp_path: Path, device: str, told: dict[str, Any], crew: tuple[int, int]
) -> None:
    (tmp_path / "models.toml").write_text(f'[models.imagen]\nweights = "./a"\ndevice = "{device}"\n')
    settings = Settings(data_dir=tmp_path, **told)
    models = read_models_file(tmp_path / "models.toml")
    found = crew_of(settings, models, [card.backend for card in read_catalog(settings, models)])
    assert (found.workers, found.reserve) == crew


def test_the_gateway_judges_before_its_workers_start(tmp_path: Path) -> None:
    model_folder(tmp_path / "a", ONE)
    (tmp_path / "models.toml").write_text('[devices.cuda]\nmemory_gib = 20\n[models.imagen]\nweights = "./a"\n')
    with pytest.raises(BadSetting, match=r"would take .*2 processes of weights 8\.0.*one worker process"):
        build_gateway(Settings(data_dir=tmp_path, workers=2), print, 8000)
    alone = Settings(data_dir=tmp_path)
    elsewhere, other = Settings(data_dir=tmp_path, workers=0), Settings(data_dir=tmp_path, backend="noop")
    for settings in (alone, elsewhere, other):
        check_weights(settings, read_models_file(tmp_path / "models.toml"), read_catalog(settings))
    (tmp_path / "models.toml").write_text('[models.imagen]\nweights = "./absent"\n')
    with pytest.raises(BadSetting, match=r"models.imagen: weights: there is no folder .*absent"):
        build_gateway(alone, print, 8000)
