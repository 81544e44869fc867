"""One round of each fault on a server and a worker process beside it; `faults` does many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import worker_rounds as rounds
from tests.system.crews import Crew, free_port, open_server, write_token
from tests.system.running import Server

pytestmark = pytest.mark.system
Pair = tuple[Server, Crew]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder, port = tmp_path_factory.mktemp("rounds"), free_port()
    server = open_server(folder, port, **rounds.SETTINGS).start()
    crew = hire(folder, port)
    yield server, crew.ready()
    assert crew.stop() == 0, crew.lines
    assert server.stop() == 0, server.lines


def hire(folder: Path, port: int) -> Crew:
    return Crew(("--gateway", f"http://127.0.0.1:{port}", "--token-file", str(write_token(folder)))).start()


def test_gateway_stands_still_for_longer_than_a_lease(pair: Pair) -> None:
    rounds.stop_the_gateway(*pair, seconds=3.5)


def test_killed_worker_is_known_by_its_parent_at_once(pair: Pair) -> None:
    rounds.kill_a_worker(*pair)


def test_poison_takes_nobody_with_it(pair: Pair) -> None:
    server, _ = pair
    rounds.poison_among_others(server, innocents=3)
