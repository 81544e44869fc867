"""Two gateways of which one dies, is stopped, has a wrong clock, or hears nothing of the other."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg

from tests.api.streams import stream
from tests.gateways.conftest import NewPair
from tests.gateways.pair import NO_HINTS, WRONG_TIME, Member, Pair
from tests.workers.gateway import until
from tests.workers.toy import TICKS, read_ticks

QUICK = {"IMAGEND_LEASE_SECONDS": "4", "IMAGEND_FENCE_SECONDS": "3", "IMAGEND_BEAT_SECONDS": "0.5",
         "IMAGEND_SWEEP_SECONDS": "0.5"}  # fmt: skip


def body(steps: int, ticks: Path | None = None) -> dict[str, object]:
    prompt = "a kite" if ticks is None else f"a kite {TICKS}{ticks}"
    return {"prompt": prompt, "width": 256, "height": 256, "steps": steps}


def submit(http: httpx.Client, wanted: dict[str, object]) -> str:
    answer = http.post("/v2/imagen-4-fast", json=wanted)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


def final(http: httpx.Client, request_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def is_final() -> bool:
        found.update(http.get(f"/v2/requests/{request_id}").json())
        return found["status"] in ("COMPLETED", "FAILED")

    until(is_final)
    return found


def leases(pair: Pair) -> dict[str, str]:
    """{request: name of the gateway whose child has it}."""
    with psycopg.connect(pair.url) as connection:
        connection.execute("SET imagend.house = 'on'")
        rows = connection.execute("SELECT id, worker_boot FROM job WHERE state = 'PROCESSING'").fetchall()
    return {request_id: boot.partition(":")[0] for request_id, boot in rows}


def test_when_one_is_killed_nothing_is_lost_and_nothing_of_the_other_is_taken(new_pair: NewPair) -> None:
    """More jobs than one worker takes."""
    pair = new_pair((1, 1), **QUICK).start()
    name = (pair.a.data_dir / "gateway-name").read_text()
    with pair.b.client() as there:
        with pair.a.client() as here:
            made = [submit(http, body(16)) for http in (here, there) * 6]
            until(lambda: len(set(leases(pair).values())) == 2)
        pair.a.kill()
        before = leases(pair)
        pair.a.start()
        with pair.a.client() as here:
            ends = [final(http, request_id) for http, request_id in zip((here, there) * 6, made, strict=True)]
    assert [end["status"] for end in ends] == ["COMPLETED"] * 12
    assert set(before.values()) > {name}, "both had some"
    retries = {end["request_id"]: end["metrics"].get("retry_count", 0) for end in ends}
    assert all(retries[request_id] == (gateway == name) for request_id, gateway in before.items())
    assert pair.audit() == ""


class Customer:
    """Goes on whatever happens to a connection, at the other gateway, as clients behind a balancer do."""

    def __init__(self, pair: Pair) -> None:
        self._members = [pair.a, pair.b]
        self._clients = [httpx.Client(headers={"x-api-key": pair.a.key}, timeout=60) for _ in self._members]
        self._turn = 0
        self.answers: list[int] = []

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        for _ in range(20):
            self._turn += 1
            member, client = self._members[self._turn % 2], self._clients[self._turn % 2]
            try:
                answer = client.request(method, member.url + path, **more)
            except httpx.TransportError:
                continue
            self.answers.append(answer.status_code)
            return answer
        raise AssertionError("no gateway answers")

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def buy(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            request_id = self.ask("POST", "/v2/imagen-4-fast", json=body(1)).json()["request_id"]
            self.ask("GET", f"/v2/requests/{request_id}/status")
            self.ask("POST", "/v1/imagen-4-fast", json=body(1))


def test_when_one_is_stopped_no_request_fails(new_pair: NewPair) -> None:
    pair, stopping = new_pair((1, 1)).start(), threading.Event()
    customers = [Customer(pair) for _ in range(4)]
    with ExitStack() as closing, ThreadPoolExecutor(4) as pool:
        for customer in customers:
            closing.callback(customer.close)
        buying = [pool.submit(customer.buy, stopping) for customer in customers]
        try:
            until(lambda: all(len(customer.answers) > 6 for customer in customers))
            assert pair.a.stop() == 0
            sofar = [len(customer.answers) for customer in customers]
            until(lambda: all(len(c.answers) > n + 6 for c, n in zip(customers, sofar, strict=True)))
        finally:
            stopping.set()
        for one in buying:
            one.result()
    assert {status for customer in customers for status in customer.answers} == {200}
    with pair.b.client() as there:
        until(lambda: there.get("/health").status_code == 200)
    assert pair.audit() == ""


def test_a_gateway_with_a_wrong_clock_that_hears_no_hints_is_only_slower(new_pair: NewPair, tmp_path: Path) -> None:
    pair, ticks = new_pair(**QUICK), tmp_path / "ticks"
    pair.b.patches = WRONG_TIME + NO_HINTS
    pair.a.patches = NO_HINTS
    pair.start()
    with pair.a.client() as here, pair.b.client() as there:
        link = _buys_and_watches(there)
        expires = float(parse_qs(urlsplit(link).query)["expires"][0])
        assert abs(expires - time.time() - 604_800) < 60, "the time is the database's"
        request_id = submit(here, body(100, ticks))
        until(lambda: len(read_ticks(ticks)) >= 2)
        until(lambda: there.get(f"/v2/requests/{request_id}").json().get("progress", 0) > 0)
        before = len(read_ticks(ticks))
        assert there.delete(f"/v2/requests/{request_id}").json()["error"] == "The request was cancelled"
        assert _buys_and_watches(here), "the worker heard of it with its heartbeat"
        assert len(read_ticks(ticks)) < min(before + 48, 100)
        _waits_for_a_revoked_key(pair, there)
    assert pair.audit() == ""


def _buys_and_watches(http: httpx.Client) -> str:
    request_id = submit(http, body(2))
    with stream(http, request_id) as events:
        last = list(events)[-1]
    assert last.kind == "completed"
    return str(last.data["output"])


def _waits_for_a_revoked_key(pair: Pair, http: httpx.Client) -> None:
    boss = pair.a.make_key("0", "boss", "--admin")
    with pair.a.client(boss) as operator, Member.client(pair.b, boss) as lost:
        [key] = [row["id"] for row in operator.get("/admin/keys").json()["keys"] if row["name"] == "boss"]
        assert lost.get("/v1/get-user-credits").status_code == 200
        assert operator.delete(f"/admin/keys/{key}").status_code == 200
        until(lambda: lost.get("/v1/get-user-credits").status_code == 401)
