"""Keys as values, in their rows, and in the seconds for which they are remembered."""

from __future__ import annotations

from typing import Any

import pytest

from imagend.core.bucket import Limit
from imagend.core.errors import BadParameter, Unauthenticated, UnknownAccount, UnknownKey
from imagend.desk.accounts import Accounts
from imagend.desk.keys import ADMIN, GENERATE, READ, Key
from imagend.desk.terms import read_key_terms, read_moment
from tests.desk.house import House

NOW = 1_800_000_000.0
SERVER = Limit(per_minute=60, burst=10)


def stored(house: House, key: Key) -> Any:
    return house.store.read(lambda reads: reads.key(key.id))


def test_all_terms_come_back_from_the_row(house: House) -> None:
    terms: dict[str, Any] = {
        "models": ("imagen",), "scopes": frozenset({READ, ADMIN}), "expires_at": NOW + 9, "rpm": 0, "burst": 4,
        "max_jobs": 5, "daily_cap_microcredits": 6, "v1_response": "binary", "choices": frozenset({"BLOCK_NONE"}),
        "safety_floor": "BLOCK_ONLY_HIGH", "may_skip_watermark": True,
    }  # fmt: skip
    secret, key = house.accounts.create_key("all", terms=terms)
    assert {name: getattr(key, name) for name in terms} == terms
    assert house.accounts.authenticate(secret) == house.accounts.key(key.id) == key
    changed = house.accounts.change_key(key.id, {"rpm": None, "name": "less"})
    assert house.accounts.authenticate(secret) == changed
    assert (changed.rpm, changed.name, changed.burst) == (None, "less", 4)


def test_terms_at_rest_take_no_room(house: House) -> None:
    _, key = house.accounts.create_key("plain")
    assert stored(house, key)["terms"] == "{}"
    assert (key.scopes, key.rate(SERVER), key.rate(None)) == (frozenset({GENERATE, READ}), SERVER, None)


@pytest.mark.parametrize(
    ("terms", "limit"),
    [({"rpm": 0}, None), ({"rpm": 120}, (120, 20)), ({"rpm": 3}, (3, 1)), ({"rpm": 3, "burst": 9}, (3, 9))],
)
def test_a_keys_own_rate(terms: dict[str, int], limit: tuple[int, int] | None) -> None:
    key = Key(id="k", account_id="a", name="n", models=None, created_at=0.0, **terms)
    expected = None if limit is None else Limit(per_minute=limit[0], burst=limit[1])
    assert key.rate(SERVER) == expected


def test_the_last_use_is_known_to_the_hour(house: House) -> None:
    secret, key = house.accounts.create_key("ann")
    assert stored(house, key)["last_used_at"] is None

    def use_after(seconds: float) -> float:
        house.clock.now += seconds
        house.accounts.authenticate(secret)
        house.store.write(lambda tx: None)  # behind what the use has handed over
        return float(stored(house, key)["last_used_at"]) - NOW

    assert [use_after(10), use_after(3000), use_after(590), use_after(10)] == [10, 10, 10, 3610]
    house.accounts.revoke(key.id)
    house.clock.now += 7200
    with pytest.raises(Unauthenticated):
        house.accounts.authenticate(secret)
    assert stored(house, key)["last_used_at"] == NOW + 3610


def test_expiry_is_exact_also_for_a_remembered_key(house: House) -> None:
    secret, _ = house.accounts.create_key("ann", terms={"expires_at": NOW + 3})
    house.accounts.authenticate(secret)
    house.clock.now = NOW + 2.999
    assert house.accounts.recall(secret) is not None
    house.clock.now = NOW + 3
    for ask in (house.accounts.recall, house.accounts.authenticate):
        with pytest.raises(Unauthenticated):
            ask(secret)


def test_recall_never_asks_the_database(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, key = house.accounts.create_key("ann")
    assert house.accounts.recall(secret) is None
    house.accounts.authenticate(secret)
    with pytest.raises(Unauthenticated):
        house.accounts.authenticate("SG_unknown")
    monkeypatch.setattr(type(house.store), "read", None)
    assert house.accounts.recall(secret) == key
    with pytest.raises(Unauthenticated):
        house.accounts.recall("SG_unknown")
    house.clock.now += 5
    assert house.accounts.recall(secret) is None


def test_changes_of_the_account_reach_its_keys_at_once(house: House) -> None:
    secret, key = house.accounts.create_key("ann")
    house.accounts.authenticate(secret)
    house.accounts.change_account(key.account_id, {"max_jobs": 2, "disabled_at": NOW})
    terms = house.accounts.authenticate(secret).account
    assert (terms.max_jobs, terms.disabled_at) == (2, NOW)
    elsewhere = Accounts(house.store, b"pepper" * 6, house.clock)
    assert elsewhere.authenticate(secret).account == terms


def test_unknown_ids_are_named(house: House) -> None:
    for verb in (house.accounts.key, house.accounts.revoke, lambda name: house.accounts.change_key(name, {})):
        with pytest.raises(UnknownKey, match="key_id nobody is not known"):
            verb("nobody")
    for act in (
        house.accounts.account,
        lambda name: house.accounts.add_key(name, {"name": "x"}),
        lambda name: house.accounts.change_account(name, {}),
        lambda name: house.accounts.credits.entries(name, 0, 1),
    ):
        with pytest.raises(UnknownAccount, match="account_id nobody is not known"):
            act("nobody")
    with pytest.raises(BadParameter, match="name must be given"):
        house.accounts.add_key(house.account(), {})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (NOW + 5, NOW + 5),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T09:30:00+01:30", NOW),
        ("2027-01-15T08:00:00", NOW),
        ("2027-01-15", NOW - 8 * 3600),
        ("90m", NOW + 5400),
        (" 12h ", NOW + 43_200),
        ("30d", NOW + 30 * 86_400),
    ],
)
def test_moments(said: object, expected: float) -> None:
    assert read_moment(NOW, "expires_at", said) == expected


@pytest.mark.parametrize("said", ["", "tomorrow", "30", "-1d", "30D", -1, 1e12, float("nan"), [], "9999999d"])
def test_what_is_no_moment(said: object) -> None:
    with pytest.raises(BadParameter, match="expires_at must be a time"):
        read_moment(NOW, "expires_at", said)


def test_an_empty_change_changes_nothing() -> None:
    assert read_key_terms({}, NOW) == {}
