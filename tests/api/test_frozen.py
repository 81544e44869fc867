"""An account whose books are wrong may not order; it may look, cancel, and order again when an operator says so."""

from __future__ import annotations

import httpx

from imagend.desk.keys import ADMIN, GENERATE, READ
from tests.api.house import House


def test_a_frozen_account_may_do_everything_but_order(house: House) -> None:
    guest = house.guest()
    operator = house.guest(scopes=frozenset({ADMIN, GENERATE, READ}))
    running = guest.submit()
    place = f"/admin/accounts/{guest.account_id}"
    assert operator.http.patch(place, json={"frozen": True}).json()["frozen"] is True
    for path, code in (("/v2/imagen-4-fast", None), ("/v1/images/generations", "account_frozen")):
        answer = guest.http.post(path, json={"prompt": "a fox", "model": "imagen-4-fast"})
        assert answer.status_code == 403
        assert "books are being checked" in message(answer)
        assert code is None or answer.json()["error"]["code"] == code
    assert guest.http.get(f"/v2/requests/{running}").status_code == 200
    assert guest.http.delete(f"/v2/requests/{running}").status_code == 200
    assert operator.http.get("/admin/books").json() == {"checked_at": None, "frozen_accounts": 1, "violations": []}
    assert operator.http.patch(place, json={"frozen": False}).json()["frozen"] is False
    guest.submit()
    assert guest.http.get("/admin/books").status_code == 403


def message(answer: httpx.Response) -> str:
    error = answer.json()["error"]
    return str(error["message"] if isinstance(error, dict) else error)
