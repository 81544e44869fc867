"""All levels of one gateway together."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Iterator

from imagend import __version__
from imagend.core.errors import StorageUnavailable
from imagend.core.watch import Level
from imagend.desk.levels import Levels
from imagend.desk.readiness import Readiness
from imagend.wiring.ballasts import Ballasts
from imagend.workers.pools import Pool

logger = logging.getLogger(__name__)


def all_levels(
    stored: Levels, readiness: Readiness, pool: Pool, open_streams: Callable[[], int], ballast: Ballasts
) -> Callable[[], list[Level]]:
    """What this process knows is told even while the database is away."""

    def own() -> Iterator[Level]:
        build = {"version": __version__, "python": platform.python_version()}
        yield Level(name="build_info", value=1, labels=build)
        yield Level(name="draining", value=readiness.draining)
        yield Level(name="event_streams", value=open_streams())
        yield Level(name="ballast_bytes", value=ballast.bytes)
        yield Level(name="pool_workers", value=pool.ready, labels={"state": "ready"})
        yield Level(name="pool_workers", value=pool.starting, labels={"state": "starting"})

    def read() -> list[Level]:
        levels = list(own())
        try:
            levels += stored.read()
        except StorageUnavailable as error:
            logger.warning("levels of the database could not be read: %s", error.message)
        return levels

    return read
