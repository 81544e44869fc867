"""The other gateways of one database, and the time that all of them go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from imagend.blobs.signing import secret_file
from imagend.core.errors import BadSetting, StorageUnavailable
from imagend.desk.clock import steady_clock
from imagend.desk.desk import Desk
from imagend.desk.hints import Hints
from imagend.desk.janitor import Janitor
from imagend.desk.outbox import Outbox
from imagend.desk.prints import check_secret
from imagend.desk.shared_clock import SharedClock
from imagend.desk.turns import SharedRows, Turns
from imagend.provenance.options import SealOptions
from imagend.settings import Settings
from imagend.store.base import Store
from imagend.wiring.folder import lock_folder, prepare_folder, secrets_folder
from imagend.wiring.servers import postgres_server

FIRST_SECONDS = 60.0


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What a gateway needs to be one of several; with SQLite it is the only one."""

    hints: Hints
    clock: Callable[[], float]  # epoch seconds
    refresh_clock: Callable[[], None] = _nothing  # to be called every few seconds; may wait for the database

    def lets_begin(self, store: Store, name: str) -> bool:
        """Of gateways that start at once on an empty database one makes the first key."""
        return not self.hints.shared or Turns(store, name, self.clock).take("first key", FIRST_SECONDS)


def check_secrets(settings: Settings, store: Store, seal: SealOptions) -> None:
    """All gateways of one database have the same secrets; the first start makes them. Raises BadSetting."""
    folder = secrets_folder(settings)
    for name in ("pepper", "link-secret", "webhook-key"):
        check_secret(store, name, secret_file(folder / name))
    if settings.database_url and seal.key:  # a lone gateway may change its key when it likes
        check_secret(store, "provenance", seal.key.read_bytes())


def open_janitor(
    settings: Settings,
    neighbours: Neighbours,
    store: Store,
    desk: Desk,
    outbox: Outbox,
    name: str,
    look: Callable[[], object],
) -> Janitor:
    """look: called every round."""
    rows = SharedRows(store, neighbours.clock, settings.openai_retry_seconds)
    return Janitor(
        desk,
        neighbours.clock,
        forget_too=(outbox.forget, rows.forget),
        turns=Turns(store, name, neighbours.clock) if neighbours.hints.shared else None,
        own_pictures=not (settings.object_store_url or settings.pictures_dir),
        each_round=(neighbours.refresh_clock, look),
    )


@contextmanager
def open_neighbours(settings: Settings, name: str, *, listening: bool = True) -> Iterator[Neighbours]:
    """name: this gateway's. listening: False for a command, which only has something to say. Raises BadSetting."""
    if not settings.database_url:
        yield Neighbours(hints=Hints(), clock=steady_clock())
        return
    from imagend.store.postgres_bus import PostgresBus
    from imagend.store.postgres_clock import PostgresTime

    server = postgres_server(settings)
    with ExitStack() as closing:
        if listening:
            closing.callback(lock_folder(prepare_folder(settings.data_dir)).release)
        time, bus = PostgresTime(server), PostgresBus(server, name, listening=listening)
        closing.callback(time.close)
        try:
            clock = SharedClock(time.ask)
        except StorageUnavailable as error:
            raise BadSetting(f"database_url: {error.message}") from error
        hints = Hints(bus)
        bus.start()
        closing.callback(bus.close)
        yield Neighbours(hints=hints, clock=clock, refresh_clock=clock.refresh)
