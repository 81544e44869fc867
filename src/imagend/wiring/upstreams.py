"""Models that other servers make: which, by the operator's file; and the processes that carry jobs there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from imagend.core.card import ModelCard
from imagend.core.catalog import Catalog
from imagend.core.errors import BadSetting, UnknownModel
from imagend.core.loras import LORAS
from imagend.core.params import Choice
from imagend.core.secret import Secret
from imagend.core.upstreams import Upstream, is_upstream, read_upstreams
from imagend.desk.desk import Desk
from imagend.settings import Settings, child_environment, variable
from imagend.workers.pools import PoolPace, SubprocessPool
from imagend.workers.upstream.body import Sizes, Wording

STOP_SECONDS = 8.0  # beyond the drain: withdraw, hand back, end threads


def upstreams_of(settings: Settings) -> tuple[Upstream, ...]:
    """Raises BadSetting."""
    return read_file(Path(settings.upstreams_file).expanduser()) if settings.upstreams_file else ()


def read_file(file: Path) -> tuple[Upstream, ...]:
    """Raises BadSetting."""
    try:
        return read_upstreams(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"upstreams_file {file} cannot be read: {error}") from error


def forwarded(catalog: Catalog, upstreams: Iterable[Upstream]) -> Catalog:
    """The same with these models served elsewhere. Raises BadSetting."""
    cards = dict(catalog.cards)
    for one in upstreams:
        for slug in one.models:
            try:
                card = catalog.get(slug)
            except UnknownModel as error:
                offered = ", ".join(cards)
                raise BadSetting(
                    f"upstreams_file: [{one.name}.models] has no model {slug!r}; there are {offered}"
                ) from error
            params = {name: param for name, param in card.params.items() if name != LORAS}  # of weights here
            cards[slug] = replace(card, backend=one.backend, params=params, documented=card.documented - {LORAS})
    return replace(catalog, cards=cards)


def engine_backends(catalog: Iterable[ModelCard]) -> tuple[str, ...]:
    """What workers with models are to load."""
    return tuple(sorted({card.backend for card in catalog if not is_upstream(card.backend)}))


def key_of(upstream: Upstream) -> Secret:
    """The key of our account there. Raises BadSetting, which never quotes it."""
    where = f"upstreams_file: [{upstream.name}]"
    if upstream.key_env:
        key, source = variable(upstream.key_env), f"key_env: the environment has no {upstream.key_env}"
    else:
        file = Path(upstream.key_file).expanduser()
        source = f"key_file {file} is empty"
        try:
            key = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"{where} key_file {file} cannot be read: {type(error).__name__}") from error
    if not key:
        raise BadSetting(f"{where} {source}")
    if not (key.isascii() and key.isprintable()):
        raise BadSetting(f"{where} the key has characters that no header may have")
    return Secret(key)


def wordings(upstream: Upstream, catalog: Catalog) -> dict[str, Wording]:
    """How its models are asked for, by slug here."""
    return {slug: _wording(upstream, catalog.get(slug)) for slug in upstream.models}


def _wording(upstream: Upstream, card: ModelCard) -> Wording:
    fields = None if upstream.honours_keys else card.documented
    return Wording(slug=upstream.models[card.slug], sizes=_sizes(card), fields=fields)


def _sizes(card: ModelCard) -> Sizes:
    ratios = card.params["aspect_ratio"]
    assert isinstance(ratios, Choice), ratios
    return {
        pixels: (size, ratio)
        for size, table in card.sizes.items()
        for ratio, pixels in table.items()
        if ratio in ratios.choices
    }


def open_forwarders(settings: Settings, folder: Path, desk: Desk, signing: Sequence[str]) -> list[SubprocessPool]:
    """One process per upstream, so that a wrong key or a dead server of one stops no other. signing: flags that name
    the signing key. Raises BadSetting."""
    return [_forwarder(settings, folder, desk, signing, one) for one in upstreams_of(settings)]


def _forwarder(
    settings: Settings, folder: Path, desk: Desk, signing: Sequence[str], upstream: Upstream
) -> SubprocessPool:
    key_of(upstream)  # now, or the process would end again and again
    command = [sys.executable, "-m", "imagend", "upstream-process", "--name", upstream.name]
    command += ["--file", str(Path(settings.upstreams_file).expanduser().resolve())]
    command += ["--address", str(folder / "internal.sock"), "--token-file", str(folder / "worker-token")]
    command += ["--drain-seconds", str(settings.worker_drain_seconds), *signing]

    def lost(worker_id: str) -> None:
        desk.worker_lost(worker_id)

    return SubprocessPool(
        command, 1, lost, child_environment(kept={upstream.key_env}, dropped=key_variables(settings)),
        PoolPace(stop_seconds=settings.worker_drain_seconds + STOP_SECONDS),
        on_unready=lambda worker_id: desk.start_failed(worker_id, (upstream.backend,)),
    )  # fmt: skip


def key_variables(settings: Settings) -> frozenset[str]:
    """Variables that hold keys: each is one process's."""
    return frozenset(one.key_env for one in upstreams_of(settings) if one.key_env)
