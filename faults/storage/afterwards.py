"""Opens a folder after its life broke off: is everything there that was promised, and can it go on?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw

from faults.simulation.customers import COST
from faults.simulation.gateway import EPOCH
from faults.storage.life import GRANT, House, house_in
from imagend.core.errors import ExpiredRequest, ImagendError
from imagend.core.job import State
from imagend.core.outcome import Success
from imagend.desk.audit import audit
from imagend.desk.boots import boot_of

WISHES = ("done", "retried", "cancelled", "swept", "late")
Facts = list[list[str]]


def look(folder: Path, facts: Facts) -> list[str]:
    """What is wrong. An exception is wrong, too: a folder that cannot be used any more."""
    try:
        return [*_look(folder, facts)]
    except (ImagendError, apsw.Error, AssertionError, OSError, LookupError) as error:
        return [f"cannot go on: {error!r}"]


def _look(folder: Path, facts: Facts) -> Iterator[str]:
    with house_in(folder, seed=2, now=EPOCH + 700) as house:
        yield from _integrity(folder)
        yield from audit(house.store)
        yield from _promises(house, facts)
        account = next((fact[1] for fact in facts if fact[0] == "account"), None)
        if account is not None:
            yield from _go_on(house, account, facts)
        yield from audit(house.store)


def _integrity(folder: Path) -> Iterator[str]:
    connection = apsw.Connection(str(folder / "imagend.db"), flags=apsw.SQLITE_OPEN_READONLY)
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    connection.close()
    if found != ["ok"]:
        yield f"the database is damaged: {found}"


def _promises(house: House, facts: Facts) -> Iterator[str]:
    rows = {row["id"]: row["state"] for row in house.store.read(lambda reads: reads.audit("jobs"))}
    entries = house.store.read(lambda reads: reads.audit("ledger"))
    kinds = {(row["request_id"], row["kind"]): row["amount"] for row in entries}
    for word, *rest in facts:
        if word == "account":
            row = [row for row in house.store.read(lambda reads: reads.audit("accounts")) if row["id"] == rest[0]]
            if not row or row[0]["granted"] < GRANT:
                yield f"lost: account {rest[0]}"
        elif word == "granted" and not any(row["kind"] == "grant" and row["amount"] == COST for row in entries):
            yield "lost: a grant"
        elif word in ("submit", "retry", "swept", "release") and rest[0] not in rows:
            yield f"lost: {rest[0]}, after {word}"
        elif word == "complete" and rows.get(rest[0]) != State.COMPLETED:
            yield f"lost: the completion of {rest[0]}"
        elif word == "cancel" and rows.get(rest[0]) != State.FAILED:
            yield f"lost: the cancellation of {rest[0]}"
        elif word == "refund" and kinds.get((rest[0], "refund")) != int(rest[1]):
            yield f"lost: the refund of {rest[0]}"
        elif word == "revoke" and house.accounts.key(rest[0]).revoked_at is None:
            yield f"lost: the revocation of {rest[0]}"
    yield from _pictures(house)


def _pictures(house: House) -> Iterator[str]:
    """Of every completed job that is still known, all bytes are there."""
    for row in house.store.read(lambda reads: reads.audit("jobs")):
        job = house.store.read(lambda reads, name=row["id"]: reads.job(name))  # type: ignore[misc]
        for image in job.outcome.images if job is not None and isinstance(job.outcome, Success) else ():
            if len(house.blobs.read(image.key)) != image.size:
                yield f"{job.id} has lost bytes of {image.key}"


def _go_on(house: House, account: str, facts: Facts) -> Iterator[str]:
    """A new start: the same keys find the same orders, everything comes to an end, and nothing stays behind."""
    promised = {fact[2]: fact[1] for fact in facts if fact[0] == "submit"}
    house.desk.recover(boot_of("g", "2"))
    for wish in WISHES:
        try:
            found = house.submit(account, wish).id
        except ExpiredRequest:
            continue
        if promised.get(wish, found) != found and ["week"] not in facts:
            yield f"{wish} was {promised[wish]} and is now {found}"
    house.clock.now += 40
    house.desk.sweep()
    for worker in range(30):
        for job in house.claim(f"w{worker}", 8, boot_of("g", "2")):
            house.complete(job)
        house.clock.now += 5
    states = {row["id"]: State(row["state"]) for row in house.store.read(lambda reads: reads.audit("jobs"))}
    yield from (f"{name} is {state} for ever" for name, state in states.items() if not state.final)
    house.deliver(lambda _: None)
    house.forget()
    yield from (f"the file {key} has no row" for key in house.blobs.list("r"))
