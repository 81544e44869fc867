from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.system.running import Server, imagend
from tests.web.visitor import Visitor, open_browser, visit


@dataclass(frozen=True)
class Site:
    server: Server
    operator: str  # a key

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server as people start it, with the bundled model."""
    folder = tmp_path_factory.mktemp("site")
    server = Server(folder, flags=("--workers", "1"), settings={"IMAGEND_RESERVE_WORKERS": "0"}).start()
    try:
        words = ("keys", "create", "--name", "operator", "--admin", "--credits", "100", "--json")
        made = imagend(*words, "--data-dir", str(folder))
        yield Site(server=server, operator=str(json.loads(made.stdout)["key"]))
    finally:
        server.stop()


@pytest.fixture(scope="module")
def site(running_site: Site) -> Site:
    """With a customer of this file's own, who has no past."""
    running_site.server.key = running_site.server.make_key()
    return running_site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each file: while it is open an event loop runs in this thread, in which other tests could not."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Visitor]:
    """A customer who is signed in."""
    with visit(browser, site.url) as one:
        one.sign_in(site.server.key)
        yield one


@pytest.fixture
def operator(browser: Browser, site: Site) -> Iterator[Visitor]:
    with visit(browser, site.url) as one:
        one.sign_in(site.operator)
        yield one
