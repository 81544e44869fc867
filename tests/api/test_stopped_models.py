"""What callers and operators see of a model that loses its workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imagend.desk.keys import ADMIN
from tests.api.house import House, open_house

KITE = {"prompt": "a kite"}


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[House]:
    """Six workers died, two of them with each of three requests."""
    with open_house(tmp_path) as house:
        guest = house.guest()
        for _ in range(3):
            guest.submit("the end of workers")
        for number in range(6):
            worker = f"w{number}"
            house.services.desk.claim(worker, "boot", ("sketch",), 1)
            house.services.desk.worker_lost(worker)
        yield house


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v2/imagen-4-fast", KITE, "model_unavailable"),
        ("/v1/imagen-4-fast", KITE, "model_unavailable"),
        ("/v1/images/generations", KITE | {"model": "imagen-4-fast"}, "model_unavailable"),
        ("/v1beta/models/imagen-4-fast:predict", {"instances": [KITE]}, "UNAVAILABLE"),
    ],
)
def test_orders_are_turned_away_in_every_dialect(stopped: House, path: str, body: object, code: str) -> None:
    guest = stopped.guest()
    key = {"x-goog-api-key": guest.secret} if "v1beta" in path else {"authorization": f"Bearer {guest.secret}"}
    before = guest.available
    answer = guest.http.post(path, json=body, headers=key)
    assert answer.status_code == 503, answer.text
    assert code in answer.text
    assert answer.headers["retry-after"] == "60"
    assert guest.available == before


def test_health_shows_it(stopped: House) -> None:
    with stopped.client() as http:
        assert http.get("/health").json()["models_stopped"] == {"sketch": "open"}


def test_operators_see_what_was_given_up(stopped: House) -> None:
    secret, _ = stopped.services.accounts.create_key("operator", terms={"scopes": frozenset({ADMIN})})
    with stopped.client(headers={"x-api-key": secret}) as http:
        rows = http.get("/admin/quarantine", params={"limit": 2}).json()["requests"]
        (last,) = http.get("/admin/quarantine", params={"after": rows[-1]["request_id"]}).json()["requests"]
    assert len({row["request_id"] for row in [*rows, last]}) == 3
    assert all(len(row["workers_lost"]) == 2 and row["recipe"]["prompt"] == "the end of workers" for row in rows)
    assert stopped.guest().http.get("/admin/quarantine").status_code == 403
