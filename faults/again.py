"""A pytest plugin: `-p faults.again --again N` runs every chosen test N times, in one process."""

from __future__ import annotations

import pytest

NAME = "_again"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--again", type=int, default=1, help="how often every test is run")


@pytest.fixture
def _again(request: pytest.FixtureRequest) -> int:
    """Which time it is."""
    return int(request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.fixturenames.append(NAME)
    metafunc.parametrize(NAME, range(metafunc.config.getoption("--again")), indirect=True)
