"""What a transaction holds on to until its end, so that what it read there stays true while it decides.

On a database with one writer at a time these are questions that lock nothing.
"""

from __future__ import annotations

from imagend.store.rows import Verbs


class Locks(Verbs):
    """Part of `Tx`. Names first, then rows in the order idempotency, account or job, ledger, outbox: an order locks its
    account before it makes its job, which nobody else can see; all others lock the job and then the account."""

    def lock_account(self, account_id: str) -> bool:
        """Its money, its limits and the number of its jobs are ours alone now. False: no such account."""
        return bool(self._run("lock_account", {"account_id": account_id}))

    def lock_name(self, name: str) -> None:
        """Wait until nobody else holds `name`."""
        self._run("lock_name", {"name": name})

    def try_lock_name(self, name: str) -> bool:
        """False: somebody else holds it now."""
        return bool(self._run("try_lock_name", {"name": name})[0]["held"])
