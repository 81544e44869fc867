"""Verbs of the fair queue; `Reads` and `Tx` in sql.py inherit them."""

from __future__ import annotations

from imagend.store.rows import Row, Verbs


class FairReads(Verbs):
    """Questions about the queue's order."""

    def waiting_line(self, backend: str, most: int) -> list[tuple[str, str, float]]:
        """(job id, account id, predicted seconds) of the first `most` waiting jobs of a backend, in queue order."""
        rows = self._run("waiting_line", {"backend": backend, "most": most})
        return [(row["id"], row["account_id"], row["predicted_seconds"]) for row in rows]

    def waiting_demand(self, backend: str, most: int) -> dict[str, float]:
        """{account id: predicted seconds of its jobs} among the first `most` waiting jobs of a backend."""
        rows = self._run("waiting_demand", {"backend": backend, "most": most})
        return {row["account_id"]: row["seconds"] for row in rows}

    def in_hand(self, backend: str) -> dict[str, float]:
        """{account id: predicted seconds of its jobs that are with workers}."""
        return {row["account_id"]: row["seconds"] for row in self._run("in_hand", {"backend": backend})}

    def lease_holders(self) -> list[Row]:
        """worker_id, account_id, fair_weight, how many leases, and how many of them are solo."""
        return self._run("lease_holders", {})


class FairTx(FairReads):
    """Turns of accounts."""

    def fair_tags(self, account_id: str) -> tuple[float, float, float]:
        """(the account's next tag, the queue's virtual time, the account's weight)."""
        row = self._run("fair_tags", {"account_id": account_id})[0]
        return row["fair_tag"], row["virtual_time"], row["fair_weight"]

    def set_fair_tag(self, account_id: str, fair_tag: float) -> None:
        self._run("set_fair_tag", {"account_id": account_id, "fair_tag": fair_tag})

    def charge_turn(self, account_id: str, seconds: float) -> None:
        """Move the account's next tag by so many seconds of compute; negative gives back."""
        self._run("charge_turn", {"account_id": account_id, "seconds": seconds})

    def set_fair_weight(self, account_id: str, weight: float) -> bool:
        """An account of weight 2 gets twice the share of one of weight 1. False: no such account."""
        return bool(self._run("set_fair_weight", {"account_id": account_id, "weight": weight}))

    def advance_fair_clock(self, virtual_time: float) -> None:
        """Never back. Nobody waits for it: whoever claims at the same moment has about the same time to say."""
        self._run("advance_fair_clock", {"virtual_time": virtual_time})
