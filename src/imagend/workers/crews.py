"""Several pools as one: workers with models, and those that carry jobs to other servers."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from imagend.workers.pools import Pool


class Pools:
    """A Pool."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self._pools = tuple(pools)

    @property
    def ready(self) -> int:
        return sum(pool.ready for pool in self._pools)

    @property
    def starting(self) -> int:
        return sum(pool.starting for pool in self._pools)

    def start(self) -> None:
        for pool in self._pools:
            pool.start()

    def stop(self) -> None:
        """All at the same time."""
        threads = [threading.Thread(target=pool.stop, name="pool-end") for pool in self._pools]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
