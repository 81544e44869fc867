"""Models that take turns on a device: which are in its memory together, and whether the others have room to wait.

A model that is out waits in the machine's own memory. While two change places all of a device's models may be there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from imagend.core.errors import BadSetting
from imagend.weights.memory import Load, distinct, need_of

PROGRAMS_GIB = 4.0  # of the machine's memory, beside models: the gateway, and workers with the libraries they load


def together(loads: Sequence[Load], budget_gib: float, processes: int = 1) -> list[tuple[str, ...]]:
    """The largest sets of a device's models that are in memory at once, by the first of each model's slugs."""
    models = distinct(loads)
    found: list[tuple[str, ...]] = []
    for size in range(len(models), 0, -1):
        for some in combinations(models, size):
            slugs = tuple(load.entry.slug for load in some)
            if any(set(slugs) <= set(larger) for larger in found):
                continue
            if need_of(some, processes, in_turn=models).total_gib <= budget_gib:
                found.append(slugs)
    return found


def company(loads: Sequence[Load], budget_gib: float, processes: int = 1) -> dict[str, str]:
    """Slug -> in words, which of a device's models are in memory beside its own at the most."""
    sets = together(loads, budget_gib, processes)
    first = {load.entry.load: load.entry.slug for load in reversed(loads)}
    found: dict[str, str] = {}
    for load in loads:
        own = first[load.entry.load]
        others = [" + ".join(slug for slug in some if slug != own) for some in sets if own in some]
        found[load.entry.slug] = "; or ".join(other or "alone" for other in others) or "no room"
    return found


def waiting_ones(
    loads: Sequence[Load], budgets: Mapping[str, float], unloading: Collection[str], processes: int
) -> list[Load]:
    """The models of devices that have no room for all of theirs; of devices without a budget that is not known."""
    found: list[Load] = []
    for device in dict.fromkeys(load.entry.device for load in loads):
        here = distinct([load for load in loads if load.entry.device == device])
        if device in unloading and device in budgets:
            found += here if need_of(here, processes, in_turn=here).total_gib > budgets[device] else []
    return found


def check_host(where: str, waiting: Sequence[Load], processes: int, host_gib: float) -> None:
    """waiting: models that take turns; host_gib: of the machine. Raises BadSetting when they have no room to wait."""
    need = processes * sum(load.weights_gib for load in waiting)
    room = host_gib - PROGRAMS_GIB
    if not waiting or need <= room:
        return
    slugs = ", ".join(load.entry.slug for load in waiting)
    each = f"{processes} processes of " if processes > 1 else ""
    advice = [f"leaving out {load.entry.slug}" for load in waiting if need - processes * load.weights_gib <= room]
    if processes > 1 and need / processes <= room:
        advice.append("one worker process (workers = 1, reserve_workers = 0)")
    words = f"; what would fit: {'; or '.join(advice)}" if advice else ""
    raise BadSetting(
        f"{where}: this machine has {host_gib:.4g} GiB of memory; models that take turns ({slugs}) would take "
        f"{need:.1f} GiB of it ({each}weights) beside {PROGRAMS_GIB:.0f} GiB for programs{words}"
    )
