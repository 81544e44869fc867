"""The judge: from what clients saw (history.py) and what lies at rest (rest.py), every broken promise by name.

- lost: an acknowledged order has no row, or has not ended
- unseen: an acknowledged order ended, and the client was told "unknown" or nothing final
- two ends: one order was seen COMPLETED and FAILED, or its final state changed
- moved back: a status that was answered later was earlier in QUEUED -> PROCESSING -> COMPLETED | FAILED
- phantom: a row for an order that nobody sent
- doubled: one idempotency key, or one call, has several orders
- mismatched: an id was given for another order's call, or to another tenant
- cross-tenant: a picture shows another order's mark, or an id of another tenant was not answered 404
- changed bytes: the bytes of a result are not those of the SHA-256 that was written down
- unpaid, overpaid: charges of a tenant are not its completed pictures x price; counted here, not asked of the books
- silent hook: an order that was to be told by webhook was not, or with two payloads under one id
- lease left: a lease is held at rest
- blob lost, blob left: a row without its object, an object without its row
- books: an invariant of desk/audit.py
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from faults.history import Answer, Event, Foreign, Hook, NoAnswer, Picture, Seen, Submit
from faults.marks import digest_of
from faults.rest import Order, Rest

RANK = {"QUEUED": 0, "PROCESSING": 1, "COMPLETED": 2, "FAILED": 2}
FINAL = ("COMPLETED", "FAILED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    kind: str
    about: str


@dataclass(slots=True)
class Seens:
    """The history, sorted by what the rules ask."""

    submits: dict[int, Submit] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    unanswered: dict[int, NoAnswer] = field(default_factory=dict)
    looks: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    pictures: list[Picture] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)

    @property
    def acknowledged(self) -> Iterator[tuple[Submit, Answer]]:
        for call, answer in self.answers.items():
            if answer.request_id and answer.status < 500:
                yield self.submits[call], answer


def collect(events: Iterable[Event]) -> Seens:
    seens = Seens()
    for event in events:
        match event:
            case Submit():
                seens.submits[event.call] = event
            case Answer():
                seens.answers[event.call] = event
            case NoAnswer():
                seens.unanswered[event.call] = event
            case Seen():
                seens.looks[event.request_id].append(event)
            case Picture():
                seens.pictures.append(event)
            case Foreign():
                seens.foreign.append(event)
            case Hook():
                seens.hooks.append(event)
    return seens


def check(events: Iterable[Event], rest: Rest) -> list[Violation]:
    """Every violation; empty when all promises were kept."""
    seens = collect(events)
    rules = (_acknowledged, _phantoms, _doubled, _moves, _pictures, _foreign, _hooks, _money, _at_rest)
    return [violation for rule in rules for violation in rule(seens, rest)]


def _acknowledged(seens: Seens, rest: Rest) -> Iterator[Violation]:
    for submit, answer in seens.acknowledged:
        order = rest.orders.get(answer.request_id)
        if order is None:
            yield Violation(kind="lost", about=f"{submit.mark}: {answer.request_id} was acknowledged and has no row")
            continue
        if order.state not in FINAL:
            yield Violation(kind="lost", about=f"{submit.mark}: {answer.request_id} is {order.state} for ever")
        if order.tenant != submit.tenant or order.mark != submit.mark:
            yield Violation(kind="mismatched", about=f"{submit.mark} was given {answer.request_id} of {order.mark}")
        told = {look.state for look in seens.looks[answer.request_id]} | {answer.state}
        if order.state in FINAL and not submit.hook and order.state not in told:
            yield Violation(kind="unseen", about=f"{submit.mark}: ended {order.state}, its client saw {sorted(told)}")


def _phantoms(seens: Seens, rest: Rest) -> Iterator[Violation]:
    """A call that was refused for sure (4xx, or never sent) must not have left an order."""
    possible: dict[str, bool] = defaultdict(bool)
    for call, submit in seens.submits.items():
        answer, none = seens.answers.get(call), seens.unanswered.get(call)
        refused = (answer is not None and not answer.request_id and answer.status < 500) or (
            none is not None and not none.sent
        )
        possible[submit.mark] |= not refused
    for request_id, order in rest.orders.items():
        if not possible[order.mark]:
            yield Violation(kind="phantom", about=f"{request_id} is an order of {order.mark!r}, which nobody sent")


def _doubled(seens: Seens, rest: Rest) -> Iterator[Violation]:
    calls: dict[tuple[int, str], set[str]] = defaultdict(set)  # orders that one key or one call without key may have
    sent: dict[str, set[str]] = defaultdict(set)  # mark -> keys; without a key, the calls
    for call, submit in seens.submits.items():
        sent[submit.mark].add(submit.key or f"call {call}")
        answer = seens.answers.get(call)
        if submit.key and answer is not None and answer.request_id:
            calls[submit.tenant, submit.key].add(answer.request_id)
    for (tenant, key), ids in calls.items():
        if len(ids) > 1:
            yield Violation(kind="doubled", about=f"key {key} of tenant {tenant} was given {sorted(ids)}")
    rows: dict[str, int] = defaultdict(int)
    for order in rest.orders.values():
        rows[order.mark] += 1
    for mark, count in rows.items():
        if mark in sent and count > len(sent[mark]):
            yield Violation(kind="doubled", about=f"{mark} was sent for {len(sent[mark])} orders and has {count}")


def _moves(seens: Seens, rest: Rest) -> Iterator[Violation]:
    for request_id, looks in seens.looks.items():
        told = sorted((look for look in looks if look.state in RANK), key=lambda look: look.at)
        finals = {look.state for look in told if look.state in FINAL}
        order = rest.orders.get(request_id)
        if order is not None and order.state in FINAL:
            finals.add(order.state)
        if len(finals) > 1:
            yield Violation(kind="two ends", about=f"{request_id} was {' and '.join(sorted(finals))}")
        highest = -1.0, -1
        for look in told:  # a later answer counts as later only if it was asked after the other one had arrived
            if highest[1] > RANK[look.state] and look.asked_at > highest[0]:
                yield Violation(kind="moved back", about=f"{request_id} was {look.state} again")
            if RANK[look.state] > highest[1]:
                highest = look.at, RANK[look.state]
        yield from _forgotten(request_id, looks, rest)


def _forgotten(request_id: str, looks: list[Seen], rest: Rest) -> Iterator[Violation]:
    """Within the retention a request is never unknown."""
    if any(look.status == 404 for look in looks) and request_id in rest.orders:
        yield Violation(kind="unseen", about=f"{request_id} was answered 404")


def _pictures(seens: Seens, rest: Rest) -> Iterator[Violation]:
    for picture in seens.pictures:
        order = rest.orders.get(picture.request_id)
        if order is None:
            yield Violation(kind="phantom", about=f"a picture of {picture.request_id}, which has no row")
            continue
        if order.tenant != picture.tenant or picture.shown != digest_of(order.mark):
            yield Violation(kind="cross-tenant", about=f"the picture of {order.mark} shows {picture.shown[:16]}")
        if picture.sha256 not in order.sha256s:
            yield Violation(kind="changed bytes", about=f"{picture.request_id}: {picture.sha256[:16]} was not written")


def _foreign(seens: Seens, _: Rest) -> Iterator[Violation]:
    for look in seens.foreign:
        if look.status != 404:
            yield Violation(kind="cross-tenant", about=f"tenant {look.tenant} got {look.status} for {look.request_id}")


def _hooks(seens: Seens, rest: Rest) -> Iterator[Violation]:
    payloads: dict[str, set[str]] = defaultdict(set)
    told: set[str] = set()
    for hook in seens.hooks:
        payloads[hook.message_id].add(hook.digest)
        order = rest.orders.get(hook.request_id)
        if order is None or order.tenant != hook.tenant:
            yield Violation(kind="cross-tenant", about=f"tenant {hook.tenant} was told of {hook.request_id}")
        elif hook.kind != f"request.{order.state.lower()}":
            yield Violation(kind="two ends", about=f"{hook.request_id} is {order.state}, its webhook said {hook.kind}")
        told.add(hook.request_id)
    for message_id, digests in payloads.items():
        if len(digests) > 1:
            yield Violation(kind="silent hook", about=f"{message_id} came with {len(digests)} payloads")
    for submit, answer in seens.acknowledged:
        if submit.hook and answer.request_id not in told:
            yield Violation(kind="silent hook", about=f"nobody was told of {submit.mark}, {answer.request_id}")


def _money(_: Seens, rest: Rest) -> Iterator[Violation]:
    """charges = pictures of COMPLETED orders x price, tenant by tenant, with nothing taken from the audit's code."""
    due: dict[int, int] = defaultdict(int)
    for order in rest.orders.values():
        due[order.tenant] += rest.price * len(order.sha256s) if order.state == "COMPLETED" else 0
    for tenant in due.keys() | rest.charged.keys():
        charged = rest.charged.get(tenant, 0)
        if charged != due[tenant]:
            kind = "overpaid" if charged > due[tenant] else "unpaid"
            yield Violation(kind=kind, about=f"tenant {tenant} was charged {charged}, its pictures cost {due[tenant]}")


def _at_rest(_: Seens, rest: Rest) -> Iterator[Violation]:
    yield from (Violation(kind="books", about=line) for line in rest.audit)
    yield from (Violation(kind="lease left", about=request_id) for request_id in rest.leased)
    for key in rest.named - rest.stored:
        yield Violation(kind="blob lost", about=key)
    for key in rest.stored - rest.named:
        if not _of_a_lost_attempt(key, rest):
            yield Violation(kind="blob left", about=key)


def _of_a_lost_attempt(key: str, rest: Rest) -> bool:
    """An attempt that was killed between upload and completion leaves its object to the janitor, which removes it
    when it is two hours old and its job is forgotten. Until then it lies in the folder of an order that exists."""
    return any(word in rest.orders for word in key.split("/"))


__all__ = ["Order", "Rest", "Seens", "Violation", "check", "collect"]
