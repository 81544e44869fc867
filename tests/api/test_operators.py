"""The operator's routes: accounts, keys, credits, refunds. And that nobody else can use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from imagend.desk.audit import audit
from imagend.desk.keys import ADMIN
from tests.api.house import Guest, House

ROUTES = (
    ("GET", "/admin/accounts"), ("POST", "/admin/accounts"), ("GET", "/admin/accounts/a"),
    ("PATCH", "/admin/accounts/a"), ("GET", "/admin/accounts/a/keys"), ("POST", "/admin/accounts/a/keys"),
    ("POST", "/admin/accounts/a/credits"), ("GET", "/admin/accounts/a/ledger"), ("GET", "/admin/keys"),
    ("GET", "/admin/keys/k"), ("PATCH", "/admin/keys/k"), ("DELETE", "/admin/keys/k"),
    ("POST", "/admin/requests/r/refund"), ("GET", "/admin/usage"), ("GET", "/admin/quarantine"),
)  # fmt: skip


@pytest.fixture(scope="module")
def admin(house: House) -> Iterator[httpx.Client]:
    secret, _ = house.services.accounts.create_key("operator", terms={"scopes": frozenset({ADMIN})})
    with house.client(headers={"x-api-key": secret}) as http:
        yield http
    assert audit(house.store) == []


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert list(answer.json()) in (["error"], ["error", "code"])
    return str(answer.json()["error"])


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_keys_with_the_scope_get_in(guest: Guest, method: str, path: str) -> None:
    assert refused(guest.http.request(method, path, json={}), 403) == "This API key lacks the scope admin"
    with guest.house.client() as http:
        assert http.request(method, path, json={}).status_code == 401


def test_an_operators_key_orders_no_pictures(admin: httpx.Client) -> None:
    refused(admin.post("/v2/imagen-4", json={"prompt": "a kite"}), 403)


def test_an_account_its_key_and_a_picture(admin: httpx.Client, house: House) -> None:
    account = ok(
        admin.post(
            "/admin/accounts", json={"name": "ann", "credits": 1.5, "max_jobs": 3, "daily_cap": "0.5", "weight": 2}
        )
    )
    assert account["credits"] == {"available": 1.5, "held": 0.0, "spent": 0.0, "granted": 1.5}
    assert (account["max_jobs"], account["daily_cap"], account["weight"]) == (3, 0.5, 2.0)
    assert house.store.write(lambda tx: tx.fair_tags(account["id"]))[2] == 2.0
    assert ok(admin.get(f"/admin/accounts/{account['id']}")) == account
    made = ok(admin.post(f"/admin/accounts/{account['id']}/keys", json={"name": "laptop", "long": True, "rpm": 30}))
    secret = made.pop("key")
    assert re.fullmatch(r"SG_[A-Za-z0-9_-]{43}", secret)
    assert ok(admin.get(f"/admin/keys/{made['id']}")) == made
    assert ok(admin.get(f"/admin/accounts/{account['id']}/keys")) == {"keys": [made]}
    with house.client(headers={"x-api-key": secret}) as http:
        answer = http.post("/v2/imagen-4", json={"prompt": "a kite"})
        assert answer.headers["x-rate-limit-limit"] == "30"
    house.painter.step()
    assert ok(admin.get(f"/admin/accounts/{account['id']}"))["credits"]["spent"] == 0.06


def test_every_term_of_a_key_can_be_set_changed_and_taken_away(admin: httpx.Client, guest: Guest) -> None:
    path = f"/admin/keys/{guest.key_id}"
    terms: dict[str, Any] = {
        "name": "other", "models": ["imagen", "imagen-4"], "scopes": ["read"], "expires_at": "2030-01-01T00:00:00Z",
        "rpm": 0, "burst": 7, "max_jobs": 2, "daily_cap": 1.25, "v1_response": "binary", "choices": ["BLOCK_NONE"],
        "safety_floor": "BLOCK_ONLY_HIGH", "may_skip_watermark": True,
    }  # fmt: skip
    changed = ok(admin.patch(path, json=terms))
    assert {name: changed[name] for name in terms} == terms
    assert ok(admin.get(path)) == changed
    back = ok(admin.patch(path, json=dict.fromkeys(terms) | {"name": "guest"}))
    rest: dict[str, Any] = dict.fromkeys(terms) | {
        "name": "guest", "scopes": ["generate", "read"], "choices": [], "may_skip_watermark": False,
    }  # fmt: skip
    assert {name: back[name] for name in terms} == rest
    refused(guest.http.post("/v2/imagen-4", json={}), 400)  # the change counts at once


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", " ", "name must not be empty"),
        ("models", ["imagen-9"], "there is no model imagen-9; there are imagen"),
        ("models", [], "models must be a list"),
        ("scopes", ["root"], "scopes must be a list of generate, read, admin"),
        ("scopes", [], "scopes must be a list"),
        ("expires_at", "soon", "expires_at must be a time"),
        ("expires_at", True, "expires_at must be a time"),
        ("expires_at", "9999-12-31T23:59:59-14:00", "expires_at must be a time"),
        ("expires_at", "0001-01-01T00:00:00+14:00", "expires_at must be a time"),
        ("rpm", -1, "rpm must be an integer from 0"),
        ("max_jobs", 0, "max_jobs must be an integer from 1"),
        ("daily_cap", 0, "daily_cap must be more than 0"),
        ("daily_cap", 1e-7, "credits have at most six decimals"),
        ("daily_cap", True, "daily_cap must be a number"),
        ("v1_response", "xml", "v1_response must be one of json, binary"),
        ("choices", "BLOCK_NONE", "choices must be a list of ALLOW_ALL, BLOCK_NONE"),
        ("safety_floor", "BLOCK", "safety_floor must be one of BLOCK_LOW_AND_ABOVE"),
        ("may_skip_watermark", "maybe", "may_skip_watermark must be true or false"),
        ("digest", "00", "digest is not known here"),
    ],
)
def test_wrong_terms_are_named(admin: httpx.Client, guest: Guest, field: str, value: object, says: str) -> None:
    before = ok(admin.get(f"/admin/keys/{guest.key_id}"))
    assert says in refused(admin.patch(f"/admin/keys/{guest.key_id}", json={field: value}), 400)
    assert ok(admin.get(f"/admin/keys/{guest.key_id}")) == before


def test_an_accounts_terms_change_one_by_one(admin: httpx.Client, guest: Guest) -> None:
    path = f"/admin/accounts/{guest.account_id}"
    terms: dict[str, Any] = {"name": "b", "max_jobs": 2, "daily_cap": 0.5, "weight": 0.5, "disabled": True}
    for name, value in terms.items():
        assert ok(admin.patch(path, json={name: value}))[name] == value
    rows = ok(admin.get(path))
    assert {name: rows[name] for name in terms} == terms
    rest: dict[str, Any] = {"max_jobs": None, "daily_cap": None, "weight": None, "disabled": False}
    assert {name: ok(admin.patch(path, json=rest))[name] for name in rest} == rest | {"weight": 1.0}
    assert "weight must be a number from 0.01 to 100" in refused(admin.patch(path, json={"weight": 0}), 400)


def test_revoking_is_at_once_and_repeatable(admin: httpx.Client, guest: Guest) -> None:
    first = ok(admin.delete(f"/admin/keys/{guest.key_id}"))
    assert first["revoked_at"] is not None
    assert guest.http.get("/v1/get-user-credits").status_code == 401
    guest.house.clock.now += 2
    assert ok(admin.delete(f"/admin/keys/{guest.key_id}")) == first


def test_imported_keys_work_and_cannot_be_imported_twice(admin: httpx.Client, guest: Guest) -> None:
    path = f"/admin/accounts/{guest.account_id}/keys"
    secret = f"sk-old-{guest.account_id}"
    assert ok(admin.post(path, json={"name": "old", "key": secret}))["key"] == secret
    assert refused(admin.post(path, json={"name": "again", "key": secret}), 400) == "key is in use already"
    for bad in ("short", "with space in it", "ümlaut-is-not", 7):
        assert "key must be" in refused(admin.post(path, json={"name": "bad", "key": bad}), 400)
    with guest.house.client(headers={"authorization": f"Bearer {secret}"}) as http:
        assert http.get("/v1/get-user-credits").status_code == 200


def test_lists_come_in_pages(admin: httpx.Client, house: House) -> None:
    for kind, make in (("accounts", "account_id"), ("keys", "key_id")):
        made = {getattr(house.guest(), make) for _ in range(5)}
        seen: list[str] = []
        while rows := ok(admin.get(f"/admin/{kind}", params={"limit": 2, "after": seen[-1] if seen else ""}))[kind]:
            assert len(rows) <= 2
            seen += [row["id"] for row in rows]
        assert made <= set(seen)
        assert len(seen) == len(set(seen))
    assert "limit must be an integer" in refused(admin.get("/admin/keys", params={"limit": 0}), 400)


@pytest.mark.parametrize(
    ("method", "path"),
    [route for route in ROUTES if re.search(r"/(a|k|r)(/|$)", route[1])],
)
def test_unknown_ids_are_404(admin: httpx.Client, method: str, path: str) -> None:
    body = {"name": "x"} if path.endswith("keys") else {"amount": 1} if method == "POST" else {}
    assert "not" in refused(admin.request(method, path, json=body), 404)


def test_wrong_methods_and_routes(admin: httpx.Client) -> None:
    answer = admin.delete("/admin/accounts")
    assert (refused(answer, 405), set(answer.headers["allow"].split(", "))) == (
        "Method Not Allowed",
        {"GET", "HEAD", "POST"},
    )
    assert refused(admin.get("/admin/nothing"), 404) == "Not Found"


def test_a_grant_with_a_reference_happens_once(admin: httpx.Client, guest: Guest) -> None:
    path = f"/admin/accounts/{guest.account_id}/credits"
    body = {"amount": "2.5", "reason": "invoice", "reference": "INV-1"}
    for _ in range(2):
        assert ok(admin.post(path, json=body))["credits"]["available"] == 102.5
    answer = admin.post(path, json={**body, "amount": 3})
    assert (refused(answer, 409), answer.json()["code"]) == (
        "reference INV-1 belongs to another entry",
        "idempotency_key_reused",
    )
    assert ok(admin.post(path, json={"amount": -102.5}))["credits"]["granted"] == 0
    assert "only 0" in refused(admin.post(path, json={"amount": -1}), 406)
    huge = [{"amount": word} for word in ("1e999999999", "-1e400", "inf", "NaN", 10**10, 10**30, "0." + "1" * 300)]
    for bad in ({}, {"amount": 0}, {"amount": "x"}, {"amount": 1, "more": 1}, {"amount": [1]}, *huge):
        refused(admin.post(path, json=bad), 400)


def test_refunds_go_back_to_what_was_paid_and_no_further(admin: httpx.Client, guest: Guest) -> None:
    request_id = guest.finished()
    path = f"/admin/requests/{request_id}/refund"
    part = ok(admin.post(path, json={"amount": 0.01, "reason": "blurred", "reference": "T-7"}))
    assert (part["refunded"], part["credits"]["spent"]) == (0.01, 0.015)
    assert ok(admin.post(path, json={"amount": 0.01, "reference": "T-7"}))["credits"] == part["credits"]
    assert "at most 0.015" in refused(admin.post(path, json={"amount": 0.016}), 400)
    guest.house.clock.now += 3600
    guest.house.services.desk.forget()  # a refund does not need the result
    rest = ok(admin.post(path, json={}))
    assert (rest["refunded"], rest["credits"]["available"]) == (0.015, 100.0)
    refused(admin.post(path, json={}), 400)
    entries = ok(admin.get(f"/admin/accounts/{guest.account_id}/ledger"))["entries"]
    assert [(entry["kind"], entry["amount"]) for entry in entries] == [
        ("grant", 100.0), ("reserve", 0.025), ("settle", 0.025), ("refund", 0.01), ("refund", 0.015),
    ]  # fmt: skip
    assert (entries[3]["reason"], entries[3]["reference"], entries[3]["actor"][:4]) == ("blurred", "T-7", "key_")
    page = ok(admin.get(f"/admin/accounts/{guest.account_id}/ledger", params={"after": entries[2]["seq"], "limit": 1}))
    assert page["entries"] == [entries[3]]


@pytest.mark.parametrize("prompt", ["break it", "block it", "hold it"])
def test_what_cost_nothing_is_not_refunded(admin: httpx.Client, guest: Guest, prompt: str) -> None:
    request_id = guest.finished(prompt)
    assert (
        refused(admin.post(f"/admin/requests/{request_id}/refund", json={}), 404) == f"Request {request_id} not found"
    )
    guest.http.delete(f"/v2/requests/{request_id}")
