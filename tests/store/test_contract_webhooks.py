"""What every store promises about webhooks: one sender wins each lease, and nobody's backlog is in another's way."""

from __future__ import annotations

from imagend.store.base import Store
from imagend.store.sql import Tx
from imagend.store.webhook_rows import Notice
from tests.store.databases import ACCOUNT, NOW, insert

OTHER = "acct_2"


def notice(number: int = 1, account: str = ACCOUNT, at: float = NOW) -> Notice:
    return Notice(
        message_id=f"msg_{number}", account_id=account, event="request.completed", request_id=f"job-{number}",
        summary={"status": "COMPLETED", "error": "“x” 100%"}, created_at=at,
    )  # fmt: skip


def endpoint(tx: Tx, name: str, account: str = ACCOUNT, *, fires: bool = True) -> None:
    tx.new_webhook(name, account, f"https://{name}.example/", ("GENERATION",), NOW, fires=fires)


def due(tx: Tx, now: float = NOW + 1, per_target: int = 2, per_account: int = 10, most: int = 50) -> list[str]:
    return [row["id"] for row in tx.webhook_due(now, per_target, per_account, most)]


def test_a_notice_reaches_the_active_endpoints_of_its_account(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx)
        tx.new_account(OTHER, "another", NOW)
        for name in ("a", "b", "gone"):
            endpoint(tx, name)
        endpoint(tx, "silent", fires=False)
        endpoint(tx, "foreign", OTHER)
        tx.disable_webhook("gone", "gone", NOW)
        tx.announce(notice())
        assert due(tx) == ["a:job-1", "b:job-1"]
        row = tx.take_delivery("a:job-1", "token", NOW + 1, NOW + 30)
        assert row is not None
        assert (row["url"], row["tries"], row["message_id"]) == ("https://a.example/", 1, "msg_1")
        assert "“x” 100%" in row["summary"]

    store.write(work)


def test_a_lease_is_won_once_and_ends_by_itself(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx)
        endpoint(tx, "a")
        tx.announce(notice())
        assert tx.take_delivery("a:job-1", "first", NOW + 1, NOW + 30) is not None
        assert tx.take_delivery("a:job-1", "second", NOW + 2, NOW + 30) is None
        assert [(row["target"], row["leases"]) for row in tx.webhook_leases(NOW + 2)] == [("a", 1)]
        assert due(tx, NOW + 29) == []
        assert due(tx, NOW + 30) == ["a:job-1"]
        assert tx.webhook_leases(NOW + 30) == []
        again = tx.take_delivery("a:job-1", "second", NOW + 30, NOW + 60)
        assert again is not None
        assert again["tries"] == 2
        assert not tx.delivery_done("a:job-1", "first", "delivered", NOW + 31)
        assert not tx.delivery_again("a:job-1", "first", NOW + 31)
        assert tx.delivery_done("a:job-1", "second", "delivered", NOW + 31)
        assert due(tx, NOW + 999) == []
        assert tx.replay_deliveries(ACCOUNT, "a", None, NOW + 40) == []
        assert tx.replay_deliveries(OTHER, "a", "a:job-1", NOW + 40) == []
        assert tx.replay_deliveries(ACCOUNT, "a", "a:job-1", NOW + 40) == ["a:job-1"]
        assert due(tx, NOW + 40) == ["a:job-1"]

    store.write(work)


def test_targets_and_accounts_take_turns(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx)
        tx.new_account(OTHER, "another", NOW)
        for number in range(9):
            tx.new_delivery(f"one-{number}", notice(at=NOW + number / 10), target="one", url="https://one.example/")
            tx.new_delivery(f"two-{number}", notice(at=NOW + number / 10), target="two", url="https://two.example/")
        tx.new_delivery("other", notice(account=OTHER, at=NOW + 1), target="three", url="https://three.example/")
        assert due(tx, most=2) == ["one-0", "other"]
        assert due(tx) == ["one-0", "other", "two-0", "one-1", "two-1"]
        assert due(tx, per_target=9, per_account=3) == ["one-0", "other", "two-0", "one-1"]
        assert tx.target_failed("one", NOW) == (1, NOW)
        assert tx.target_failed("one", NOW + 5) == (2, NOW)
        tx.pause_target("one", NOW + 60)
        tx.pause_target("one", NOW + 50)
        assert due(tx, NOW + 59) == ["two-0", "other", "two-1"]
        assert due(tx, NOW + 60, per_target=1) == ["one-0", "other", "two-0"]
        tx.target_well("one")
        assert due(tx, per_target=1) == ["one-0", "other", "two-0"]

    store.write(work)


def test_disabling_ends_what_waits(store: Store) -> None:
    def work(tx: Tx) -> None:
        insert(tx)
        endpoint(tx, "a")
        tx.announce(notice())
        tx.disable_webhook("a", "failing", NOW)
        tx.announce(notice(2))
        assert due(tx, NOW + 9) == []
        assert tx.change_webhook("a", ACCOUNT, "https://b.example/", ("INFERENCE",), fires=True)
        assert tx.replay_deliveries(ACCOUNT, "a", None, NOW) == ["a:job-1"]
        tx.disable_webhook("a", "deleted", NOW)
        assert not tx.change_webhook("a", ACCOUNT, "https://b.example/", ("INFERENCE",), fires=True)
        assert tx.webhooks(ACCOUNT) == []
        found = tx.webhook(ACCOUNT, "a")
        assert found is not None
        assert found["disabled_as"] == "deleted"
        assert tx.webhook(OTHER, "a") is None

    store.write(work)


def test_secrets_retire_and_are_forgotten(store: Store) -> None:
    def work(tx: Tx) -> None:
        tx.new_webhook_secret("s1", "a", "sealed 1", NOW)
        tx.retire_webhook_secrets("a", NOW + 10)
        tx.new_webhook_secret("s2", "a", "sealed 2", NOW)
        assert [row["id"] for row in tx.webhook_secrets("a", NOW + 9)] == ["s2", "s1"]
        assert [row["id"] for row in tx.webhook_secrets("a", NOW + 10)] == ["s2"]
        assert tx.webhook_leftovers(NOW, NOW + 10)
        tx.forget_webhook_rows([], NOW, NOW + 10)
        assert not tx.webhook_leftovers(NOW, NOW + 10)
        assert [row["id"] for row in tx.webhook_secrets("a", NOW - 99)] == ["s2"]

    store.write(work)
