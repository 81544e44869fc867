"""What an account can do with its webhooks, and what the database keeps of them."""

from __future__ import annotations

import base64
import dataclasses
import secrets as randomness
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagend.core.errors import BadParameter, BadSetting, StaleLease, UnknownWebhook
from imagend.core.outcome import Failure
from imagend.desk.signing_keys import MAX_ACTIVE, OVERLAP_SECONDS, shown
from imagend.desk.vault import Vault
from imagend.store.sql import Tx
from tests.desk.house import order, token
from tests.webhooks.room import BROKEN, Room, open_room

URL = "http://127.0.0.1:9/hook"
TYPES = ["GENERATION"]


@pytest.fixture
def room(folder: Path) -> Iterator[Room]:
    with open_room(folder) as room:
        yield room


def added(room: Room, account: str) -> str:
    return room.webhooks.add(account, URL, TYPES)[0].id


def test_a_webhooks_life(room: Room) -> None:
    account = room.account()
    webhook, secret = room.webhooks.add(account, URL, ["inference", "PIXELFLOW", "INFERENCE"])
    assert (webhook.url, webhook.event_types, webhook.disabled_at) == (URL, ("INFERENCE", "PIXELFLOW"), None)
    assert room.webhooks.all(account) == [webhook]
    assert room.webhooks.secret(account, webhook.id) == secret
    changed = room.webhooks.change(account, webhook.id, URL + "2", ["PIXELFLOW"])
    assert (changed.url, changed.event_types) == (URL + "2", ("PIXELFLOW",))
    room.webhooks.remove(account, webhook.id)
    room.webhooks.remove(account, webhook.id)
    assert room.webhooks.all(account) == []
    for gone in (
        lambda: room.webhooks.change(account, webhook.id, URL, TYPES),
        lambda: room.webhooks.secret(account, webhook.id),
        lambda: room.webhooks.test(account, webhook.id),
    ):
        with pytest.raises(UnknownWebhook):
            gone()
    assert room.webhooks.logs(account, webhook.id) == []  # still readable


def test_accounts_do_not_see_each_other(room: Room) -> None:
    mine, other = room.account(), room.account()
    name = added(room, mine)
    for call in (
        lambda: room.webhooks.one(other, name),
        lambda: room.webhooks.change(other, name, URL, TYPES),
        lambda: room.webhooks.remove(other, name),
        lambda: room.webhooks.logs(other, name),
        lambda: room.webhooks.secret(other, name),
        lambda: room.webhooks.rotate(other, name),
        lambda: room.webhooks.replay(other, name, None),
        lambda: room.webhooks.test(other, name),
    ):
        with pytest.raises(UnknownWebhook):
            call()
    assert room.webhooks.all(other) == []
    assert room.webhooks.secret(other, None) != room.webhooks.secret(mine, None)
    assert room.webhooks.one(mine, name).disabled_at is None


@pytest.mark.parametrize("types", [None, [], "GENERATION", ["GENERATION", "BIRTHDAY"], [1], {"types": ["GENERATION"]}])
def test_unknown_event_types_are_refused_and_the_known_named(types: object, room: Room) -> None:
    with pytest.raises(BadParameter, match="GENERATION, INFERENCE, PIXELFLOW, NODE_RUN, GRAPH_RUN"):
        room.webhooks.add(room.account(), URL, types)


def test_not_too_many(room: Room) -> None:
    account = room.account()
    for _ in range(20):
        added(room, account)
    with pytest.raises(BadParameter, match="at most 20 webhooks"):
        added(room, account)


def test_a_rotated_secret_signs_for_a_day(room: Room) -> None:
    account = room.account()
    name = added(room, account)
    old = room.webhooks.secret(account, name)
    new, until = room.webhooks.rotate(account, name)
    assert until == room.house.clock.now + OVERLAP_SECONDS
    assert room.keys.signing(name) == (new, old)
    room.later(OVERLAP_SECONDS - 1)
    assert room.keys.signing(name) == (new, old)
    room.later(1)
    assert room.keys.signing(name) == (new,)
    for _ in range(MAX_ACTIVE - 1):
        room.webhooks.rotate(account, name)
    with pytest.raises(BadParameter, match="rotations a day"):
        room.webhooks.rotate(account, name)


def test_replay_and_test_messages(room: Room) -> None:
    account = room.account()
    name = added(room, account)
    room.finished(account)
    (delivery,) = room.outbox.claim(9)
    with pytest.raises(BadParameter, match="delivery_id"):
        room.webhooks.replay(account, name, delivery.id)  # it waits already
    room.outbox.record(delivery, room.sender.attempt(delivery))
    with pytest.raises(BadParameter, match="delivery_id"):
        room.webhooks.replay(account, name, "unknown")
    assert room.webhooks.replay(account, name, None) == ()  # nothing failed for good
    tested = room.webhooks.test(account, name)
    room.later(1)
    assert [one.id for one in room.outbox.claim(9)] == [tested]


def test_secrets_are_sealed_on_disk(tmp_path: Path) -> None:
    with open_room(tmp_path) as room:
        account = room.account()
        _, secret = room.webhooks.add(account, URL, TYPES)
        both = (secret, room.webhooks.secret(account, None))
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("imagend.db*"))
    assert URL.encode() in stored
    for one in both:
        assert one not in stored
        assert base64.b64encode(one) not in stored
        assert shown(one).encode() not in stored


def test_the_vault() -> None:
    vault = Vault(b"k" * 32)
    sealed = vault.seal(b"secret", "wh_1")
    assert vault.open(sealed, "wh_1") == b"secret"
    assert vault.seal(b"secret", "wh_1") != sealed
    for other, owner in ((vault, "wh_2"), (Vault(randomness.token_bytes(32)), "wh_1")):
        with pytest.raises(BadSetting, match="vault key"):
            other.open(sealed, owner)


def test_a_lost_vault_key_keeps_no_other_message(room: Room) -> None:
    account = room.account()
    name = added(room, account)
    room.house.store.write(lambda tx: _spoil(tx, name))
    room.finished(account)
    other = room.account()
    added(room, other)
    room.finished(other)
    assert sorted(bool(one.secrets) for one in room.outbox.claim(9)) == [False, True]


def _spoil(tx: Tx, owner: str) -> None:
    """As if sealed with a key that is gone."""
    tx.retire_webhook_secrets(owner, 0.0)
    tx.new_webhook_secret("whk_x", owner, Vault(b"x" * 32).seal(b"secret", owner), 2e9)


def test_old_deliveries_are_forgotten_with_their_log(room: Room) -> None:
    account = room.account()
    name = added(room, account)
    room.finished(account)
    for _ in range(60):
        room.send()
        room.later(3600)
    assert len(room.webhooks.logs(account, name)) == 11
    assert room.outbox.forget() == 0
    room.later(8 * 86_400)
    assert room.outbox.forget() == 1
    assert room.webhooks.logs(account, name) == []
    assert room.outbox.forget() == 0
    room.webhooks.remove(account, name)
    room.later(8 * 86_400)
    room.outbox.forget()
    with pytest.raises(UnknownWebhook):
        room.webhooks.logs(account, name)
    assert not room.house.store.read(lambda reads: reads.webhook_leftovers(room.house.clock.now, room.house.clock.now))


def test_an_account_without_webhooks_leaves_no_rows(room: Room) -> None:
    account = room.account()
    room.finished(account)
    room.later(1)
    assert room.outbox.claim(10) == []


def test_a_job_that_ends_twice_is_told_once(room: Room) -> None:
    account = room.account()
    added(room, account)
    room.house.desk.submit(account, order())
    (job,) = room.house.claim()
    room.later(room.house.policy.deadline_seconds + 10)
    assert room.house.desk.sweep() == 1
    with pytest.raises(StaleLease):
        room.house.desk.fail(job.id, token(job), BROKEN, False)
    assert [(one.request_id, one.summary["error_code"]) for one in room.outbox.claim(10)] == [
        (job.id, "deadline_exceeded")
    ]


def test_ends_without_a_worker_are_told(room: Room) -> None:
    account = room.account()
    added(room, account)
    waiting = room.house.desk.submit(account, order())
    room.house.desk.abandon(account, waiting.id)
    blocked = dataclasses.replace(order(), blocked=Failure(code="content_blocked", message="Content blocked"))
    refused = room.house.desk.submit(account, blocked)
    room.later(1)
    told = {one.request_id: one.summary["error_code"] for one in room.outbox.claim(10)}
    assert told == {waiting.id: "cancelled", refused.id: "content_blocked"}
