"""Statements that nobody reads from go together, and mean what they mean one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from imagend.core.ledger import Entry
from imagend.store.base import SchemaRefusal
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from imagend.store.postgres_rows import PostgresRows, Statements
from imagend.store.sql import Tx
from tests.servers.postgres import Cluster
from tests.store.databases import ACCOUNT, NOW, insert, job


class Line:
    """A connection that only writes down what it is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, Any]]] = []

    def execute(self, statement: bytes, values: Mapping[str, Any]) -> Line:
        self.sent.append((statement.decode(), values))
        return self

    description = None


STATEMENTS = Statements({
    "a": "INSERT INTO alpha (x) VALUES (%(x)s)", "b": "UPDATE beta SET x = %(x)s", "again": "DELETE FROM alpha",
    "reads": "INSERT INTO gamma (x) SELECT x FROM beta", "says": "UPDATE beta SET x = 1 RETURNING x",
    "asks": "SELECT x FROM alpha WHERE x = %(x)s",
})  # fmt: skip


def sent(*names: str) -> list[str]:
    line = Line()
    rows = PostgresRows(line, STATEMENTS)  # type: ignore[arg-type]
    for name in names:
        rows.run(name, {"x": name})
    rows.flush()
    return [statement for statement, _ in line.sent]


def test_silent_ones_wait_and_go_as_one() -> None:
    both = "WITH part_0 AS (INSERT INTO alpha (x) VALUES (%(x__0)s)) UPDATE beta SET x = %(x__1)s"
    asked = "SELECT x FROM alpha WHERE x = %(x)s"
    assert sent("a", "b", "asks") == [both, asked]
    assert sent("a", "b") == [both]
    assert sent("a") == ["INSERT INTO alpha (x) VALUES (%(x)s)"]


@pytest.mark.parametrize("second", ["again", "says", "asks"])
def test_what_needs_the_others_work_comes_after_it(second: str) -> None:
    assert len(sent("a", second)) == 2
    assert len(sent("b", "reads")) == 2


def test_values_keep_to_their_own_statement() -> None:
    line = Line()
    rows = PostgresRows(line, STATEMENTS)  # type: ignore[arg-type]
    rows.run("a", {"x": 1})
    rows.run("b", {"x": 2})
    rows.flush()
    assert line.sent[0][1] == {"x__0": 1, "x__1": 2}


def test_an_order_takes_few_round_trips_and_its_refusal_comes_at_its_end(postgres_cluster: Cluster) -> None:
    store = PostgresStore(Server(url=postgres_cluster.new_database()))
    store.write(lambda tx: insert(tx))

    def order(tx: Tx) -> None:
        tx.set_fair_tag(ACCOUNT, 5.0)
        tx.new_job(job(), 0.0)
        tx.count_order(job())
        tx.write_ledger(ACCOUNT, Entry.RESERVE, 10, NOW, request_id="job-1")

    store.write(order)
    assert list(store._statements._together) == [("set_fair_tag", "insert_job", "count_order", "insert_ledger")]
    assert store.read(lambda reads: reads.job("job-1")) == job()
    with pytest.raises(SchemaRefusal):
        store.write(order)
    assert [row["amount"] for row in store.read(lambda reads: reads.audit("ledger"))] == [10]
    store.close()
