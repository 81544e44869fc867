"""Keys and credits, also from a second process' connection beside the server's."""

from __future__ import annotations

import re

import pytest

from imagend.core.errors import BadParameter, InsufficientCredits, Unauthenticated
from imagend.core.ledger import Balance
from imagend.desk.accounts import Accounts
from imagend.desk.clock import steady_clock
from imagend.store.sqlite import SqliteStore
from tests.desk.house import House


def test_key_is_shown_once_and_kept_as_a_digest(house: House) -> None:
    secret, key = house.accounts.create_key("ann", 5, models=("imagen-4", "imagen"))
    assert re.fullmatch("SG_[0-9a-f]{16}", secret)
    assert house.accounts.authenticate(secret) == key
    assert house.accounts.list() == [key]
    assert key.models == ("imagen-4", "imagen")
    files = [path.read_bytes() for path in house.store._path.parent.glob("imagend.db*")]
    assert not any(secret.encode() in data or secret[3:].encode() in data for data in files)
    assert any(key.id.encode() in data for data in files)


@pytest.mark.parametrize("secret", ["", "SG_0000000000000000", "\udcff", "x" * 10_000])
def test_unknown_keys(house: House, secret: str) -> None:
    with pytest.raises(Unauthenticated):
        house.accounts.authenticate(secret)


def test_revoked_key_here_at_once_elsewhere_within_five_seconds(house: House) -> None:
    secret, key = house.accounts.create_key("ann")
    elsewhere = Accounts(house.store, b"pepper" * 6, house.clock)
    elsewhere.authenticate(secret)
    house.accounts.revoke(key.id)
    with pytest.raises(Unauthenticated):
        house.accounts.authenticate(secret)
    assert elsewhere.authenticate(secret) == key
    house.clock.now += 5
    with pytest.raises(Unauthenticated):
        elsewhere.authenticate(secret)
    assert house.accounts.list()[0].revoked_at is not None
    with pytest.raises(BadParameter):
        house.accounts.revoke("key_0")


def test_new_key_is_accepted_one_second_after_it_was_refused(house: House) -> None:
    twin = Accounts(house.store, b"pepper" * 6, house.clock, lambda bits: 1)
    with pytest.raises(Unauthenticated):
        twin.authenticate("SG_0000000000000001")
    house.accounts._randbits = lambda bits: 1
    secret, _ = house.accounts.create_key("ann")
    with pytest.raises(Unauthenticated):
        twin.authenticate(secret)
    house.clock.now += 1
    assert twin.authenticate(secret).name == "ann"


def test_other_pepper_other_digest(house: House) -> None:
    secret, _ = house.accounts.create_key("ann")
    with pytest.raises(Unauthenticated):
        Accounts(house.store, b"salt" * 8, house.clock).authenticate(secret)


def test_grants(house: House) -> None:
    account = house.account(10)
    assert house.accounts.grant(account, 5, "more") == Balance(available=15, granted=15)
    assert house.accounts.grant(account, -15, "back") == Balance()
    with pytest.raises(InsufficientCredits, match="only 0 micro-credits"):
        house.accounts.grant(account, -1, "back")
    for verb in (lambda: house.accounts.grant("acct_0", 1, ""), lambda: house.accounts.balance("acct_0")):
        with pytest.raises(BadParameter, match="account_id acct_0 is not known"):
            verb()
    with pytest.raises(BadParameter):
        house.accounts.create_key("minus", -1)


def test_shared_account_of_open_mode_is_made_once(house: House) -> None:
    for _ in range(2):
        house.accounts.ensure_account("open", "everybody", 7)
    assert house.accounts.balance("open") == Balance(available=7, granted=7)


def test_command_beside_the_running_server(house: House) -> None:
    """What `imagend keys create` does: its own short-lived store, no lock."""
    visitor = SqliteStore(house.store._path, exclusive=False)
    secret, key = Accounts(visitor, b"pepper" * 6, house.clock).create_key("visitor", 3)
    visitor.close()
    assert house.accounts.authenticate(secret) == key
    assert house.accounts.balance(key.account_id).available == 3


def test_steady_clock_ignores_jumps_of_the_wall() -> None:
    wall, monotonic = [1000.0], [5.0]
    clock = steady_clock(lambda: wall[0], lambda: monotonic[0])
    wall[0] += 3 * 86400
    monotonic[0] += 2
    assert clock() == 1002.0
