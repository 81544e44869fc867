"""What makes several gateways one installation: common secrets, chores in turns."""

from __future__ import annotations

import pytest

from imagend.core.errors import BadSetting
from imagend.desk.prints import check_secret
from imagend.desk.turns import Turns
from tests.desk.house import House


def test_a_secret_must_be_the_one_that_the_database_was_begun_with(house: House) -> None:
    check_secret(house.store, "pepper", b"one")
    check_secret(house.store, "pepper", b"one")
    check_secret(house.store, "link-secret", b"two")
    with pytest.raises(BadSetting, match="secrets_dir: pepper is not the one"):
        check_secret(house.store, "pepper", b"two")
    kept = house.store.read(lambda reads: reads.secret_print("pepper"))
    assert kept is not None
    assert "one" not in kept
    assert kept != house.store.read(lambda reads: reads.secret_print("link-secret"))


def test_a_chore_is_one_gateways_until_it_stops_doing_it(house: House) -> None:
    here, there = Turns(house.store, "g1", house.clock), Turns(house.store, "g2", house.clock)
    assert here.take("forget", 20)
    assert not there.take("forget", 20)
    assert there.take("another", 20)
    house.clock.now += 15
    assert here.take("forget", 20)
    house.clock.now += 19
    assert not there.take("forget", 20)
    house.clock.now += 1
    assert there.take("forget", 20)
    assert not here.take("forget", 20)
