"""`GET /internal/scale` as KEDA and our pools ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from imagend.api.scale import scale_route
from imagend.core.errors import StorageUnavailable
from imagend.desk.scaling import Figure, ScalePolicy, Scaler
from tests.desk.house import House, fast_folder, house_in, order

OPERATOR = "an operator's secret of a good length"


@pytest.fixture
def house() -> Iterator[House]:
    with fast_folder() as folder, house_in(folder) as house:
        yield house


def scaler(house: House) -> Scaler:
    return Scaler(house.store, ("noop",), house.desk.crew_size, ScalePolicy(), house.clock)


async def get(source: Scaler, headers: dict[str, str], query: str = "") -> httpx.Response:
    app = Starlette(routes=[scale_route(source, ("worker", OPERATOR))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        return await client.get(f"/internal/scale{query}", headers=headers)


def ask(source: Scaler, headers: dict[str, str], query: str = "") -> httpx.Response:
    import asyncio

    return asyncio.run(get(source, headers, query))


@pytest.mark.parametrize("headers", [{"x-worker-token": "worker"}, {"authorization": f"Bearer {OPERATOR}"}])
def test_the_figures(house: House, headers: dict[str, str]) -> None:
    house.desk.submit(house.account(), order())
    answer = ask(scaler(house), headers)
    assert answer.status_code == 200
    [(backend, figure)] = answer.json()["backends"].items()
    assert backend == "noop"
    assert figure.pop("predicted_seconds") > 0
    assert figure == {"queued": 1, "running": 0, "workers": 0, "target": 1}


def test_holders_only_when_asked_for(house: House) -> None:
    house.desk.submit(house.account(), order())
    house.claim("w7")
    answer = ask(scaler(house), {"x-worker-token": "worker"}, "?holders=true")
    assert answer.json()["backends"]["noop"]["holders"] == ["w7"]


@pytest.mark.parametrize("headers", [{}, {"x-worker-token": "wrong"}, {"authorization": "Bearer "}])
def test_strangers_are_refused(house: House, headers: dict[str, str]) -> None:
    assert ask(scaler(house), headers).status_code == 401


def test_a_database_that_is_away_is_no_zero() -> None:
    class Away(Scaler):
        def __init__(self) -> None:
            pass

        def figures(self) -> dict[str, Figure]:
            raise StorageUnavailable("the database does not answer")

    answer = ask(Away(), {"x-worker-token": "worker"})
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
