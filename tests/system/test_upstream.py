"""Models that another real server makes: one order there and one charge on each side, whatever is killed or lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.conditions import CALM, Conditions, Way
from tests.system.running import Server, pixels_of
from tests.system.upstream import WRONG_KEY, Pair, done, order, picture, two_servers, until

PRICE = 0.025


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_servers(tmp_path_factory.mktemp("upstream")) as two:
        yield two


@pytest.fixture
def spent(pair: Pair) -> Iterator[dict[str, float]]:
    """To be filled by the test: what is paid on each side in the end."""
    before = {"here": pair.here.credits(), "there": pair.there.credits()}
    expected: dict[str, float] = {}
    yield expected
    after = {"here": pair.here.credits(), "there": pair.there.credits()}
    assert {side: round(before[side] - after[side], 6) for side in before} == expected


def wait_for_orders(pair: Pair, count: int) -> None:
    end = time.monotonic() + 60
    while len(pair.orders_there()) < count:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_pictures_of_the_other_server_come_out_here(pair: Pair, spent: dict[str, float]) -> None:
    body = done(pair.here, order(pair.here, num_images=2))
    assert body["status"] == "COMPLETED", body
    twin = done(pair.there, order(pair.there, num_images=2))
    for number in range(2):
        drawn, given = picture(pair.there, twin, number), picture(pair.here, body, number)
        assert pixels_of(given) == pixels_of(drawn)
    assert [image["seed"] for image in body["images"]] == ["7", "8"]
    assert body["images"][0]["url"].startswith(pair.here.url)
    assert body["receipt"]["backend"] == "upstream:twin"
    spent.update(here=2 * PRICE, there=4 * PRICE)


def test_progress_comes_through(pair: Pair, spent: dict[str, float]) -> None:
    request_id = order(pair.here, steps=12)
    seen = set()
    while (body := until(pair.here, request_id, "QUEUED", "PROCESSING", "COMPLETED"))["status"] != "COMPLETED":
        seen.add(body["progress"])
        time.sleep(0.05)
    assert len(seen) > 2
    spent.update(here=PRICE, there=PRICE)


def test_what_is_not_allowed_here_is_never_sent(pair: Pair, spent: dict[str, float]) -> None:
    before = len(pair.orders_there())
    body = done(pair.here, order(pair.here, prompt="a naked woman having sex"))
    assert body["status"] == "FAILED"
    assert "safety filter" in body["error"]
    assert len(pair.orders_there()) == before
    spent.update(here=0, there=0)


def test_a_killed_process_neither_orders_nor_pays_twice(pair: Pair, spent: dict[str, float]) -> None:
    before = len(pair.orders_there())
    request_id = order(pair.here, steps=16, seed=11)
    wait_for_orders(pair, before + 1)
    os.kill(pair.forwarder(), signal.SIGKILL)
    body = done(pair.here, request_id)
    assert body["status"] == "COMPLETED", body
    assert body["metrics"]["retry_count"] == 1
    assert len(pair.orders_there()) == before + 1
    spent.update(here=PRICE, there=PRICE)


@pytest.mark.parametrize("end", [Server.kill, Server.stop])
def test_a_server_that_ends_neither_orders_nor_pays_twice(
    pair: Pair, spent: dict[str, float], end: Callable[[Server], object]
) -> None:
    before = len(pair.orders_there())
    request_id = order(pair.here, steps=16, seed=15)
    wait_for_orders(pair, before + 1)
    end(pair.here)
    pair.here.start()
    assert done(pair.here, request_id)["status"] == "COMPLETED"
    assert len(pair.orders_there()) == before + 1
    spent.update(here=PRICE, there=PRICE)


def test_a_key_is_with_its_own_process_only(pair: Pair) -> None:
    def has(name: str) -> bool:
        return WRONG_KEY.encode() in Path(f"/proc/{pair.forwarder(name)}/environ").read_bytes()

    assert {name: has(name) for name in ("twin", "stranger", "poor")} == {
        "twin": False,
        "stranger": True,
        "poor": False,
    }
    for pid in pair.here.worker_pids():
        assert b"SG_" not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_lost_answer_is_asked_for_again(pair: Pair, spent: dict[str, float]) -> None:
    """The order reaches the other server, its answer does not reach us; later every request reaches it twice."""
    before = len(pair.orders_there())
    pair.line.set(Conditions(down=Way(cut_after=0)))
    request_id = order(pair.here, steps=2, seed=12)
    wait_for_orders(pair, before + 1)
    pair.line.set(Conditions(replay=1))
    body = done(pair.here, request_id)
    pair.line.set(CALM)
    assert body["status"] == "COMPLETED", body
    assert len(pair.orders_there()) == before + 1
    spent.update(here=PRICE, there=PRICE)


def test_a_server_that_is_away_for_a_while_is_waited_for(pair: Pair, spent: dict[str, float]) -> None:
    before = len(pair.orders_there())
    request_id = order(pair.here, steps=12, seed=13)
    wait_for_orders(pair, before + 1)
    pair.line.set(Conditions(refuse=True))
    pair.line.reset()
    time.sleep(1.0)
    pair.line.set(CALM)
    assert done(pair.here, request_id)["status"] == "COMPLETED"
    assert len(pair.orders_there()) == before + 1
    spent.update(here=PRICE, there=PRICE)


def test_a_cancelled_job_is_withdrawn_there(pair: Pair, spent: dict[str, float]) -> None:
    before = len(pair.orders_there())
    request_id = order(pair.here, steps=60, seed=14)
    wait_for_orders(pair, before + 1)
    with pair.here.client() as client:
        assert client.delete(f"/v2/requests/{request_id}").status_code == 200
    newest = pair.orders_there()[0]
    assert until(pair.there, newest, "FAILED", seconds=30)["status"] == "FAILED"
    spent.update(here=0, there=0)


@pytest.mark.parametrize(
    ("slug", "told"), [("imagen-4", "401: it does not accept the key"), ("imagen-4-ultra", "406: no credits are left")]
)
def test_trouble_with_our_account_there_is_the_operators(
    pair: Pair, spent: dict[str, float], slug: str, told: str
) -> None:
    body = done(pair.here, order(pair.here, slug))
    assert (body["status"], body["error"]) == ("FAILED", "The model is not available at the moment.")
    assert body["metrics"].get("retry_count") is None
    log = "\n".join(pair.here.lines)
    assert told in log
    assert WRONG_KEY not in log
    assert pair.there.key not in log
    spent.update(here=0, there=0)
