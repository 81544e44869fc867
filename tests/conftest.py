"""Servers that many folders of tests use, one of each per test process; and which deployment the clients meet."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.servers.postgres import Cluster


@pytest.hookimpl(optionalhook=True)  # nobody asks in a run without that plugin
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: most tests wait for servers, databases or clocks a third of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser: pytest.Parser) -> None:
    about = "what the clients' tests run against: one-box, gateways or ray; see tests/deployments"
    parser.addoption("--deployment", default="one-box", help=about)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A running PostgreSQL; every test takes a database of its own from it. A test that stops it starts it again."""
    with Cluster.running() as cluster:
        yield cluster
