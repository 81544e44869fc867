"""Every verb of the protocol when the network does what networks do: its answer is lost, it comes twice, it comes late.

What a worker says is written down as raw requests, so that they can be said again by hand at any later moment.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from imagend.core.job import Job, State
from tests.desk.house import COST
from tests.workers.gateway import TOKEN, Gateway, fresh_gateway

DATA = b"picture"
HEADERS = {"x-worker-token": TOKEN, "x-imagend-protocol": "2"}
PICTURE = {
    "key": "", "media_type": "image/jpeg", "width": 1, "height": 1, "seed": 7,
    "sha256": hashlib.sha256(DATA).hexdigest(), "size": len(DATA),
}  # fmt: skip
DIGESTS = {"sha256": PICTURE["sha256"], "md5": base64.b64encode(hashlib.md5(DATA).digest()).decode()}


@dataclass(slots=True)
class Talk:
    """A worker by hand, which has one leased job."""

    http: httpx.Client
    gateway: Gateway
    worker: str = "w1"
    job: dict[str, Any] = field(default_factory=dict)
    stored: str = ""

    def claim(self, claim_id: str = "c1", **changes: Any) -> httpx.Response:
        said = {
            "worker_id": self.worker, "claim_id": claim_id, "backends": ["toy"], "max_jobs": 4, "solo_ok": True,
            "number": 1,
        }  # fmt: skip
        return self.http.post("/internal/claim", json=said | changes)

    def take(self) -> Talk:
        (self.job,) = self.claim().json()["jobs"]
        return self

    @property
    def lease(self) -> dict[str, str]:
        return {"job_id": self.job["job_id"], "token": self.job["token"]}

    def say(self, verb: str) -> httpx.Response:
        """One of the verbs about the job."""
        if verb == "claim":
            return self.claim()
        if verb == "upload":
            headers = {"x-lease-token": self.job["token"], "content-type": "image/jpeg"}
            return self.http.put(f"/internal/blobs/{self.job['job_id']}/0", content=DATA, headers=headers)
        return self.http.post(f"/internal/{verb}", json=self._message(verb))

    def _message(self, verb: str) -> dict[str, Any]:
        failure = {"code": "backend_failed", "message": "m"}
        report = {**self.lease, "done": 1, "total": 5, "previews": []}
        return {
            "hello": {"worker_id": self.worker, "oldest": 1, "newest": 2},
            "leave": {"worker_id": self.worker},
            "beat": {"worker_id": self.worker, "leases": {self.job["job_id"]: self.job["token"]}, "settled": 2},
            "report": {"worker_id": self.worker, "jobs": [report]},
            "news": {"worker_id": self.worker, "heard": 0},
            "sign": {**self.lease, "terms": "", "data": base64.b64encode(b"claim").decode()},
            "target": {**self.lease, "index": 0, "media_type": "image/jpeg", **DIGESTS,
                       "size": len(DATA)},
            "complete": {**self.lease, "success": self._success() if verb == "complete" else {}},
            "fail": {**self.lease, "failure": failure, "retryable": True},
            "release": self.lease,
            "lost": {"worker_id": self.worker},
        }[verb]  # fmt: skip

    def _success(self) -> dict[str, Any]:
        return {"images": [PICTURE | {"key": self.key()}], "metrics": {}, "filtered": [], "notes": {}}

    def key(self) -> str:
        """Stored once: a message that is said again is the same one."""
        self.stored = self.stored or str(self.say("upload").json()["key"])
        return self.stored

    def look(self) -> Job:
        return self.gateway.look(self.job["job_id"])


@contextmanager
def talking(gateway: Gateway) -> Iterator[Talk]:
    transport = httpx.HTTPTransport(uds=gateway.socket)
    with httpx.Client(base_url="http://gateway", transport=transport, headers=HEADERS, timeout=30) as http:
        yield Talk(http, gateway)


@pytest.fixture
def talk() -> Iterator[Talk]:
    with fresh_gateway(sign=lambda data: b"signed " + data) as gateway, talking(gateway) as talk:
        gateway.submit()
        yield talk.take()


def shape(job: Job) -> tuple[State, int, int, int]:
    return job.state, job.attempt, job.crashes, job.releases


@dataclass(frozen=True, slots=True)
class Law:
    """What holds after a verb, however often it was said."""

    verb: str
    after: tuple[State, int, int, int]  # state, attempts, crashes, releases
    same: Callable[[Any], Any] = lambda answer: answer  # what of the answer is the same each time


RUNNING = (State.PROCESSING, 1, 0, 0)
LAWS = (
    Law("hello", RUNNING),
    Law("claim", RUNNING, lambda answer: [(job["job_id"], job["token"]) for job in answer["jobs"]]),
    Law("leave", RUNNING),
    Law("beat", RUNNING, lambda answer: {job: pulse["held"] for job, pulse in answer["leases"].items()}),
    Law("report", RUNNING),
    Law("news", RUNNING),
    Law("sign", RUNNING),
    Law("target", RUNNING),
    Law("upload", RUNNING),
    Law("complete", (State.COMPLETED, 1, 0, 0)),
    Law("fail", (State.QUEUED, 1, 0, 0)),
    Law("release", (State.QUEUED, 0, 0, 1)),
    Law("lost", (State.QUEUED, 1, 1, 0)),
)
BY_VERB = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.verb)


def test_every_verb_has_its_law(talk: Talk) -> None:
    app = talk.gateway.app
    paths = {route.path for route in app.routes}  # type: ignore[attr-defined]
    named = {f"/internal/{law.verb}" for law in LAWS if law.verb != "upload"}
    assert paths - {"/internal/blobs/{job_id}/{index:int}"} == named


@BY_VERB
def test_answer_lost_after_execution_and_said_again(talk: Talk, law: Law) -> None:
    first, again = talk.say(law.verb), talk.say(law.verb)
    assert (first.status_code, again.status_code) == (200, 200)
    assert law.same(again.json()) == law.same(first.json())
    assert shape(talk.look()) == law.after


@BY_VERB
def test_late_copy_after_the_job_has_gone_on_changes_nothing(talk: Talk, law: Law) -> None:
    """The copy arrives when another worker has the job."""
    before = talk.say(law.verb)
    assert before.status_code == 200
    if talk.look().state is State.PROCESSING:
        talk.say("release")
    if talk.look().state is State.COMPLETED:
        assert talk.say(law.verb).status_code == 200
        return
    other = Talk(talk.http, talk.gateway, worker="w2")
    (other.job,) = other.claim("other", wait_seconds=20, number=0).json()["jobs"]
    held = talk.look()
    late = talk.say(law.verb)
    assert talk.look() == held, "the late copy has moved a job that is another's"
    if law.verb in ("upload", "target", "sign", "complete"):
        assert (late.status_code, late.json()["code"]) == (409, "fenced")


@BY_VERB
def test_verb_after_the_last_word_changes_nothing(talk: Talk, law: Law) -> None:
    talk.say("complete")
    done = talk.look()
    answer = talk.say(law.verb)
    assert talk.look() == done
    assert answer.status_code == (409 if law.verb in ("sign", "target", "upload", "fail", "release") else 200)
    assert talk.gateway.house.accounts.balance(talk.gateway.account).spent == COST
