"""What a PostgreSQL server must be like, and how its operator hears that it is not."""

from __future__ import annotations

import builtins
import socket
import threading
from typing import Any

import pytest

from imagend.core.errors import BadSetting
from imagend.settings import Settings
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from imagend.store.postgres_text import postgres_queries, to_psycopg
from imagend.wiring.books import open_beside
from tests.servers.postgres import Cluster


def refusal(url: str, **more: Any) -> str:
    """One line, and never with the password."""
    with pytest.raises(BadSetting) as caught:
        PostgresStore(Server(url=url, **more))
    assert "secret" not in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value.message


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_what_is_no_url_is_said_to_be_none() -> None:
    assert refusal("mysql://me:secret@host/name") == "database_url must begin with postgresql://"
    assert "is not a PostgreSQL URL" in refusal("postgresql://me:secret@host/name?secret=1")


def test_a_server_that_is_not_there_is_named() -> None:
    port = free_port()
    assert f"127.0.0.1:{port}/name cannot be reached" in refusal(f"postgresql://me:secret@127.0.0.1:{port}/name")


def test_an_unknown_database_is_named(postgres_cluster: Cluster) -> None:
    assert "cannot be reached" in refusal(postgres_cluster.url("nowhere"))


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_forgets_is_refused_unless_told(postgres_cluster: Cluster, name: str) -> None:
    if name == "synchronous_commit":
        url = postgres_cluster.new_database() + "?options=-csynchronous_commit%3Doff"
        assert f"{name} = off" in refusal(url)
        PostgresStore(Server(url=url, unsafe=True)).close()
        return
    postgres_cluster.stop()
    postgres_cluster.settings[name] = "off"
    postgres_cluster.start()
    try:
        url = postgres_cluster.new_database()
        assert f"{name} = off" in refusal(url)
        PostgresStore(Server(url=url, unsafe=True)).close()
    finally:
        postgres_cluster.stop()
        del postgres_cluster.settings[name]
        postgres_cluster.start()


def test_missing_client_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name.startswith("imagend.store.postgres"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadSetting, match=r"pip install 'imagend\[postgres\]'"):
        open_beside(Settings(database_url="postgresql://host/name"))


def test_gateways_that_start_together_migrate_once(postgres_cluster: Cluster) -> None:
    url = postgres_cluster.empty_database()
    errors: list[BaseException] = []

    def start() -> None:
        try:
            PostgresStore(Server(url=url)).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def test_statements_in_psycopgs_words() -> None:
    said = to_psycopg("-- no :place\nSELECT a || ':' || :b_2 FROM t WHERE c::text LIKE '%x' AND d = :d")
    assert said == "SELECT a || ':' || %(b_2)s FROM t WHERE c::text LIKE '%%x' AND d = %(d)s"
    assert not [name for name, text in postgres_queries().items() if "{" in text or "--" in text]
