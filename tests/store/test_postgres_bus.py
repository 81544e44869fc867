"""Texts between gateways, and the database's clock."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from imagend.core.errors import StorageUnavailable
from imagend.store.postgres_bus import MAX_PAYLOAD_BYTES, PostgresBus, packed
from imagend.store.postgres_clock import PostgresTime
from imagend.store.postgres_links import Server
from tests.servers.postgres import Cluster

PATIENCE = 30.0
NewBus = Callable[..., tuple[PostgresBus, "queue.Queue[str]"]]


@pytest.fixture
def new_bus(postgres_cluster: Cluster) -> Iterator[NewBus]:
    """Buses of one database, and what they hear."""
    server = Server(url=postgres_cluster.new_database())
    with ExitStack() as closing:

        def make(name: str, *, listening: bool = True) -> tuple[PostgresBus, queue.Queue[str]]:
            bus, heard = PostgresBus(server, name, listening=listening), queue.Queue[str]()
            bus.receive(heard.put)
            bus.start()
            closing.callback(bus.close)
            if listening:
                assert heard.get(timeout=PATIENCE) == "", "something may have been missed before"
            return bus, heard

        yield make


def test_the_others_hear_in_order_and_oneself_does_not(new_bus: NewBus) -> None:
    (here, mine), (_, theirs), (_, others) = new_bus("a"), new_bus("b"), new_bus("c")
    said = [f'["r","{number} ü"]' for number in range(500)]
    for text in said:
        here.send(text, text)
    for heard in (theirs, others):
        assert [heard.get(timeout=PATIENCE) for _ in said] == said
    assert mine.empty()


def test_of_one_subject_only_the_newest_waits(new_bus: NewBus) -> None:
    (here, _), (_, theirs) = new_bus("a"), new_bus("b")
    for number in range(1000):
        here.send("p", f"progress {number}")
    here.send("end", "end")
    heard = list(iter(lambda: theirs.get(timeout=PATIENCE), "end"))
    assert heard[-1] == "progress 999"
    assert len(heard) < 500


def test_a_line_that_was_cut_comes_back_and_says_so(new_bus: NewBus, postgres_cluster: Cluster) -> None:
    (here, _), (there, theirs) = new_bus("a"), new_bus("b")
    postgres_cluster.crash()
    here.send("lost", "lost")
    postgres_cluster.start()
    assert theirs.get(timeout=PATIENCE) == ""
    assert there.listening.is_set()
    give_up_at = time.monotonic() + PATIENCE
    while theirs.empty():
        assert time.monotonic() < give_up_at
        here.send("again", "again")
        time.sleep(0.05)
    assert theirs.get() == "again"


def test_a_command_says_one_thing_and_ends(new_bus: NewBus) -> None:
    _, heard = new_bus("a")
    command, _ = new_bus("command", listening=False)
    command.send("k", "changed")
    command.close(PATIENCE)
    assert heard.get(timeout=PATIENCE) == "changed"


def test_messages_hold_as_much_as_fits() -> None:
    texts = ["ü" * 1000] * 20 + ["x" * MAX_PAYLOAD_BYTES] + ["end"]
    messages = list(packed("a", texts))
    assert all(len(message.encode()) <= MAX_PAYLOAD_BYTES for message in messages)
    assert len(messages) == 7
    assert [text for message in messages for text in message.split("\n")[1:]] == [*texts[:20], "end"]
    assert list(packed("a", [])) == []


def test_the_database_tells_the_time(postgres_cluster: Cluster) -> None:
    clock = PostgresTime(Server(url=postgres_cluster.new_database()))
    assert abs(clock.ask() - time.time()) < 5
    postgres_cluster.crash()
    with pytest.raises(StorageUnavailable):
        clock.ask()
    postgres_cluster.start()
    assert clock.ask() <= clock.ask()
    clock.close()
