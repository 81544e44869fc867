"""From a models file to the loads of its models: folders found and read, memory judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from imagend.core.errors import BadSetting
from imagend.weights.fitting import check_budgets
from imagend.weights.folder import read_folder
from imagend.weights.loras import lora_numbers
from imagend.weights.memory import Load, Need
from imagend.weights.models_file import ModelsFile
from imagend.weights.places import found_folder
from imagend.weights.presets import preset_sizes
from imagend.weights.shape import shape_of
from imagend.weights.turns import check_host, waiting_ones


def load_of(models: ModelsFile, slug: str) -> Load:
    """Raises BadSetting for weights that are not there, or not whole."""
    entry, place = models.entries[slug], models.place(slug)
    folder = found_folder(place, entry.source, models.weights_dir)
    try:
        read = read_folder(folder)
        shape = shape_of(read)
    except BadSetting as error:
        raise BadSetting(f"{place}: weights: {error.message}") from error
    if entry.step_cache and "unet" in read.configs:
        raise BadSetting(f"{place}: step_cache must be 0: {read.pipeline} has a U-Net, and no blocks that could rest")
    return Load(
        entry=entry,
        shape=replace(shape, rows=2) if entry.negative_scale > 1 else shape,
        lora_numbers=lora_numbers(place, list(models.loras_of(slug).values())),
    )


def plan_memory(
    models: ModelsFile, slugs: Iterable[str], processes: int = 1, sizes: Mapping[str, float] | None = None,
    host_gib: float | None = None,
) -> dict[str, Need]:  # fmt: skip
    """What each device will be asked for by so many worker processes that have these models loaded. sizes: GiB of
    devices for which the file has no budget; host_gib: of the machine, for models that wait their turn; None: not
    judged. Raises BadSetting."""
    return judge(models, [load_of(models, slug) for slug in slugs], processes, sizes, host_gib)


def judge(
    models: ModelsFile, loads: Sequence[Load], processes: int, sizes: Mapping[str, float] | None,
    host_gib: float | None,
) -> dict[str, Need]:  # fmt: skip
    """As `plan_memory`, of models whose folders were read."""
    budgets = {**(sizes or {}), **models.budgets}
    needs = check_budgets(str(models.path), loads, budgets, processes, preset_sizes(), models.unloading)
    if host_gib is not None:
        check_host(str(models.path), waiting_ones(loads, budgets, models.unloading, processes), processes, host_gib)
    return needs
