"""What only PostgreSQL has: whose rows a transaction sees, and tables in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from imagend.core.errors import BadSetting
from imagend.core.job import Job
from imagend.core.outcome import Failure
from imagend.store.hours import hour_number
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from imagend.store.postgres_text import postgres_queries
from imagend.store.sql import Reads, Tx
from tests.servers.postgres import Cluster
from tests.store.databases import NOW, insert, job

GONE = Failure(code="cancelled", message="The request was cancelled")
HOUR = hour_number(NOW)


@pytest.fixture
def url(postgres_cluster: Cluster) -> str:
    return postgres_cluster.new_database()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(Server(url=url))
    yield store
    store.close()


def every_row(reads: Reads) -> dict[str, set[str]]:
    """All accounts, past requests and ledger entries, by statements without a WHERE."""
    return {
        "accounts": {row["id"] for row in reads.audit("accounts")},
        "jobs": {row["account_id"] for row in reads.audit("jobs")},
        "usage": {row["account_id"] for row in reads.audit("usage")},
    }


def two_customers(tx: Tx) -> None:
    for name in ("acct_1", "acct_2"):
        tx.new_account(name, "someone", NOW)
        one = job(f"job of {name}", account_id=name)
        tx.new_job(one, 0.0)
        tx.count_order(one)


def test_a_forgotten_where_shows_nothing_of_others(store: PostgresStore) -> None:
    store.write(two_customers)
    both, mine = {"acct_1", "acct_2"}, {"acct_2"}
    assert store.read(every_row) == {"accounts": both, "jobs": both, "usage": both}
    assert store.read(every_row, "acct_2") == {"accounts": mine, "jobs": mine, "usage": mine}
    assert store.read(every_row, "'; SET imagend.house = 'on") == {"accounts": set(), "jobs": set(), "usage": set()}
    assert store.read(lambda reads: reads.job("job of acct_1"), "acct_2") is None


def test_without_a_word_about_whose_rows_there_are_none(store: PostgresStore, url: str) -> None:
    store.write(two_customers)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM account").fetchall() == []
        assert connection.execute("UPDATE account SET available = 5, granted = 5").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO account (id, name, created_at) VALUES ('x', 'x', 0)")


def test_every_table_with_an_account_has_a_guard(url: str) -> None:
    with psycopg.connect(url) as connection:
        naked = connection.execute(
            "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'account_id'"
            " WHERE relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)"
        ).fetchall()
    assert naked == [], "add SELECT imagend_guard('table') in a NNNN_*.postgres.sql"


def test_a_role_above_the_guards_is_refused(postgres_cluster: Cluster) -> None:
    with pytest.raises(BadSetting, match="no security of rows holds the role boss"):
        PostgresStore(Server(url=postgres_cluster.superuser_url))


def test_a_role_that_owns_nothing_can_serve(postgres_cluster: Cluster, url: str) -> None:
    with psycopg.connect(url.replace("imagend:secret", "boss"), autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS waiter")
        connection.execute("CREATE ROLE waiter LOGIN")
        connection.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO waiter")
        connection.execute("GRANT EXECUTE ON FUNCTION imagend_make_hours, imagend_forget_hours TO waiter")
    store = PostgresStore(Server(url=url.replace("imagend:secret", "waiter")))
    try:
        store.write(lambda tx: tx.make_hours(HOUR, HOUR + 1))
        store.write(lambda tx: finished(tx, "one", NOW))
        assert store.write(lambda tx: tx.forget_hours(HOUR + 1))[0] == 1
        assert store.read(lambda reads: reads.job("one")) is None
        assert store.read(lambda reads: reads.past_one("acct_1", "one"), "acct_1") is not None
    finally:
        store.close()
        with psycopg.connect(url.replace("imagend:secret", "boss"), autocommit=True) as connection:
            connection.execute("DROP OWNED BY waiter")
            connection.execute("DROP ROLE waiter")


def test_every_statement_is_understood(store: PostgresStore, url: str) -> None:
    """As far as planning goes, with a NULL for each value."""
    with psycopg.connect(url) as connection:
        for name, statement in postgres_queries().items():
            values = dict.fromkeys(re.findall(r"%\((\w+)\)s", statement))
            try:
                connection.execute(f"EXPLAIN {statement}".encode(), values)
            except psycopg.Error as error:
                pytest.fail(f"{name}: {error}")


def pieces(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = 'job'::regclass ORDER BY 1"
        ).fetchall()
    return [row[0] for row in rows]


def finished(tx: Tx, name: str, expires_at: float) -> Job:
    insert(tx, job(name))
    done = tx.finish(job(name), GONE, NOW, expires_at, paid=0, crashes=0, closing=None)
    assert done is not None
    return done


def test_jobs_of_an_hour_are_dropped_together(store: PostgresStore, url: str) -> None:
    store.write(lambda tx: finished(tx, "early", NOW))  # before there was a piece for its hour
    store.write(lambda tx: tx.make_hours(HOUR, HOUR + 1))
    store.write(lambda tx: tx.make_hours(HOUR, HOUR + 2))
    assert pieces(url) == [f"job_h{HOUR + 1}", f"job_h{HOUR + 2}", "job_live", "job_rest"]
    store.write(lambda tx: [finished(tx, name, NOW + 3600) for name in ("one", "two")])
    store.write(lambda tx: finished(tx, "later", NOW + 7200))
    assert store.read(lambda reads: reads.expired(NOW + 9999, 9)) == ["early"]
    assert store.write(lambda tx: tx.forget_hours(HOUR + 1)) == (0, [])
    count, failed = store.write(lambda tx: tx.forget_hours(HOUR + 2))
    assert (count, sorted(one.id for one in failed)) == (2, ["one", "two"])
    assert pieces(url) == [f"job_h{HOUR + 2}", "job_live", "job_rest"]
    lines = {row["id"]: row["kept"] for row in store.read(lambda reads: reads.audit("jobs"))}
    assert lines == {"one": 0, "two": 0, "early": 1, "later": 1}
    assert store.read(lambda reads: reads.past_one("acct_1", "one")) is not None


def plan_of(connection: psycopg.Connection[tuple[str]], statement: str) -> list[str]:
    """Whatever its values may be."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    plain = re.sub(r"%\((\w+)\)s", lambda match: f"${names.index(match[1]) + 1}", statement).replace("%%", "%")
    connection.execute(f"PREPARE asked AS {plain}".encode())
    nulls = f"({', '.join(['NULL'] * len(names))})" if names else ""
    rows = connection.execute(f"EXPLAIN EXECUTE asked{nulls}".encode()).fetchall()
    connection.execute("DEALLOCATE asked")
    return [row[0] for row in rows]


def test_no_statement_of_the_daily_work_reads_a_whole_table(url: str) -> None:
    """With sequential scans made dear, whatever still has one has no index for what it asks, or is kept from it by the
    guards (a comparison that is not leakproof cannot be asked of an index)."""
    big = re.compile(r"Seq Scan on (job_\w+|ledger|history|past_request|usage_day)\b")
    with psycopg.connect(url) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET plan_cache_mode = force_generic_plan")
        plans = {name: plan_of(connection, statement) for name, statement in postgres_queries().items()}
    careless = {name for name, plan in plans.items() if any(big.search(line) for line in plan)}
    assert careless <= {"audit_jobs", "audit_ledger", "audit_usage"}
