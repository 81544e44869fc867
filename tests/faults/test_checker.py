"""The judge finds every kind of broken promise: a good history, spoilt in one place each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from faults.checker import check
from faults.history import Answer, Event, Fault, Foreign, Hook, NoAnswer, Picture, Recorder, Seen, Submit, read_history
from faults.marks import UNREADABLE, digest_of, marked_prompt, read_digest, squares, word_in
from faults.rest import Order, Rest
from imagend.engine.pixels import encode

PRICE = 25
A, B, C = "job-a", "job-b", "job-c"


def history() -> list[Event]:
    """Tenant 0 submits A with a key (the first try got no answer), tenant 1 submits B with a webhook; C was cancelled;
    a fourth call was sent and never answered."""
    return [
        Submit(at=1.0, call=0, tenant=0, mark="t0n0x1", way="v2", key="k"),
        NoAnswer(at=1.5, call=0, sent=True),
        Submit(at=2.0, call=1, tenant=0, mark="t0n0x1", way="v2", key="k"),
        Answer(at=2.1, call=1, status=200, request_id=A, state="QUEUED"),
        Submit(at=2.2, call=2, tenant=1, mark="t1n1x1", way="v2", hook=True),
        Answer(at=2.3, call=2, status=200, request_id=B, state="QUEUED"),
        Fault(at=2.4, until=2.4, name="kill-gateway"),
        Submit(at=2.5, call=3, tenant=1, mark="t1n2x1", way="v2"),
        Answer(at=2.6, call=3, status=200, request_id=C, state="QUEUED"),
        Seen(at=3.0, asked_at=2.9, tenant=0, request_id=A, status=200, state="PROCESSING"),
        Seen(at=3.2, asked_at=3.1, tenant=1, request_id=C, status=422, state="FAILED"),
        Seen(at=4.0, asked_at=3.9, tenant=0, request_id=A, status=200, state="COMPLETED"),
        Picture(at=4.1, tenant=0, request_id=A, sha256="aa", shown=digest_of("t0n0x1")),
        Hook(at=4.2, tenant=1, message_id="msg_b", request_id=B, kind="request.completed", digest="d"),
        Hook(at=9.2, tenant=1, message_id="msg_b", request_id=B, kind="request.completed", digest="d"),
        Foreign(at=5.0, tenant=1, request_id=A, status=404),
        Submit(at=6.0, call=4, tenant=1, mark="t1n4x1", way="v1"),
        NoAnswer(at=7.0, call=4, sent=True),
    ]


def rest() -> Rest:
    return Rest(
        orders={
            A: Order(tenant=0, mark="t0n0x1", state="COMPLETED", sha256s=("aa",)),
            B: Order(tenant=1, mark="t1n1x1", state="COMPLETED", sha256s=("bb",)),
            C: Order(tenant=1, mark="t1n2x1", state="FAILED", code="cancelled"),
        },
        charged={0: PRICE, 1: PRICE},
        price=PRICE,
        named=frozenset({"r/h/job-a/f", "r/h/job-b/f"}),
        stored=frozenset({"r/h/job-a/f", "r/h/job-b/f", "r/h/job-b/of-a-killed-attempt"}),
    )


def kinds(events: list[Event], at_rest: Rest) -> set[str]:
    return {violation.kind for violation in check(events, at_rest)}


def with_order(request_id: str, order: Order | None) -> Rest:
    orders = {name: known for name, known in rest().orders.items() if name != request_id}
    return replace(rest(), orders=orders if order is None else orders | {request_id: order})


def without(kind: type[Event]) -> list[Event]:
    return [event for event in history() if not isinstance(event, kind)]


DONE_A = Order(tenant=0, mark="t0n0x1", state="COMPLETED", sha256s=("aa",))


def test_a_good_history_is_good() -> None:
    assert check(history(), rest()) == []


BAD_REST: dict[str, tuple[str, Callable[[], Rest]]] = {
    "no row": ("lost", lambda: with_order(A, None)),
    "never ends": ("lost", lambda: with_order(A, replace(DONE_A, state="QUEUED"))),
    "hangs": ("lost", lambda: with_order(A, replace(DONE_A, state="PROCESSING"))),
    "of another mark": ("mismatched", lambda: with_order(A, replace(DONE_A, mark="t0n9x1"))),
    "of another tenant": ("mismatched", lambda: with_order(A, replace(DONE_A, tenant=1))),
    "ended otherwise": ("two ends", lambda: with_order(A, replace(DONE_A, state="FAILED", sha256s=()))),
    "from nowhere": ("phantom", lambda: with_order("job-x", replace(DONE_A, mark="t0n77x1"))),
    "twice for one key": ("doubled", lambda: with_order("job-x", replace(DONE_A, state="FAILED"))),
    "other bytes": ("changed bytes", lambda: with_order(A, replace(DONE_A, sha256s=("other",)))),
    "paid twice": ("overpaid", lambda: replace(rest(), charged={0: 2 * PRICE, 1: PRICE})),
    "not paid": ("unpaid", lambda: replace(rest(), charged={0: PRICE})),
    "paid for a failure": ("overpaid", lambda: replace(rest(), charged={0: PRICE, 1: 2 * PRICE})),
    "lease held": ("lease left", lambda: replace(rest(), leased=(A,))),
    "row without object": ("blob lost", lambda: replace(rest(), stored=frozenset({"r/h/job-a/f"}))),
    "object without row": ("blob left", lambda: replace(rest(), stored=rest().stored | {"r/h/job-q/f"})),
    "books": ("books", lambda: replace(rest(), audit=("I2: account 1",))),
}


@pytest.mark.parametrize("name", BAD_REST)
def test_what_lies_at_rest_is_judged(name: str) -> None:
    kind, make = BAD_REST[name]
    assert kind in kinds(history(), make())


OF_B = digest_of("t1n1x1")


def late(status: int, state: str) -> Seen:
    return Seen(at=8.0, asked_at=7.9, tenant=0, request_id=A, status=status, state=state)


BAD_EVENTS: dict[str, tuple[str, Event]] = {
    "back to the queue": ("moved back", late(200, "QUEUED")),
    "running again": ("moved back", late(200, "PROCESSING")),
    "failed after all": ("two ends", late(422, "FAILED")),
    "forgotten too soon": ("unseen", late(404, "")),
    "another's mark": ("cross-tenant", Picture(at=8, tenant=0, request_id=A, sha256="aa", shown=digest_of("t1n1x1"))),
    "no mark": ("cross-tenant", Picture(at=8, tenant=0, request_id=A, sha256="aa", shown=UNREADABLE)),
    "another's picture": ("cross-tenant", Picture(at=8, tenant=0, request_id=B, sha256="bb", shown=OF_B)),
    "picture of nothing": ("phantom", Picture(at=8, tenant=0, request_id="job-y", sha256="bb", shown="")),
    "changed bytes": ("changed bytes", Picture(at=8, tenant=0, request_id=A, sha256="ab", shown=digest_of("t0n0x1"))),
    "another's id": ("cross-tenant", Foreign(at=8, tenant=1, request_id=A, status=200)),
    "another's failure": ("cross-tenant", Foreign(at=8, tenant=0, request_id=C, status=422)),
    "two payloads": ("silent hook", Hook(at=8, tenant=1, message_id="msg_b", request_id=B,
                                         kind="request.completed", digest="other")),
    "told of another end": ("two ends", Hook(at=8, tenant=1, message_id="msg_c", request_id=B,
                                             kind="request.failed", digest="d")),
    "told to another": ("cross-tenant", Hook(at=8, tenant=0, message_id="msg_d", request_id=B,
                                             kind="request.completed", digest="d")),
    "second id for a key": ("doubled", Answer(at=8, call=0, status=200, request_id=B)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_EVENTS)
def test_what_clients_saw_is_judged(name: str) -> None:
    kind, event = BAD_EVENTS[name]
    assert kind in kinds([*history(), event], rest())


def test_answers_that_crossed_on_the_wire_are_no_step_back() -> None:
    crossed = Seen(at=8.0, asked_at=3.5, tenant=0, request_id=A, status=200, state="PROCESSING")
    assert check([*history(), crossed], rest()) == []


def test_an_order_whose_end_its_client_never_heard() -> None:
    events = [event for event in history() if not (isinstance(event, Seen) and event.state == "COMPLETED")]
    assert kinds(events, rest()) == {"unseen"}


def test_a_webhook_that_never_came() -> None:
    assert kinds(without(Hook), rest()) == {"silent hook"}


def test_an_order_of_a_refused_or_unsent_call_is_a_phantom() -> None:
    at_rest = with_order("job-z", Order(tenant=1, mark="t1n4x1", state="FAILED", code="cancelled"))
    assert check(history(), at_rest) == []
    for end in (NoAnswer(at=7.0, call=4, sent=False), Answer(at=7.0, call=4, status=406)):
        events = [event for event in history() if not (isinstance(event, NoAnswer) and event.call == 4)]
        assert kinds([*events, end], at_rest) == {"phantom"}


def test_one_call_without_a_key_made_two_orders() -> None:
    twin = Order(tenant=1, mark="t1n2x1", state="FAILED", code="cancelled")
    assert kinds(history(), with_order("job-w", twin)) == {"doubled"}


def test_a_history_is_read_as_it_was_written(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "history.jsonl")
    for event in history():
        recorder.note(event)
    recorder.close()
    assert list(read_history(tmp_path / "history.jsonl")) == history()


@pytest.mark.parametrize("output_format", ["jpeg", "png", "webp"])
def test_a_picture_shows_its_mark(output_format: str) -> None:
    file = encode(squares("t3n17x4f", 256, 320), output_format)
    assert read_digest(file) == digest_of("t3n17x4f")
    assert word_in(marked_prompt("t3n17x4f", "sleep=20")) == "t3n17x4f"
    assert read_digest(b"no picture") == UNREADABLE
