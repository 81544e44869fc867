"""The usage export, and that it agrees with the ledger and the jobs to the micro-credit."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from imagend.core.ledger import to_microcredits
from imagend.desk.audit import audit
from imagend.desk.credits import Note
from imagend.desk.keys import ADMIN, READ
from tests.api.house import MILLION, Guest, House, open_house

DAY = 86_400.0
START = "2027-01-15"  # where the houses' clocks begin, 08:00 UTC


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Guest]]:
    """A house where an account with two keys has had four days of everything."""
    with open_house(tmp_path_factory.mktemp("usage")) as house:
        yield house, live(house)
        assert audit(house.store) == []


def live(house: House) -> Guest:
    guest, draw = house.guest(), random.Random(5)
    second, _ = house.services.accounts.add_key(guest.account_id, {"name": "second"})
    clients = [guest.http, house.closing.enter_context(house.client(headers={"x-api-key": second}))]
    done: list[str] = []
    for _ in range(4):
        for _ in range(12):
            prompt = draw.choice(["a kite", "strange kite", "break it", "block it", "hold it"])
            body = {"prompt": prompt, "num_images": draw.randint(1, 3), "width": 256, "height": 256}
            slug = draw.choice(["imagen-4", "imagen-4-fast"])
            request_id = draw.choice(clients).post(f"/v2/{slug}", json=body).json()["request_id"]
            done += [request_id] if "kite" in prompt else []
        house.painter.step()
        house.services.accounts.credits.refund(done[-1], 5000, Note(reason="blurred"))
        house.clock.now += DAY
        house.services.desk.sweep()  # what was held is late by now
        house.services.desk.forget()
    clients[0].post("/v2/imagen", json={"prompt": "hold it", "width": 256, "height": 256})
    return guest


def get(guest: Guest, **query: str) -> dict[str, Any]:
    answer = guest.http.get("/v1/usage", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def micro(row: dict[str, Any], name: str) -> int:
    return to_microcredits(str(row[name]))


@pytest.mark.parametrize("group_by", ["day", "model", "key"])
def test_every_grouping_sums_to_the_same_total(lived: tuple[House, Guest], group_by: str) -> None:
    _, guest = lived
    report, plain = get(guest, **{"from": START, "group_by": group_by}), get(guest, **{"from": START})
    assert report["total"] == plain["total"]
    assert len(report["usage"]) == {"day": 5, "model": 3, "key": 2}[group_by]
    for name, value in report["total"].items():
        assert sum(micro(row, name) for row in report["usage"]) == micro({name: value}, name), name


def test_the_total_is_the_ledgers(lived: tuple[House, Guest]) -> None:
    house, guest = lived
    total = get(guest, **{"from": START})["total"]
    entries = [row for row in house.rows("ledger") if row["account_id"] == guest.account_id]
    kinds: Counter[str] = Counter()
    for row in entries:
        kinds[row["kind"]] += row["amount"]
    balance = house.services.accounts.balance(guest.account_id)
    assert (micro(total, "spent"), micro(total, "refunded")) == (kinds["settle"], kinds["refund"])
    assert micro(total, "held") == balance.held > 0
    assert micro(total, "spent") - micro(total, "refunded") == balance.spent
    states = Counter(row["state"] for row in house.rows("jobs") if row["account_id"] == guest.account_id)
    assert (total["requests"], total["completed"], total["failed"]) == (
        states.total(), states["COMPLETED"], states["FAILED"],
    )  # fmt: skip


def test_pictures_are_counted_as_delivered(guest: Guest) -> None:
    guest.finished("a kite", num_images=3)
    guest.finished("strange kite", num_images=3)  # two of its three are held back
    guest.finished("break it", num_images=2)
    row = get(guest)["usage"][0]
    assert (row["pictures"], row["completed"], row["failed"], row["spent"]) == (4, 2, 1, 0.1)


def test_days_are_those_of_the_order_and_both_ends_count(lived: tuple[House, Guest]) -> None:
    _, guest = lived
    days = [row["day"] for row in get(guest, **{"from": "2027-01-16", "to": "2027-01-17T23:59:59+00:00"})["usage"]]
    assert days == ["2027-01-16", "2027-01-17"]
    assert get(guest, **{"from": "2027-01-10", "to": "2027-01-14"})["usage"] == []
    assert get(guest)["from"] == "2026-12-21"  # thirty days, today with them


def test_csv_says_the_same(lived: tuple[House, Guest]) -> None:
    _, guest = lived
    answer = guest.http.get("/v1/usage", params={"from": START, "group_by": "model", "format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="usage-2027-01-15-2027-01-19-model.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    expected = get(guest, **{"from": START, "group_by": "model"})["usage"]
    assert [{name: str(value) for name, value in row.items()} for row in expected] == rows


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"from": "yesterday"}, "from must be a day"),
        ({"to": "2027-02-30"}, "to must be a day"),
        ({"from": "2027-02-01", "to": "2027-01-01"}, "from and to must span"),
        ({"from": "2020-01-01"}, "from and to must span 1 to 366 days"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from must be a day"),
        ({"to": "0001-01-01"}, "to must be a day"),
        ({"group_by": "account"}, "group_by must be one of day, model, key"),
        ({"format": "xml"}, "format must be one of json, csv"),
    ],
)
def test_wrong_questions(guest: Guest, query: dict[str, str], says: str) -> None:
    answer = guest.http.get("/v1/usage", params=query)
    assert (answer.status_code, says in answer.json()["error"]) == (400, True), answer.text


def test_wrong_method_is_no_model(guest: Guest) -> None:
    answer = guest.http.post("/v1/usage", json={"prompt": "x"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_nobody_sees_anothers(house: House, guest: Guest) -> None:
    guest.finished()
    assert get(house.guest())["total"]["requests"] == 0


def test_operators_see_all(lived: tuple[House, Guest]) -> None:
    house, guest = lived
    other = house.guest()
    other.finished()
    secret, _ = house.services.accounts.create_key("operator", terms={"scopes": frozenset({ADMIN, READ})})
    with house.client(headers={"x-api-key": secret}) as admin:

        def ask(**query: str) -> dict[str, Any]:
            answer: httpx.Response = admin.get("/admin/usage", params={"from": START, **query})
            assert answer.status_code == 200, answer.text
            body: dict[str, Any] = answer.json()
            return body

        by_account = {row["account"]: row for row in ask(group_by="account")["usage"]}
        assert set(by_account) == {guest.account_id, other.account_id}
        assert by_account[other.account_id]["spent"] == 25_000 / MILLION
        own = get(guest, **{"from": START})
        assert ask(account=guest.account_id) == own
        assert ask()["total"]["requests"] == own["total"]["requests"] + 1
