"""Devices whose models take turns: each fits alone, all have room to wait, and it is known which fit together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from imagend.cli.model_rows import print_models
from imagend.core.errors import BadSetting
from imagend.weights.host import host_gib
from imagend.weights.memory import PROMPTS_GIB, need_of
from imagend.weights.models_file import ModelsFile, read_models_file
from imagend.weights.planning import load_of, plan_memory
from imagend.weights.turns import PROGRAMS_GIB, company, together
from tests.weights.folders import model_folder

GIGA = 2**30
SIZES = {"a": 8, "b": 8, "c": 2}  # GiB of weights in bfloat16
SLUGS = {"imagen-4-fast": "a", "imagen": "a", "imagen-4": "b", "imagen-4-ultra": "c"}
PLENTY = 1000.0


def file_of(folder: Path, budget: float, unload: str = "unload = true", more: str = "") -> Path:
    for name, gib in SIZES.items():
        if not (folder / name).exists():
            model_folder(folder / name, {"transformer": gib * GIGA // 2})
    models = "".join(
        f'[models.{slug}]\nweights = "./{name}"\nmax_lanes = 1\nmax_pixels = 1146880\n{more}'
        for slug, name in SLUGS.items()
    )
    file = folder / "models.toml"
    file.write_text(f'[devices."cuda:0"]\nmemory_gib = {budget}\n{unload}\n{models}')
    return file


def read(folder: Path, budget: float, unload: str = "unload = true", more: str = "") -> ModelsFile:
    return read_models_file(file_of(folder, budget, unload, more))


def refusal(
    models: ModelsFile, processes: int = 1, host: float = PLENTY, sizes: Mapping[str, float] | None = None
) -> str:
    with pytest.raises(BadSetting) as caught:
        plan_memory(models, models.entries, processes, sizes, host_gib=host)
    assert "\n" not in caught.value.message
    return caught.value.message


def sets(models: ModelsFile) -> Sequence[tuple[str, ...]]:
    return together([load_of(models, slug) for slug in models.entries], models.budgets["cuda:0"])


def test_each_must_fit_alone_and_their_sum_need_not(tmp_path: Path) -> None:
    models = read(tmp_path, 14)
    need = plan_memory(models, models.entries, host_gib=PLENTY)["cuda:0"]
    alone = need_of([load_of(models, "imagen")])
    assert need.total_gib == alone.total_gib + PROMPTS_GIB <= 14
    assert "imagen-4-fast, imagen, imagen-4, imagen-4-ultra would take" in refusal(read(tmp_path, 14, ""))
    assert "unload = false" not in refusal(read(tmp_path, 14, "unload = false"))


def test_turns_are_offered_where_models_do_not_fit_together(tmp_path: Path) -> None:
    assert "or unload = true for this device" in refusal(read(tmp_path, 14, ""))
    assert "unload" not in refusal(read(tmp_path, 5, ""))


def test_one_that_does_not_fit_alone_is_named_with_what_would(tmp_path: Path) -> None:
    words = refusal(read(tmp_path, 14, more='precision = "float32"\n'))
    assert ": cuda:0 has 14 GiB; imagen-4-fast would take " in words
    assert 'what would fit: precision = "bfloat16"' in words
    assert "leaving out" not in words
    assert "one worker process (workers = 1, reserve_workers = 0)" in refusal(read(tmp_path, 14), processes=2)


def test_which_are_in_memory_together(tmp_path: Path) -> None:
    pair = need_of([load_of(read(tmp_path, 20), slug) for slug in ("imagen", "imagen-4-ultra")]).total_gib + PROMPTS_GIB
    assert sets(read(tmp_path, pair)) == [("imagen-4-fast", "imagen-4-ultra"), ("imagen-4", "imagen-4-ultra")]
    assert sets(read(tmp_path, pair - 0.01)) == [("imagen-4-fast",), ("imagen-4",), ("imagen-4-ultra",)]
    assert sets(read(tmp_path, 100)) == [("imagen-4-fast", "imagen-4", "imagen-4-ultra")]
    loads = [load_of(read(tmp_path, pair), slug) for slug in SLUGS]
    assert company(loads, pair) == {
        "imagen-4-fast": "imagen-4-ultra",
        "imagen": "imagen-4-ultra",
        "imagen-4": "imagen-4-ultra",
        "imagen-4-ultra": "imagen-4-fast; or imagen-4",
    }
    assert set(company(loads, pair - 0.01).values()) == {"alone"}
    assert company(loads, 5)["imagen"] == "no room"


def test_the_list_of_models_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = {"data_dir": tmp_path, "workers": 1, "reserve_workers": 0}
    file_of(tmp_path, 14)
    print_models(True, flags)
    beside = {row["slug"]: row["beside"] for row in json.loads(capsys.readouterr().out)}
    assert (beside["imagen"], beside["imagen-4-ultra"]) == ("imagen-4-ultra", "imagen-4-fast; or imagen-4")
    print_models(False, flags)
    assert "beside" in capsys.readouterr().out
    file_of(tmp_path, 14, "")
    print_models(False, flags)
    assert "beside" not in capsys.readouterr().out


def test_models_that_wait_have_room_in_the_machine(tmp_path: Path) -> None:
    enough = sum(SIZES.values()) + PROGRAMS_GIB + 0.1
    plan_memory(read(tmp_path, 14), SLUGS, host_gib=enough)
    words = refusal(read(tmp_path, 14), host=enough - 1)
    assert (
        ": this machine has 21.1 GiB of memory; models that take turns (imagen-4-fast, imagen-4, imagen-4-ultra)"
        in words
    )
    assert "would take 18.0 GiB of it (weights) beside 4 GiB for programs; what would fit: leaving out imagen" in words
    assert "leaving out imagen-4-fast; or leaving out imagen-4; or leaving out imagen-4-ultra" in words
    twice = refusal(read(tmp_path, 40), processes=2, host=enough)
    assert "36.0 GiB of it (2 processes of weights)" in twice
    assert twice.endswith("what would fit: one worker process (workers = 1, reserve_workers = 0)")
    assert refusal(read(tmp_path, 14), host=6).endswith("beside 4 GiB for programs")


def test_where_all_have_room_on_the_device_nobody_waits_in_the_machine(tmp_path: Path) -> None:
    plan_memory(read(tmp_path, 100, ""), SLUGS, host_gib=1)
    plan_memory(read(tmp_path, 100), SLUGS, host_gib=1)
    plan_memory(read(tmp_path, 100), SLUGS, 3, host_gib=1)
    unsaid = replace(read(tmp_path, 14), budgets={})  # the worker will know what the device has
    plan_memory(unsaid, SLUGS, host_gib=1)
    assert "this machine has 1 GiB" in refusal(unsaid, host=1, sizes={"cuda:0": 14})


def test_the_machine_has_what_its_control_group_leaves_it(tmp_path: Path) -> None:
    groups, process = tmp_path / "groups", tmp_path / "cgroup"
    whole = host_gib(process, groups)
    assert whole > 0.1
    for folder, limit in (("a", "1048576"), ("a/b", "max"), ("a/b/c", "2097152")):
        (groups / folder).mkdir(parents=True)
        (groups / folder / "memory.max").write_text(limit + "\n")
    process.write_text("0::/a/b/c\n")
    assert host_gib(process, groups) * 2**30 == 1048576
    process.write_text("0::/a/absent\n")
    assert host_gib(process, groups) * 2**30 == 1048576
    process.write_text("4:cpu,memory:/x\n1:name=systemd:/y\n")
    assert host_gib(process, groups) == whole
    (groups / "memory" / "x").mkdir(parents=True)
    (groups / "memory" / "x" / "memory.limit_in_bytes").write_text("524288\n")
    (groups / "memory" / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert host_gib(process, groups) * 2**30 == 524288
