"""Two gateways on one database: whatever one of them does, the other one knows."""

from __future__ import annotations

import json
import time
from pathlib import Path

import httpx
import psycopg

from tests.api.streams import Event, stream
from tests.gateways.pair import PUBLIC_URL, Pair
from tests.system.running import imagend
from tests.webhooks.receiver import listening
from tests.workers.gateway import until
from tests.workers.toy import DELIBERATE, TICKS, read_ticks


def body(ticks: Path | None = None, steps: int = 4) -> dict[str, object]:
    prompt = "a kite" if ticks is None else f"a kite {TICKS}{ticks}"
    return {"prompt": prompt, "width": 256, "height": 256, "steps": steps}


def submit(http: httpx.Client, wanted: dict[str, object]) -> str:
    answer = http.post("/v2/imagen-4-fast", json=wanted)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


def test_what_was_accepted_at_one_is_known_at_the_other_at_once(pair: Pair) -> None:
    with pair.a.client() as here, pair.b.client() as there:
        for one, other in ((here, there), (there, here)) * 10:
            request_id = submit(one, body(steps=1))
            seen = other.get(f"/v2/requests/{request_id}/status")
            assert (seen.status_code, seen.json()["request_id"]) == (200, request_id)
            assert other.delete(f"/v2/requests/{request_id}").status_code == 200
            assert one.get(f"/v2/requests/{request_id}").status_code == 422


def test_a_cancel_at_the_other_stops_the_worker_within_one_step(pair: Pair, tmp_path: Path) -> None:
    ticks = tmp_path / "ticks"
    with pair.b.client() as there:
        request_id = submit(there, body(ticks, 100))
        until(lambda: len(read_ticks(ticks)) >= 2)
        assert there.delete(f"/v2/requests/{request_id}").json()["error"] == "The request was cancelled"
        acknowledged_at = time.monotonic()
        submit_and_wait(there)
        late = [tick for tick in read_ticks(ticks) if tick > acknowledged_at]
        assert len(late) <= 2, "one more step, and the hint's own time may touch a second"


def submit_and_wait(http: httpx.Client) -> dict[str, object]:
    request_id = submit(http, body())
    with stream(http, request_id) as events:
        assert list(events)[-1].kind == "completed"
    found: dict[str, object] = http.get(f"/v2/requests/{request_id}").json()
    return found


def test_a_deadline_that_passes_at_the_other(pair: Pair, tmp_path: Path) -> None:
    ticks = tmp_path / "ticks"
    with pair.b.client() as there:
        answer = there.post("/v1/imagen-4-fast", json=body(ticks, 100), headers={"x-request-timeout": "1.2"})
        assert answer.status_code == 504
        ended_at = time.monotonic()
        submit_and_wait(there)
        assert len(read_ticks(ticks)) >= 2
        assert sum(tick > ended_at for tick in read_ticks(ticks)) <= 2


def test_progress_is_seen_at_both(pair: Pair, tmp_path: Path) -> None:
    ticks = tmp_path / "ticks"
    with pair.a.client() as here, pair.b.client() as there:
        request_id = submit(here, body(ticks, 100))
        paths = f"/v2/requests/{request_id}/status"
        until(lambda: there.get(paths).json().get("steps", {}).get("done", 0) >= 2)
        assert here.get(paths).json()["steps"]["done"] >= 2
        assert there.get(paths).json()["status"] == "PROCESSING"
        there.delete(f"/v2/requests/{request_id}")


def test_a_stream_with_previews_goes_on_at_the_other(pair: Pair, tmp_path: Path) -> None:
    """The watcher is at the gateway without a worker, comes back at the other one, and misses nothing."""
    seen: list[Event] = []
    with pair.a.client() as here, pair.b.client() as there:
        request_id = submit(there, body(tmp_path / "ticks", 12))
        with stream(there, request_id, query="?previews=4") as events:
            while sum(event.kind == "preview" for event in seen) < 2:
                seen.append(next(events))
        with stream(here, request_id, seen[-1].id, "?previews=4") as events:
            seen += events
        result = there.get(f"/v2/requests/{request_id}").json()
        with stream(there, request_id, query="?previews=4") as events:
            again = list(events)
    ids = [event.id for event in seen if event.id is not None]
    assert ids == sorted(set(ids))
    assert seen[-1] == Event(kind="completed", data=result, id=ids[-1])
    pictures = {event.id: event.data["image"] for event in seen if event.kind == "preview"}
    assert len(pictures) == 4
    assert {event.id: event.data["image"] for event in again if event.kind == "preview"} == pictures


def test_links_do_not_depend_on_who_answers(pair: Pair) -> None:
    with pair.a.client() as here, pair.b.client() as there:
        first = submit_and_wait(there)
        second = here.get(f"/v2/requests/{first['request_id']}").json()
        assert first == second
        link = str(first["output"])
        assert link.startswith(PUBLIC_URL)
        pictures = [http.get(link.removeprefix(PUBLIC_URL)) for http in (here, there)]
    assert [picture.status_code for picture in pictures] == [200, 200]
    assert pictures[0].content == pictures[1].content


def test_a_key_that_was_revoked_at_one_is_refused_at_the_other(pair: Pair) -> None:
    """By another process: the hint is all that can be faster than five seconds."""
    boss = pair.a.make_key(name="boss")
    with pair.a.client(boss) as here, pair.b.client(boss) as there:
        assert there.get("/v1/get-user-credits").status_code == 200
        [key] = [row for row in keys(pair) if row["name"] == "boss"]
        revoke(pair, str(key["id"]))
        began_at = time.monotonic()
        until(lambda: there.get("/v1/get-user-credits").status_code == 401)
        until(lambda: here.get("/v1/get-user-credits").status_code == 401)
        assert time.monotonic() - began_at < 3


def keys(pair: Pair) -> list[dict[str, object]]:
    done = imagend("keys", "list", "--json", "--data-dir", str(pair.a.data_dir), **pair.a.settings)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def revoke(pair: Pair, key_id: str) -> None:
    imagend("keys", "revoke", key_id, "--data-dir", str(pair.a.data_dir), **pair.a.settings)


def test_the_same_idempotency_key_at_both_is_one_job(pair: Pair) -> None:
    headers = {"idempotency-key": "key"}
    with pair.a.client() as here, pair.b.client() as there:
        made = {
            http.post("/v2/imagen-4-fast", json=body(steps=1), headers=headers).json()["request_id"]
            for http in (here, there, here)
        }
        assert len(made) == 1


def test_an_answer_that_openais_client_lost_is_given_again_by_the_other(pair: Pair) -> None:
    key = pair.a.make_key("1", "openai")
    asked = {"prompt": "a kite", "size": "256x256"}
    with pair.a.client(key) as here, pair.b.client(key) as there:
        first = here.post("/v1/images/generations", json=asked, headers={"x-stainless-retry-count": "0"})
        again = there.post("/v1/images/generations", json=asked, headers={"x-stainless-retry-count": "1"})
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.headers["x-request-id"] == again.headers["x-request-id"]
        assert first.json() == again.json()


def test_a_rate_holds_for_both_together(pair: Pair) -> None:
    key = pair.a.make_key("10", "hurry", "--rpm", "6", "--burst", "5")
    began_at = time.monotonic()
    with pair.a.client(key) as here, pair.b.client(key) as there:
        answers = [http.post("/v2/imagen-4-fast", json=body(steps=1)) for http in (here, there) * 6]
        refilled = (time.monotonic() - began_at) / 10
        accepted = sum(answer.status_code == 200 for answer in answers)
        assert 5 <= accepted <= 5 + refilled
        assert {answer.status_code for answer in answers} == {200, 429}
        assert there.get("/v1/get-user-credits").status_code == 200, "looking is never limited"


def test_each_event_is_sent_once_although_both_send(pair: Pair) -> None:
    with listening() as receiver, pair.a.client() as here, pair.b.client() as there:
        asked = {**body(steps=1), "webhook_url": receiver.url}
        made = {submit(http, asked) for http in (here, there) * 5}
        told = [json.loads(receiver.next().body)["data"]["request_id"] for _ in made]
        for http in (here, there):
            assert submit_and_wait(http), "time for a second sending"
        assert sorted(told) == sorted(made)
        assert receiver.got.empty()


def test_workers_of_both_are_in_the_table(pair: Pair) -> None:
    with psycopg.connect(pair.url) as connection:
        connection.execute("SET imagend.house = 'on'")
        [(gateway, backends, capacity)] = connection.execute(
            "SELECT gateway, backends, capacity FROM worker"
        ).fetchall()
    assert gateway == (pair.a.data_dir / "gateway-name").read_text()
    assert json.loads(backends) == [DELIBERATE]
    assert capacity >= 1


def test_a_gateway_with_other_secrets_refuses_to_start(pair: Pair, tmp_path: Path) -> None:
    other = pair.a.settings | {"IMAGEND_SECRETS_DIR": str(tmp_path / "other")}
    done = imagend("serve", "--port", "0", "--data-dir", str(tmp_path / "c"), check=False, **other)
    assert done.returncode != 0
    assert "secrets_dir: pepper is not the one that this database was begun with" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_is_one_gateways(pair: Pair) -> None:
    done = imagend("serve", "--port", "0", "--data-dir", str(pair.b.data_dir), check=False, **pair.b.settings)
    assert done.returncode != 0
    assert "another imagend server is using" in done.stderr
