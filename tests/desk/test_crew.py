"""Who is there to work: heard of here, or by another gateway."""

from __future__ import annotations

from imagend.desk.crew import MAX_NEAR, WRITE_SECONDS, Crew
from imagend.store.gateway_rows import WorkerRow
from imagend.store.sqlite import SqliteStore
from tests.desk.house import House, order


def table(store: SqliteStore, since: float = 0.0) -> dict[str, WorkerRow]:
    store.write(lambda tx: None)  # behind what was handed over without waiting
    return {row.id: row for row in store.read(lambda reads: reads.workers_since(since))}


def test_a_crew_is_who_was_heard_of_lately(house: House) -> None:
    crew = Crew(house.store, 30.0, "g1")
    crew.heard("w1", 0.0, ("sketch", "noop"))
    crew.heard("w2", 10.0, ("sketch",))
    crew.heard("stranger", 10.0)
    assert crew.near("sketch", 10.0) == {"w1", "w2"}
    assert crew.near("noop", 10.0) == {"w1"}
    assert not crew.near("other", 10.0)
    crew.heard("w1", 35.0)
    assert crew.near("sketch", 41.0) == {"w1"}
    for number in range(1000):
        crew.heard(f"passer-by-{number}", 100.0 + number, ("noop",))
    assert len(crew.near("noop", 1099.0)) == 31
    assert len(crew._seen) <= MAX_NEAR


def test_the_table_tells_other_gateways(house: House) -> None:
    here, there = Crew(house.store, 30.0, "g1"), Crew(house.store, 30.0, "g2")
    here.heard("w1", 100.0, ("noop",), 8)
    here.heard("w1", 101.0, ("noop",), 2)
    there.heard("w2", 100.0, ("noop",), 4, "7")
    rows = table(house.store)
    assert rows["w1"] == WorkerRow(
        id="w1", backends=("noop",), gateway="g1", heard_at=100.0, first_heard_at=100.0, capacity=8
    )
    assert (rows["w2"].gateway, rows["w2"].version, rows["w2"].capacity) == ("g2", "7", 4)
    assert house.store.read(lambda reads: here.everywhere(reads, "noop", 120.0)) == {"w1", "w2"}
    assert house.store.read(lambda reads: here.everywhere(reads, "sketch", 120.0)) == set()
    assert [here.size("noop", 120.0), there.size("noop", 120.0), here.size("noop", 140.0)] == [2, 2, 0]
    here.heard("w1", 100.0 + WRITE_SECONDS)
    there.gone("w2")
    rows = table(house.store)
    assert list(rows) == ["w1"]
    assert (rows["w1"].heard_at, rows["w1"].first_heard_at) == (100.0 + WRITE_SECONDS, 100.0)


def test_a_worker_that_drains_stays_so(house: House) -> None:
    crew = Crew(house.store, 30.0)
    crew.heard("w1", 0.0, ("noop",))
    assert house.store.write(lambda tx: tx.worker_state("w1", "draining"))
    assert not house.store.write(lambda tx: tx.worker_state("nobody", "draining"))
    crew.heard("w1", 60.0, ("noop",))
    assert table(house.store)["w1"].state == "draining"


def test_waiting_is_divided_among_the_workers_of_all_gateways(house: House) -> None:
    account = house.account()
    ahead, mine = house.desk.submit(account, order()), house.desk.submit(account, order())
    there = Crew(house.store, 30.0, "g2")
    for worker in ("w1", "w2", "w3", "w4"):
        there.heard(worker, house.clock.now, ("noop",))
    table(house.store)
    assert house.desk.predicted_wait_seconds(mine) == ahead.predicted_seconds / 4


def test_a_lost_worker_is_not_counted_on(house: House) -> None:
    house.claim("w1")
    assert list(table(house.store)) == ["w1"]
    house.desk.worker_lost("w1")
    assert not table(house.store)
