"""What the bodies of waiting and running requests say beyond the state."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from imagend.api.outlook import evaluations
from imagend.core.outcome import Metrics
from imagend.core.recipe import Recipe
from imagend.desk.moves import CANCELLED
from imagend.engine.plan import SAMPLERS, plan
from imagend.engine.schedule import FlowNoise, Prediction
from tests.api.house import Guest, House, open_house
from tests.api.streams import tell
from tests.workers.gateway import recipe


def status(guest: Guest, request_id: str) -> dict[str, Any]:
    body: dict[str, Any] = guest.http.get(f"/v2/requests/{request_id}/status").json()
    return body


def test_the_queue_counts_down(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        guest = house.guest()
        ids = [guest.submit(f"hold {number}") for number in range(3)]
        bodies = [status(guest, request_id) for request_id in ids]
        assert [body["queue_position"] for body in bodies] == [0, 1, 2]
        assert bodies[0]["eta_seconds"] < bodies[1]["eta_seconds"] < bodies[2]["eta_seconds"]
        [first, *_] = house.services.desk.claim("w1", "boot", ("sketch",), 1)
        house.clock.now += 2
        assert [status(guest, request_id).get("queue_position") for request_id in ids] == [None, 0, 1]
        assert first.id == ids[0]


def test_a_running_request_tells_how_far_it_is(guest: Guest) -> None:
    house, job = guest.house, guest.leased("hold it", steps=20)
    fresh = status(guest, job.id)
    assert (fresh["progress"], fresh["steps"]) == (0.0, {"done": 0, "total": 20})
    house.clock.now += 100
    tell(house.services.desk, job, 5, 20)
    going = status(guest, job.id)
    assert (going["progress"], going["steps"]) == (0.25, {"done": 5, "total": 20})
    assert going["eta_seconds"] == pytest.approx(300)  # a quarter took a hundred seconds
    assert guest.http.get(f"/v2/requests/{job.id}").json() == going
    assert guest.http.get(f"/v1/requests/{job.id}").json() == going
    house.painter.finish(job, even_held=True)


def test_the_end_says_nothing_of_it(guest: Guest) -> None:
    """E71: what is said of a final request never changes, whatever was reported of it."""
    job = guest.leased()
    tell(guest.house.services.desk, job, 5)
    guest.house.painter.finish(job, even_held=True)
    path = f"/v2/requests/{job.id}"
    texts = {(guest.http.get(path + end).text, end) for _ in range(50) for end in ("", "/status")}
    assert len(texts) == 2
    assert not any(word in text for text, _ in texts for word in ("progress", "eta_seconds", "queue_position"))


def test_a_retry_begins_anew_and_still_shows_processing(guest: Guest) -> None:
    job, desk = guest.leased(), guest.house.services.desk
    tell(desk, job, 20)
    desk.worker_lost("painter")
    body = status(guest, job.id)
    assert (body["status"], body["steps"]["done"]) == ("PROCESSING", 0)
    desk.abandon(job.account_id, job.id, CANCELLED)


def test_the_estimate_follows_what_was_measured(house: House) -> None:
    guest = house.guest()
    request_id = guest.submit("hold it", steps=20)
    before = status(guest, request_id)["eta_seconds"]
    slow = recipe(backend="sketch", width=512, height=512, steps=20)
    for _ in range(200):
        house.services.desk.predictor.learn(slow, Metrics(compute_seconds=40.0))
    assert status(guest, request_id)["eta_seconds"] > before + 5
    guest.http.delete(f"/v2/requests/{request_id}")


@pytest.mark.parametrize("scheduler", SAMPLERS)
def test_totals_are_those_of_the_engine(scheduler: str) -> None:
    for steps in (1, 2, 20, 100):
        rows = plan(scheduler, steps, FlowNoise(), Prediction.FLOW_SAMPLE).rows
        asked: Recipe = recipe(scheduler=scheduler, steps=steps, count=3)
        assert evaluations(asked) == 3 * len(rows)


def test_polls_of_a_long_queue_cost_one_query_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_house(tmp_path) as house:
        guest = house.guest()
        ids = [guest.submit() for _ in range(40)]
        asked: list[str] = []
        read = house.store.read
        monkeypatch.setattr(house.store, "read", lambda work, *more: (asked.append("read"), read(work, *more))[1])
        status(guest, ids[0])
        per_poll = len(asked)
        asked.clear()
        with ThreadPoolExecutor(4) as pool:
            assert all(body["status"] == "QUEUED" for body in pool.map(lambda id: status(guest, id), ids))
        assert len(asked) < per_poll * len(ids)
