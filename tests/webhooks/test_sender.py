"""From a final job to a receiver: at least once, under one id, again after failures, and not to whom it may not go."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from imagend.core.delivery import MAX_TRIES
from imagend.desk.signing_keys import shown
from imagend.desk.webhooks import LoggedAttempt
from tests.webhooks.gates import PUBLIC
from tests.webhooks.receiver import Got, Receiver, listening, status
from tests.webhooks.room import LEASE_SECONDS, Room, body

GENERATION = ["GENERATION"]
DAY = 86_400.0


def attempts(room: Room, account: str, webhook_id: str) -> list[LoggedAttempt]:
    """Oldest first."""
    return room.webhooks.logs(account, webhook_id)[::-1]


def when(freed: threading.Event) -> Callable[[socket.socket], None]:
    """An answer that waits for the event."""

    def answer(connection: socket.socket) -> None:
        assert freed.wait(20)
        connection.sendall(status(200))

    return answer


def signed(secret: str, got: Got) -> str:
    """What the independent library signs."""
    moment = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(got.headers["webhook-id"], moment, got.body.decode())


def test_a_final_job_is_told_once(room: Room, receiver: Receiver) -> None:
    account = room.account()
    webhook, _ = room.webhooks.add(account, receiver.url, GENERATION)
    job = room.finished(account)
    room.told[job.id] = {"output": ["https://h/picture"], "response_url": "https://h/r"}
    assert (room.send(), room.send()) == (1, 0)
    message = body(receiver.next().body)
    assert message["type"] == "request.completed"
    assert message["data"] == {
        "request_id": job.id, "model": "imagen-4-fast", "status": "COMPLETED", "error": None, "error_code": None,
        "metrics": {"inference_time": 0.0, "queue_time": 0.0, "total_time": 0.0, "cost": 0.02},
        "output": ["https://h/picture"], "response_url": "https://h/r",
    }  # fmt: skip
    (logged,) = attempts(room, account, webhook.id)
    assert (logged.status, logged.error, logged.number, logged.delivery_state) == (200, None, 1, "delivered")
    assert logged.message_id == f"msg_{job.id}_request_completed"


def test_failures_are_told_too(room: Room, receiver: Receiver) -> None:
    account = room.account()
    room.webhooks.add(account, receiver.url, GENERATION)
    room.finished(account, broken=True)
    room.send()
    message = body(receiver.next().body)
    assert (message["type"], message["data"]["status"]) == ("request.failed", "FAILED")
    assert (message["data"]["error"], message["data"]["error_code"]) == ("The model failed", "backend_failed")


def test_only_who_asked_for_it_is_told(room: Room, receiver: Receiver) -> None:
    account, other = room.account(), room.account()
    room.webhooks.add(other, receiver.url, GENERATION)
    room.webhooks.add(account, receiver.url, ["PIXELFLOW"])
    room.finished(account)
    assert room.send() == 0


def test_a_url_that_comes_with_the_request(room: Room, receiver: Receiver) -> None:
    account = room.account()
    job = room.finished(account, webhook_url=f"{receiver.url}?for=this")
    room.send()
    got = receiver.next()
    assert got.line == "POST /hook?for=this HTTP/1.1"
    secret = shown(room.webhooks.secret(account, None))
    assert got.headers["webhook-signature"] == signed(secret, got)
    (logged,) = room.webhooks.logs_of_request(account, job.id)
    assert (logged.request_id, logged.status) == (job.id, 200)
    assert room.webhooks.logs_of_request(room.account(), job.id) == []


def test_again_with_the_same_id_and_another_time(room: Room) -> None:
    account = room.account()
    with listening(status(500), status(200)) as receiver:
        webhook, secret = room.webhooks.add(account, receiver.url, GENERATION)
        room.finished(account)
        room.send()
        assert room.send() == 0  # not yet
        room.later(6)
        assert room.send() == 1
        first, second = receiver.next(), receiver.next()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 6
    assert first.body == second.body
    assert [(one.status, one.error) for one in attempts(room, account, webhook.id)] == [(500, "status"), (200, None)]
    with pytest.raises(WebhookVerificationError):  # the clock of the test is not the receiver's
        Webhook(shown(secret)).verify(first.body.decode(), dict(first.headers))


def test_eleven_tries_and_no_more(room: Room) -> None:
    account = room.account()
    with listening(status(500)) as receiver:
        webhook, _ = room.webhooks.add(account, receiver.url, GENERATION)
        room.finished(account)
        sent = 0
        for _ in range(400):
            sent += room.send()
            room.later(1800)
        assert sent == MAX_TRIES == len(receiver.seen)
    last = attempts(room, account, webhook.id)[-1]
    assert (last.number, last.delivery_state, last.next_at) == (MAX_TRIES, "failed", None)
    assert room.webhooks.one(account, webhook.id).failures == MAX_TRIES


def test_retry_after_is_obeyed_for_all_messages_to_the_target(room: Room) -> None:
    account = room.account()
    with listening(status(429, retry_after="600"), status(200)) as receiver:
        room.webhooks.add(account, receiver.url, GENERATION)
        room.finished(account)
        room.send()
        room.finished(account)
        room.later(500)
        assert room.send() == 0
        room.later(101)
        assert room.send() == 2
        assert len(receiver.seen) == 3


def test_gone_disables(room: Room) -> None:
    account = room.account()
    with listening(status(410)) as receiver:
        webhook, _ = room.webhooks.add(account, receiver.url, GENERATION)
        room.finished(account)
        room.send()
        room.finished(account)
        room.later(DAY)
        assert room.send() == 0
        assert len(receiver.seen) == 1
    found = room.webhooks.one(account, webhook.id)
    assert (found.disabled_as, attempts(room, account, webhook.id)[0].error) == ("gone", "gone")


def test_three_days_of_failure_disable(room: Room) -> None:
    account = room.account()
    with listening(status(500)) as receiver:
        webhook, _ = room.webhooks.add(account, receiver.url, GENERATION)
        for _ in range(8):
            room.finished(account)
            room.send()
            room.later(DAY / 2)
        assert room.webhooks.one(account, webhook.id).disabled_as == "failing"
        assert len(receiver.seen) < 200
        room.webhooks.change(account, webhook.id, receiver.url, GENERATION)  # the way back
        assert room.webhooks.one(account, webhook.id).disabled_as is None
        receiver.answers = [status(200)]
        assert len(room.webhooks.replay(account, webhook.id, None)) >= 2  # what failed meanwhile
        while room.send():
            pass
    assert {one.delivery_state for one in attempts(room, account, webhook.id)} == {"delivered"}


def test_the_breaker_leaves_one_probe_a_minute(room: Room) -> None:
    account = room.account()
    with listening(status(500)) as receiver:
        room.webhooks.add(account, receiver.url, GENERATION)
        for _ in range(30):
            room.finished(account)
        while room.send():
            pass
        broken = len(receiver.seen)
        assert 20 <= broken <= 22
        room.later(59)
        assert room.send() == 0
        room.later(2)
        assert room.send() == 1
        receiver.answers = [status(200)]
        room.later(61)
        assert room.send() == 1  # the probe that closes it
        while room.send():
            pass
        assert len({got.headers["webhook-id"] for got in receiver.seen}) == 30


def test_two_at_once_to_one_receiver_and_the_others_are_not_kept(room: Room) -> None:
    account, other = room.account(), room.account()
    freed = threading.Event()
    with listening(when(freed)) as slow, listening() as quick:
        room.webhooks.add(account, slow.url, GENERATION)
        room.webhooks.add(other, quick.url, GENERATION)
        for _ in range(5):
            room.finished(account)
        room.finished(other)
        assert room.sender.run_once() == 3
        quick.next()
        slow.next()
        slow.next()
        assert room.sender.run_once() == 0
        freed.set()
        room.sender.wait()
        while room.send():
            pass
        assert (len(slow.seen), slow.open_most) == (5, 2)


def test_no_more_at_once_than_allowed(room: Room) -> None:
    sender = room.another_sender(in_flight=3)
    freed = threading.Event()
    with listening(when(freed)) as slow:
        for _ in range(4):
            account = room.account()
            room.webhooks.add(account, slow.url, GENERATION)
            room.finished(account)
        assert (sender.run_once(), sender.run_once()) == (3, 0)
        freed.set()
        sender.wait()
        assert sender.run_once() == 1
        sender.wait()


def test_two_senders_send_everything_once(room: Room, receiver: Receiver) -> None:
    accounts = [room.account() for _ in range(10)]
    for account in accounts:
        room.webhooks.add(account, receiver.url, GENERATION)
    senders = [room.another_sender(), room.another_sender()]
    for sender in senders:
        sender.start()
    jobs = [room.finished(account) for account in accounts for _ in range(3)]
    got = Counter(receiver.next().headers["webhook-id"] for _ in jobs)
    for sender in senders:
        sender.stop()
    assert got == Counter(f"msg_{job.id}_request_completed" for job in jobs)
    assert room.outbox.claim(100) == []


def test_a_sender_that_dies_after_the_post_sends_again_under_the_same_id(room: Room, receiver: Receiver) -> None:
    account = room.account()
    room.webhooks.add(account, receiver.url, GENERATION)
    room.finished(account)
    (lost,) = room.outbox.claim(10)
    assert room.sender.attempt(lost).error is None  # and nothing is written down
    assert room.send() == 0  # the lease still holds
    room.later(LEASE_SECONDS + 1)
    assert room.send() == 1
    assert receiver.next().headers["webhook-id"] == receiver.next().headers["webhook-id"]


def test_what_comes_too_late_changes_nothing(room: Room, receiver: Receiver) -> None:
    account = room.account()
    webhook, _ = room.webhooks.add(account, receiver.url, GENERATION)
    room.finished(account)
    (late,) = room.outbox.claim(10)
    room.later(LEASE_SECONDS + 1)
    assert room.send() == 1
    room.outbox.record(late, dataclasses.replace(room.sender.attempt(late), error="status", status=500))
    assert {one.delivery_state for one in attempts(room, account, webhook.id)} == {"delivered"}
    assert room.webhooks.one(account, webhook.id).failures == 0


def test_a_message_that_kills_its_senders_ends(room: Room, receiver: Receiver) -> None:
    account = room.account()
    room.webhooks.add(account, receiver.url, GENERATION)
    room.finished(account)
    for _ in range(MAX_TRIES):
        assert len(room.outbox.claim(10)) == 1
        room.later(LEASE_SECONDS + 1)
    assert room.outbox.claim(10) == []
    room.later(LEASE_SECONDS + 1)
    assert room.outbox.claim(10) == []


def test_the_gate_is_asked_at_every_attempt(room: Room, receiver: Receiver) -> None:
    """A name that points to a public address when it is registered, and inside when it is called."""
    room.names.known["rebind.example"] = [PUBLIC]
    account = room.account()
    webhook, _ = room.webhooks.add(account, "https://rebind.example/", GENERATION)
    room.names.known["rebind.example"] = ["169.254.169.254"]
    room.finished(account)
    room.send()
    del room.names.known["rebind.example"]
    room.later(6)
    room.send()
    assert [one.error for one in attempts(room, account, webhook.id)] == ["address", "unresolvable"]


def test_a_name_is_looked_up_once_per_attempt_and_that_answer_is_dialled(room: Room, receiver: Receiver) -> None:
    """A name server that says something else each time it is asked gets no second chance."""
    room.names.known["twice.example"] = ["127.0.0.1"]
    account = room.account()
    room.webhooks.add(account, f"http://twice.example:{receiver.port}/", GENERATION)
    room.finished(account)
    room.names.asked.clear()
    room.send()
    assert room.names.asked == ["twice.example"]
    assert receiver.next().headers["host"] == f"twice.example:{receiver.port}"


def test_what_is_told_when_the_result_is_forgotten(room: Room) -> None:
    account = room.account()
    with listening(status(500), status(200)) as receiver:
        room.webhooks.add(account, receiver.url, GENERATION)
        job = room.finished(account)
        room.told[job.id] = {"output": ["u"]}
        room.send()
        del room.told[job.id]
        room.later(2 * 3600)
        room.house.desk.forget()
        room.send()
        first, second = (body(receiver.next().body)["data"] for _ in range(2))
    assert "output" in first
    assert second == {name: value for name, value in first.items() if name != "output"}


def test_a_stopped_sender_stops(room: Room, receiver: Receiver) -> None:
    account = room.account()
    room.webhooks.add(account, receiver.url, GENERATION)
    sender = room.another_sender()
    sender.start()
    room.finished(account)
    receiver.next()
    sender.stop()
    room.finished(account)
    assert [one.name for one in threading.enumerate() if one.name.startswith("webhook")] == []
    assert room.send() == 1


def test_an_account_with_many_slow_receivers_does_not_keep_another(room: Room) -> None:
    """Ten attempts at once are an account's, and accounts take turns."""
    greedy, other = room.account(), room.account()
    freed = threading.Event()
    with listening(when(freed)) as slow, listening() as quick:
        for number in range(40):  # every one with an origin of its own
            name = f"slow{number}.example"
            room.names.known[name] = ["127.0.0.1"]
            room.finished(greedy, webhook_url=f"http://{name}:{slow.port}/")
        room.later(1)
        room.webhooks.add(other, quick.url, GENERATION)
        room.finished(other)
        sender = room.another_sender(in_flight=12)
        assert sender.run_once() == 11
        quick.next()
        for _ in range(10):
            slow.next()
        freed.set()
        sender.wait()
        while room.send():
            pass
        assert (len(slow.seen), slow.open_most) == (40, 10)


def test_the_urls_of_requests_are_few_targets(room: Room) -> None:
    account = room.account()
    for number in range(200):
        room.finished(account, webhook_url=f"https://r{number}.example/")
    due = room.house.store.read(lambda reads: reads.webhook_due(2e9, 2, 999, 999))
    assert len({one["target"] for one in due}) <= 64
