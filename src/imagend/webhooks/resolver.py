"""What a host name points to, within a time limit; and which addresses are this machine's own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from imagend.core.addresses import Address

MAX_LOOKUPS = 32

Lookup = Callable[[str], Sequence[str]]


def system_lookup(host: str) -> list[str]:
    """All addresses that the system's resolver has for a name. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Resolver:
    """Safe from any thread. A lookup cannot be stopped, only left behind: one that takes too long goes on in its thread
    and counts as running, and beyond MAX_LOOKUPS of those there are no new ones."""

    def __init__(self, limit_seconds: float, lookup: Lookup = system_lookup) -> None:
        self._limit_seconds = limit_seconds
        self._lookup = lookup
        self._room = threading.BoundedSemaphore(MAX_LOOKUPS)

    def __call__(self, host: str) -> Sequence[str]:
        """Raises OSError; TimeoutError, which is one, after the limit."""
        if not self._room.acquire(timeout=self._limit_seconds):
            raise TimeoutError("too many lookups are running")
        answer: SimpleQueue[Sequence[str] | OSError] = SimpleQueue()
        threading.Thread(target=self._run, args=(host, answer), name="webhook-lookup", daemon=True).start()
        try:
            found = answer.get(timeout=self._limit_seconds)
        except Empty:
            raise TimeoutError("the lookup takes too long") from None
        if isinstance(found, OSError):
            raise found
        return found

    def _run(self, host: str, answer: SimpleQueue[Sequence[str] | OSError]) -> None:
        try:
            answer.put(self._lookup(host))
        except OSError as error:
            answer.put(error)
        except (UnicodeError, ValueError) as error:  # names that the resolver does not take
            answer.put(OSError(str(error)))
        finally:
            self._room.release()


def is_own_address(address: Address) -> bool:
    """Whether this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
