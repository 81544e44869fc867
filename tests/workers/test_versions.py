"""Old workers with today's gateway, today's workers with an old gateway, and gateways that change under way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from imagend.core import wire
from imagend.core.errors import BadSetting, TermsChanged
from imagend.core.job import State
from imagend.provenance.keys import load_credentials, new_credentials
from imagend.workers.link import GatewayRefused, Link, Patience
from imagend.workers.main import WorkerOptions, seal_of
from tests.desk.house import COST
from tests.workers import version_one as old
from tests.workers.gateway import TOKEN, Gateway, fresh_gateway, until
from tests.workers.toy import TICKS, read_ticks

QUICK = Patience(total_seconds=5.0, first_pause_seconds=0.01, longest_pause_seconds=0.1)


@pytest.fixture
def worker(gateway: Gateway) -> Iterator[old.OldWorker]:
    with old_http(gateway) as http:
        yield old.OldWorker(http)


def old_http(gateway: Gateway) -> httpx.Client:
    transport = httpx.HTTPTransport(uds=gateway.socket)
    return httpx.Client(base_url="http://gateway", transport=transport, headers={"x-worker-token": TOKEN}, timeout=30)


def test_worker_of_the_first_version_works_for_todays_gateway(gateway: Gateway, worker: old.OldWorker) -> None:
    """Its whole life: claim, repeat after a lost answer, beat, news, report, upload, complete, fail, release, leave."""
    done, failed, back = (gateway.submit(prompt) for prompt in ("done", "failed", "back"))
    for _ in range(2):
        worker.job = {}
        first = worker.post("claim", old.CLAIM.replace('"max_jobs":8', '"max_jobs":1'))["jobs"]
    assert [job["job_id"] for job in first] == [done]
    worker.job = first[0]
    pulse = worker.post("beat", old.BEAT)["leases"][done]
    assert (pulse["held"], pulse["deadline_in_seconds"] > 0) == (True, True)
    assert worker.post("news", old.NEWS)["leases"] == []
    worker.post("report", old.REPORT)
    worker.upload(b"picture")
    for _ in range(2):
        worker.post("complete", old.COMPLETE)
    assert gateway.look(done).state is State.COMPLETED
    for job_id, verb, text in ((failed, "fail", old.FAIL), (back, "release", old.RELEASE)):
        claim = old.CLAIM.replace("7a1c", job_id[:4]).replace('"max_jobs":8', '"max_jobs":1')
        (worker.job,) = worker.post("claim", claim)["jobs"]
        assert worker.job["job_id"] == job_id
        worker.post(verb, text)
    worker.post("leave", old.LEAVE)
    assert (gateway.look(failed).attempt, gateway.look(back).releases) == (1, 1)
    assert gateway.house.accounts.balance(gateway.account).spent == COST


def test_old_workers_beat_takes_nothing_from_it(gateway: Gateway, worker: old.OldWorker) -> None:
    """It lists what it holds, but promises nothing about the rest."""
    first, second = gateway.submit("first"), gateway.submit("second")
    jobs = worker.post("claim", old.CLAIM)["jobs"]
    worker.job = jobs[0]
    worker.post("beat", old.BEAT)
    assert {gateway.look(job_id).state for job_id in (first, second)} == {State.PROCESSING}


def test_todays_worker_processes_work_for_a_gateway_of_the_first_version() -> None:
    filters: list[old.OldGateway] = []

    def wrap(app: ASGIApp) -> ASGIApp:
        filters.append(old.OldGateway(app))
        return filters[-1]

    with fresh_gateway(wrap=wrap) as gateway:
        gateway.ready_pool("fast", own_terms=None)
        job = gateway.wait(gateway.submit(count=2))
        assert (job.state, job.attempt) == (State.COMPLETED, 1)
        assert set(filters[0].refused) == {"/internal/hello"}, "asked once, and taken at its word"


class Upgraded:
    """Yesterday's gateway until `now`."""

    def __init__(self, app: ASGIApp) -> None:
        self._today, self._yesterday = app, old.OldGateway(app)
        self.now = False
        self.away = False  # nobody answers for a proxy before it
        self.turned_away = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.away and scope["type"] == "http":
            self.turned_away += 1
            await PlainTextResponse("no gateway", 503)(scope, receive, send)
            return
        await (self._today if self.now else self._yesterday)(scope, receive, send)


@pytest.mark.parametrize("upgrade", [True, False])
def test_gateway_may_change_its_version_under_a_working_link(upgrade: bool) -> None:
    with fresh_gateway(wrap=Upgraded) as gateway:
        app = gateway.app
        assert isinstance(app, Upgraded)
        app.now = not upgrade
        link = Link(gateway.socket, TOKEN, "w1", patience=QUICK)
        assert link.hello().version == (1 if upgrade else 2)
        job_id = gateway.submit()
        (job,) = link.claim(("toy",), 1, True, 5.0, number=1).jobs
        app.now = upgrade
        assert link.beat({job_id: job.token}, 2)[job_id].held, "the next word is said in the version that is spoken now"
        link.release(job_id, job.token)
        link.close()
        until(lambda: gateway.look(job_id).state is State.QUEUED)


@pytest.mark.parametrize("upgrade", [True, False], ids=["upgrade", "back"])
def test_jobs_in_flight_are_completed_while_the_gateway_changes_its_version(upgrade: bool, tmp_path: Path) -> None:
    """Worker processes of today; the gateway is away between the two versions. Jobs run and wait meanwhile."""
    ticks = [tmp_path / f"ticks-{number}" for number in range(3)]
    with fresh_gateway(wrap=Upgraded) as gateway:
        app = gateway.app
        assert isinstance(app, Upgraded)
        app.now = not upgrade
        gateway.ready_pool("slow", own_terms=None)
        running = [gateway.submit(f"abc {TICKS}{file}", steps=20) for file in ticks]
        until(lambda: all(read_ticks(file) for file in ticks))
        app.away = True
        waiting = [gateway.submit() for _ in range(12)]
        assert {gateway.look(job_id).state for job_id in running} == {State.PROCESSING}
        until(lambda: app.turned_away > 3)
        app.now, app.away = upgrade, False
        ends = [gateway.wait(job_id) for job_id in running + waiting]
        assert {(job.state, job.attempt) for job in ends} == {(State.COMPLETED, 1)}
        assert [len(read_ticks(file)) for file in ticks] == [20] * 3, "none was begun again"
        assert gateway.house.accounts.balance(gateway.account).spent == len(ends) * COST


@pytest.mark.parametrize("upgrade", [True, False], ids=["upgrade", "back"])
def test_a_worker_of_the_first_version_ends_its_job_at_a_gateway_of_another_one(upgrade: bool) -> None:
    with fresh_gateway(wrap=Upgraded) as gateway:
        app = gateway.app
        assert isinstance(app, Upgraded)
        app.now = not upgrade
        job_id = gateway.submit()
        with old_http(gateway) as http:
            worker = old.OldWorker(http)
            worker.claim()
            worker.post("report", old.REPORT)
            app.now = upgrade
            assert worker.post("beat", old.BEAT)["leases"][job_id]["held"]
            worker.upload(b"picture")
            worker.post("complete", old.COMPLETE)
            worker.post("leave", old.LEAVE)
        assert (gateway.look(job_id).state, gateway.look(job_id).attempt) == (State.COMPLETED, 1)
        assert gateway.house.accounts.balance(gateway.account).spent == COST


def test_nothing_in_common_is_said(gateway: Gateway) -> None:
    transport = httpx.HTTPTransport(uds=gateway.socket)
    headers = {"x-worker-token": TOKEN, "x-imagend-protocol": "9"}
    with httpx.Client(base_url="http://gateway", transport=transport, headers=headers) as http:
        answer = http.post("/internal/hello", json={"worker_id": "w", "oldest": 9, "newest": 12, "mood": "new"})
        assert (answer.status_code, answer.json()["code"]) == (400, "other_protocol")
        assert "from 1 to 2, not 9 to 12" in answer.json()["error"]
        answer = http.post("/internal/hello", json={"worker_id": "w", "oldest": 2, "newest": 12, "mood": "new"})
        assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_work_and_signatures_are_refused_under_terms_that_have_changed() -> None:
    with fresh_gateway(terms=wire.Terms(digest="new"), sign=lambda data: data) as gateway:
        job_id = gateway.submit()
        link = Link(gateway.socket, TOKEN, "w1", patience=QUICK)
        link.terms = wire.Terms(digest="old")
        with pytest.raises(TermsChanged):
            link.claim(("toy",), 1, True, 0.0)
        link.hello()
        (job,) = link.claim(("toy",), 1, True, 5.0).jobs
        assert link.sign((job_id, job.token), b"claim") == b"claim"
        link.terms = wire.Terms(digest="old")
        with pytest.raises(TermsChanged):
            link.sign((job_id, job.token), b"claim")
        link.close()


def test_a_gateway_without_a_key_signs_nothing(gateway: Gateway) -> None:
    job_id = gateway.submit()
    link = Link(gateway.socket, TOKEN, "w1", patience=QUICK)
    (job,) = link.claim(("toy",), 1, True, 5.0).jobs
    with pytest.raises(GatewayRefused, match="signs nothing"):
        link.sign((job_id, job.token), b"claim")
    link.close()


def test_signing_files_must_be_the_gateways(gateway: Gateway, tmp_path: Path) -> None:
    files = []
    for name in ("ours", "theirs"):
        files.append(tmp_path / f"{name}.pem")
        files[-1].write_bytes(new_credentials(time.time()))
    ours, theirs = files
    link = Link(gateway.socket, TOKEN, "w1", patience=QUICK)
    chain = load_credentials(ours, ours).chain.decode()
    terms = wire.Terms(version=2, digest="d", provenance="c2pa+watermark", certificates=chain)
    options = WorkerOptions(
        address="", token_file=ours, worker_id="w1", signing_certificate=ours, signing_key=ours
    )  # fmt: skip
    here, there = seal_of(options, terms, link), seal_of(replace(options, signing_key=None), terms, link)
    assert here.receipt(True) == there.receipt(True), "the same signer and the same mark, wherever the key is"
    with pytest.raises(BadSetting, match="is not the certificate of the gateway"):
        seal_of(replace(options, signing_certificate=theirs, signing_key=theirs), terms, link)
    assert seal_of(options, wire.Terms(), link).mark_id() == here.mark_id(), "a gateway of version 1 cannot say"
    link.close()
