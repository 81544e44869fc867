"""The secrets that webhooks are signed with: one per endpoint, and one per account for URLs that come with requests."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

from imagend.core.errors import BadParameter
from imagend.desk.vault import Vault
from imagend.store.base import Store
from imagend.store.sql import Reads, Tx

SECRET_BYTES = 32
PREFIX = "whsec_"
OVERLAP_SECONDS = 86_400.0  # a rotated secret goes on signing for a day
MAX_ACTIVE = 5


def shown(secret: bytes) -> str:
    """As receivers' libraries read it."""
    return PREFIX + base64.b64encode(secret).decode()


class SigningKeys:
    """Safe from any thread. `owner` is a webhook id or an account id."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], float],
        randbits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._randbits = randbits

    def make(self, tx: Tx, owner: str, now: float) -> bytes:
        """A new secret, within the caller's transaction."""
        secret = self._vault.draw(SECRET_BYTES)
        tx.new_webhook_secret(f"whk_{self._randbits(96):024x}", owner, self._vault.seal(secret, owner), now)
        return secret

    def signing(self, owner: str) -> tuple[bytes, ...]:
        """All that sign now, the newest first; the first one is made when it is asked for."""
        now = self._clock()
        found = self._store.read(lambda reads: self._opened(reads, owner, now))
        return found or self._store.write(lambda tx: self._first(tx, owner, now))

    def rotate(self, owner: str) -> tuple[bytes, float]:
        """(the new secret, when the one before it stops signing). Raises BadParameter after too many a day."""
        now = self._clock()

        def work(tx: Tx) -> bytes:
            tx.lock_name(owner)
            if len(tx.webhook_secrets(owner, now)) >= MAX_ACTIVE:
                raise BadParameter("webhook_id", f"webhook_id: at most {MAX_ACTIVE - 1} rotations a day")
            tx.retire_webhook_secrets(owner, now + OVERLAP_SECONDS)
            return self.make(tx, owner, now)

        return self._store.write(work), now + OVERLAP_SECONDS

    def _first(self, tx: Tx, owner: str, now: float) -> tuple[bytes, ...]:
        tx.lock_name(owner)
        return self._opened(tx, owner, now) or (self.make(tx, owner, now),)

    def _opened(self, reads: Reads, owner: str, now: float) -> tuple[bytes, ...]:
        return tuple(self._vault.open(row["sealed"], owner) for row in reads.webhook_secrets(owner, now))
