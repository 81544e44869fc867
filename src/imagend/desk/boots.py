"""Whose workers die with whom: every lease is stamped with the run of a gateway that its worker is a child of.

A boot is "<gateway>:<run>". The gateway's name lies in its data folder and stays; the run is new at every start.
Workers that no gateway has started are nobody's children: they live on when one dies, and go on with their next beat.
"""

from __future__ import annotations

ELSEWHERE = "elsewhere:"  # the boot of workers that no gateway has started


def boot_of(gateway: str, run: str) -> str:
    """gateway, run: words without ":" and "%"."""
    return f"{gateway}:{run}"


def earlier_runs(boot: str) -> dict[str, str]:
    """Values of the question for leases of the other runs of the gateway whose run `boot` is. One without a name has
    runs without a colon."""
    gateway, colon, _ = boot.rpartition(":")
    if not colon:
        return {"boot": boot, "mine": "%", "others": "%:%"}
    return {"boot": boot, "mine": f"{gateway}:%", "others": ""}
