"""The contract's table of edge cases, one row each: keys and routes, in all dialects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from tests.api.edge_cases import GOOGLE, MISSING, OPENAI, REJECTED, VERTEX, accepted, error, google, openai, refused, v2
from tests.api.house import Guest

KITE = {"prompt": "a kite"}
BODIES: dict[str, dict[str, object]] = {
    "/v1/imagen": KITE,
    "/v2/imagen": KITE,
    GOOGLE: {"instances": [KITE]},
    VERTEX: {"instances": [KITE]},
    OPENAI: KITE,
}


def as_stranger(guest: Guest, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    with guest.house.client() as http:
        return http.post(path, json=BODIES[path], headers=headers or {})


def in_envelope(path: str, answer: httpx.Response) -> bool:
    """Whether a refusal is worded in the dialect of its path."""
    said = answer.json()["error"]
    if path in (GOOGLE, VERTEX):
        return set(said) == {"code", "message", "status", "details"}
    return set(said) == {"message", "type", "param", "code"} if path == OPENAI else isinstance(said, str)


def e51_no_key(guest: Guest) -> None:
    for path in BODIES:
        answer = as_stranger(guest, path)
        assert answer.status_code == 401
        assert in_envelope(path, answer)
    assert error(as_stranger(guest, "/v1/imagen")) == MISSING


def e52_keys_that_are_none(guest: Guest) -> None:
    for key in ("SG_0123456789abcdef", "nonsense", "", "x" * 600):
        for path in BODIES:
            answer = as_stranger(guest, path, {"x-api-key": key})
            assert (answer.status_code, in_envelope(path, answer)) == (401, True)
        assert error(as_stranger(guest, "/v2/imagen", {"x-api-key": key})) == REJECTED


def e53_revoked_and_expired_keys(guest: Guest) -> None:
    request_id = guest.submit()
    guest.house.services.accounts.revoke(guest.key_id)
    for path in (f"/v2/requests/{request_id}/status", f"/v2/requests/{request_id}", "/v1/get-user-credits"):
        assert (guest.http.get(path).status_code, error(guest.http.get(path))) == (401, REJECTED)


def e54_a_key_for_other_models(guest: Guest) -> None:
    bound = guest.house.guest(models=("imagen",))
    for answer in (v2(bound, "imagen-4"), google(bound), openai(bound, model="imagen-4")):
        refused(bound, answer, 403)
    assert accepted(v2(bound, "imagen"))


def e56_basic_authorization(guest: Guest) -> None:
    for path in BODIES:
        assert as_stranger(guest, path, {"authorization": "Basic dTpw"}).status_code == 401


def e59_wrong_methods(guest: Guest) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        for path in ("/v1/imagen-4", "/v2/imagen-4", OPENAI, GOOGLE):
            answer = guest.http.request(method, path)
            assert (answer.status_code, in_envelope(path, answer)) == (405, True), (method, path)
            assert "POST" in answer.headers["allow"]


def e61_preflight(guest: Guest) -> None:
    asked = "x-api-key, content-type, authorization, x-goog-api-key, x-goog-api-client, x-stainless-lang"
    headers = {"origin": "https://a.example", "access-control-request-method": "POST"}
    with guest.house.client() as http:
        for path in BODIES:
            answer = http.options(path, headers=headers | {"access-control-request-headers": asked})
            assert answer.status_code == 204
            found = {name: answer.headers[f"access-control-{name}"] for name in ("allow-origin", "allow-headers")}
            assert found == {"allow-origin": "*", "allow-headers": asked}
            assert "POST" in answer.headers["access-control-allow-methods"]
            assert int(answer.headers["access-control-max-age"]) > 0


def e63_slashes_and_proxies(guest: Guest) -> None:
    for path, body in BODIES.items():
        for spelled in (f"{path}/", path.replace("/", "//", 1), f"/{path}//"):
            url = f"http://127.0.0.1:{guest.house.port}{spelled}"
            answer = guest.http.post(url, json=body, headers={"x-forwarded-proto": "https"})
            assert answer.status_code == 200, (spelled, answer.text)


def e64_no_slug(guest: Guest) -> None:
    for path in ("/v1/", "/v2/", "/v1"):
        refused(guest, guest.http.post(path, json=KITE), 404)


def e65_verbs(guest: Guest) -> None:
    body = BODIES[GOOGLE]
    assert guest.http.post(GOOGLE.replace(":", "%3A"), json=body).status_code == 200
    content = {"contents": [{"parts": [{"text": "a kite"}]}]}
    assert guest.http.post(GOOGLE.replace("predict", "generateContent"), json=content).status_code == 200
    for verb in ("countTokens", "dance", "predictLongRunning"):
        answer = guest.http.post(GOOGLE.replace("predict", verb), json=body)
        assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")


def e67_a_forged_host(guest: Guest) -> None:
    """Without a list of hosts the Host header is believed; docs/api.md says so. With one it is not."""
    services = guest.house.services
    object.__setattr__(services, "allowed_hosts", ("images.example.com",))
    try:
        assert replace(services).allowed_hosts == ("images.example.com",)
        answer = v2(guest, headers={"host": "evil.example"})
        assert accepted(answer)["status_url"].startswith("http://images.example.com/")
    finally:
        object.__setattr__(services, "allowed_hosts", ())


ROWS = [value for name, value in sorted(globals().items()) if name[0] == "e" and name[1].isdigit()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_row(row: Callable[[Guest], None], served: Guest) -> None:
    row(served)
