"""What can be found out about a machine and an installation before it serves anybody."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import httpx

from imagend.core.errors import ImagendError
from imagend.settings import Settings

GIB = 2**30
State = Literal["ok", "advice", "wrong"]
LEAST_FREE_BYTES = 2 * GIB  # of a disk for database and pictures
LEAST_MEMORY_GIB = 2.0  # gateway and two workers with the bundled model


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    about: str
    state: State
    says: str
    do: str = ""


def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which they matter."""
    looks: list[tuple[str, Callable[[Settings], Iterator[Finding]]]] = [
        ("python", _python), ("processor", _processor), ("memory", _memory), ("folder", _folder),
        ("database", _database), ("pictures", _pictures), ("signing", _signing), ("port", _port), ("gpu", _gpu),
        ("models", _models), ("links", _links),
    ]  # fmt: skip
    found: list[Finding] = []
    for about, look in looks:
        try:
            found += look(settings)
        except ImagendError as error:
            found.append(Finding(about=about, state="wrong", says=error.message))
        except OSError as error:
            found.append(Finding(about=about, state="wrong", says=str(error)))
    return found


def _found(about: str, says: str, advice: str = "", state: State | None = None) -> Finding:
    return Finding(about=about, state=state or ("advice" if advice else "ok"), says=says, do=advice)


def _python(_: Settings) -> Iterator[Finding]:
    yield _found("python", f"{platform.python_version()} on {platform.platform()}")


def _processor(_: Settings) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    features = _features()
    quick = sorted({"avx2", "avx512f", "asimd"} & features)
    says = f"{cores} core{'s' if cores > 1 else ''}, {platform.machine()} {' '.join(quick)}".rstrip()
    advice = "IMAGEND_WORKERS=1 IMAGEND_RESERVE_WORKERS=0" if cores < 2 else ""
    if features and not quick and platform.machine() == "x86_64":
        advice = "without AVX2 the bundled model draws at a fraction of its speed"
    yield _found("processor", says, advice)


def _features() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return set()
    return {word for line in lines if line.lower().startswith(("flags", "features")) for word in line.split()}


def _memory(_: Settings) -> Iterator[Finding]:
    from imagend.weights.host import host_gib

    has = host_gib()
    advice = f"{LEAST_MEMORY_GIB:g} GiB or more; or IMAGEND_WORKERS=1 IMAGEND_RESERVE_WORKERS=0"
    yield _found("memory", f"{has:.1f} GiB", advice if has < LEAST_MEMORY_GIB else "")


def _folder(settings: Settings) -> Iterator[Finding]:
    from imagend.wiring.filesystems import check_local
    from imagend.wiring.folder import prepare_folder

    folder = prepare_folder(settings.data_dir)
    check_local(folder)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        advice = "chown it to the server's user, or set IMAGEND_DATA_DIR"
        yield _found("folder", f"{folder} cannot be written by this user", advice, "wrong")
        return
    free, mode = shutil.disk_usage(folder).free, stat.S_IMODE(folder.stat().st_mode)
    advice = "make room: a server whose disk is nearly full takes no orders" if free < LEAST_FREE_BYTES else ""
    if mode & 0o077:
        advice = f"others may enter it (mode {mode:o}): chmod 700 {folder}"
    yield _found("folder", f"{folder}, {free / GIB:.1f} GiB free", advice)


def _database(settings: Settings) -> Iterator[Finding]:
    from imagend.wiring.books import open_beside

    file = settings.data_dir / "imagend.db"
    if not settings.database_url and not file.exists():
        yield _found("database", f"SQLite; {file} will be made at the first start")
        return
    open_beside(settings).close()
    yield _found("database", "PostgreSQL answers" if settings.database_url else f"SQLite, {file}")


def _pictures(settings: Settings) -> Iterator[Finding]:
    from imagend.wiring.objects import open_blobs

    open_blobs(settings)
    yield _found("pictures", settings.object_store_url or "files on this disk")


def _signing(settings: Settings) -> Iterator[Finding]:
    from imagend.provenance.seal import open_seal
    from imagend.wiring.pictures import seal_options

    open_seal(seal_options(settings))
    yield _found("signing", "pictures can be marked and signed")


def _port(settings: Settings) -> Iterator[Finding]:
    place = f"{settings.host}:{settings.port}"
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if _imagend_answers(settings):
                yield _found("port", f"an imagend answers on {place}")
            else:
                says = f"cannot listen on {place}: {error.strerror}"
                yield _found("port", says, "set IMAGEND_PORT; 0 takes a free one", "wrong")
        else:
            yield _found("port", f"{place} is free")


def _imagend_answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", ""} else settings.host  # noqa: S104 - asked, not listened on
    try:
        answer = httpx.get(f"http://{host}:{settings.port}/health/live", timeout=2.0, trust_env=False)
        return bool(answer.json() == {"status": "ok"})
    except (httpx.HTTPError, ValueError):
        return False


def _gpu(_: Settings) -> Iterator[Finding]:
    cards = _cards()
    lacking = cards and find_spec("torch") is None
    says = "; ".join(cards) or "none seen; the bundled model needs none"
    yield _found("gpu", says, "for open weights: pip install 'imagend[gpu]'" if lacking else "")


def _cards() -> list[str]:
    """As the driver's own program names them, which needs no torch."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - no input
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()] if done.returncode == 0 else []


def _models(settings: Settings) -> Iterator[Finding]:
    from imagend.wiring.models import read_catalog
    from imagend.wiring.weights import check_weights, models_of

    models = models_of(settings)
    catalog = read_catalog(settings, models)
    check_weights(settings, models, catalog)
    yield _found("models", ", ".join(f"{card.slug} ({card.backend})" for card in catalog))


def _links(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url and settings.host not in {"127.0.0.1", "localhost", "::1"}:
        says = "links to pictures are built from what clients send as Host"
        yield _found("links", says, "set IMAGEND_PUBLIC_URL to the origin that clients use")
