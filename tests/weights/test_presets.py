"""Presets fit the cards they are for, and hold what the cards of the models allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.engine.backends.torch_diffusers.table import FAMILIES
from imagend.settings import Settings
from imagend.weights.fitting import check_budgets
from imagend.weights.memory import need_of
from imagend.weights.presets import preset_names, preset_sizes, read_preset
from imagend.wiring.models import read_catalog

every_preset = pytest.mark.parametrize("name", preset_names())


def test_there_is_one_for_each_usual_card() -> None:
    assert set(preset_names()) == {"16gb", "24gb", "80gb"}
    assert all(int(name.removesuffix("gb")) >= size for name, size in preset_sizes().items())


@every_preset
def test_its_planned_memory_fits(name: str) -> None:
    preset = read_preset(name)
    need = check_budgets(name, preset.loads, {"cuda:0": preset.memory_gib}, 1, {})["cuda:0"]
    assert 0.6 * preset.memory_gib < need.total_gib <= preset.memory_gib
    assert need.runtime_gib == 1.0


def test_it_would_not_fit_the_next_smaller_card() -> None:
    smaller = preset_sizes()["24gb"]
    with pytest.raises(BadSetting, match=r"would take .* GiB"):
        check_budgets("80gb", read_preset("80gb").loads, {"cuda:0": smaller}, 1, {})
    assert need_of(read_preset("24gb").loads).total_gib > preset_sizes()["16gb"]


@every_preset
def test_its_families_are_served(name: str) -> None:
    assert {choice.pipeline for choice in read_preset(name).choices} <= set(FAMILIES)


@every_preset
def test_cards_take_it(name: str, tmp_path: Path) -> None:
    lines = []
    for choice in read_preset(name).choices:
        for slug, fields in choice.fields.items():
            lines += [f"[models.{slug}]", f'weights = "{choice.repository}@{"0" * 40}"']
            lines += [f"{key} = {value!r}".replace("'", '"') for key, value in fields.items()]
    (tmp_path / "models.toml").write_text("\n".join(lines))
    catalog = read_catalog(Settings(data_dir=tmp_path))
    assert all(card.backend.startswith("weights:") for card in catalog)
    assert len({card.backend for card in catalog}) == len(read_preset(name).choices)


def test_a_smaller_preset_is_offered_where_weights_do_not_fit() -> None:
    with pytest.raises(BadSetting, match=r"has 15 GiB; .* or preset 16gb|what would fit: preset 16gb"):
        check_budgets("f", read_preset("24gb").loads, {"cuda:0": 15.0}, 1, preset_sizes())


def test_an_unknown_preset_is_refused_with_the_known() -> None:
    with pytest.raises(BadSetting, match="preset must be one of 16gb, 24gb, 80gb, not '8gb'"):
        read_preset("8gb")
