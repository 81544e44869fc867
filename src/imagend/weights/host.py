"""Memory of the machine itself, where models wait that are not on their device."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_GIB = 2**30
_NO_LIMIT = 2**60  # bytes; version 1 writes a number about so large for none


def host_gib(process: Path = Path("/proc/self/cgroup"), groups: Path = Path("/sys/fs/cgroup")) -> float:
    """What the machine has, or what this process's control group and those above it leave of that."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *(limit for limit in _limits(process, groups) if limit < _NO_LIMIT)]) / _GIB


def _limits(process: Path, groups: Path) -> Iterator[int]:
    for line in _text(process).splitlines():
        number, kinds, path = line.split(":", 2)
        if number == "0":
            top, name = groups, "memory.max"
        elif "memory" in kinds.split(","):
            top, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        own = top / path.lstrip("/")
        for folder in (own, *own.parents):
            if (written := _text(folder / name).strip()).isdigit():
                yield int(written)
            if folder == top:
                break


def _text(file: Path) -> str:
    """Nothing for a file that is not there: inside a container the group's path may be another one."""
    try:
        return file.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""
