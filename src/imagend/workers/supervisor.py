"""The parent of workers that belong to no server on this machine: it finds the gateway, keeps them running, drains."""

from __future__ import annotations

import logging
import queue
import signal
import threading
from collections.abc import Callable

from imagend.core.errors import BadSetting
from imagend.core.wire import Terms
from imagend.workers.link import GatewayUnreachable, Link, TokenRefused
from imagend.workers.pools import SubprocessPool

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
READY_POLL_SECONDS = 0.2


class Supervisor:
    """Loads no model itself, so nothing that a model does can keep it from seeing a worker's end."""

    def __init__(self, link: Link, pool: SubprocessPool, say: Callable[[str], None]) -> None:
        """say: prints a line for whoever started it."""
        self._link = link
        self._pool = pool
        self._say = say
        self._stopping = threading.Event()
        self._signals: queue.SimpleQueue[None] = queue.SimpleQueue()

    def run(self) -> None:
        """Until SIGTERM or SIGINT, the second of which cuts the drain short. Raises BadSetting for a wrong token, which
        no back-off mends."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._signals.put(None))
        threading.Thread(target=self._obey, name="signals", daemon=True).start()
        terms = self._find_gateway()
        if terms is not None:
            self._pool.start()
            self._announce(terms)
            self._stopping.wait()
            self._pool.stop()
        self._link.close()

    def _obey(self) -> None:
        """A thread, because a handler may take no lock: it interrupts who holds it."""
        self._signals.get()
        self._stopping.set()
        while True:
            self._signals.get()
            self._pool.hurry()

    def _find_gateway(self) -> Terms | None:
        """None: stopped before one answered."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                return self._link.hello()
            except TokenRefused as error:
                raise BadSetting(f"{self._link.address} does not know the token in token_file") from error
            except GatewayUnreachable as error:
                if pause == FIRST_PAUSE_SECONDS:
                    self._say(f"imagend: no gateway answers ({error.message}); trying on")
            self._stopping.wait(pause)
            pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)
        return None

    def _announce(self, terms: Terms) -> None:
        while not self._stopping.wait(READY_POLL_SECONDS):
            if self._pool.ready:
                self._say(f"imagend worker {self._pool.name} ready for {self._link.address}, protocol {terms.version}")
                return
