"""The worker's side of the protocol, with the gateway away, slow, or losing its answers."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imagend.core.errors import StaleLease
from imagend.core.job import State
from imagend.core.outcome import Failure, ImageRef, Success
from imagend.core.wire import Assignment
from imagend.workers.link import GatewayRefused, GatewayUnreachable, Link, Patience
from tests.desk.house import COST
from tests.workers.gateway import TOKEN, Gateway, fresh_gateway

#: httpcore leaves the socket of a refused connection to the garbage collector, which says so.
away = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
QUICK = Patience(total_seconds=5.0, first_pause_seconds=0.01, longest_pause_seconds=0.1)


class LostAnswers:
    """Carries every request out and cuts the connection instead of answering, once per path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.cut: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if not path.startswith("/internal") or path in self.cut:
            await self._app(scope, receive, send)
            return
        self.cut.add(path)
        await self._app(scope, receive, _swallow)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        raise ConnectionResetError("cut by the test")


async def _swallow(message: Message) -> None:
    """The answer is lost."""


@contextmanager
def link_to(gateway: Gateway, token: str = TOKEN, patience: Patience = QUICK) -> Iterator[Link]:
    link = Link(gateway.socket, token, "w1", patience=patience, answer_seconds=5.0)
    yield link
    link.close()


def claim_one(link: Link) -> Assignment:
    (job,) = link.claim(("toy",), 1, True, 5.0).jobs
    return job


def store_picture(link: Link, job: Assignment, data: bytes = b"picture") -> Success:
    key = link.upload(job.job_id, job.token, 0, "image/jpeg", data)
    digest = hashlib.sha256(data).hexdigest()
    image = ImageRef(key=key, media_type="image/jpeg", width=1, height=1, seed=7, sha256=digest, size=len(data))
    return Success(images=(image,))


@pytest.fixture
def link(gateway: Gateway) -> Iterator[Link]:
    with link_to(gateway) as link:
        yield link


@pytest.fixture
def lossy() -> Iterator[Gateway]:
    with fresh_gateway(wrap=LostAnswers) as gateway:
        yield gateway


@pytest.fixture
def lossy_link(lossy: Gateway) -> Iterator[Link]:
    with link_to(lossy) as link:
        yield link


def test_lost_answers_change_nothing(lossy: Gateway, lossy_link: Link) -> None:
    """Claim, upload and complete are carried out, their answers lost, and said again: one attempt, one payment."""
    job_id = lossy.submit()
    job = claim_one(lossy_link)
    assert job.attempt == 1
    lossy_link.complete(job_id, job.token, store_picture(lossy_link, job))
    done = lossy.look(job_id)
    assert (done.state, done.attempt) == (State.COMPLETED, 1)
    assert lossy.house.accounts.balance(lossy.account).spent == COST
    assert len(list(lossy.house.blobs.list("r"))) == 1
    assert isinstance(lossy.app, LostAnswers)
    assert lossy.app.cut == {"/internal/hello", "/internal/claim", f"/internal/blobs/{job_id}/0", "/internal/complete"}


@pytest.mark.parametrize("verb", ["fail", "release"])
def test_lost_answer_to_the_other_last_words(lossy: Gateway, lossy_link: Link, verb: str) -> None:
    job_id = lossy.submit()
    job = claim_one(lossy_link)
    if verb == "fail":
        lossy_link.fail(job_id, job.token, Failure(code="backend_failed", message="m"), retryable=False)
        assert lossy.look(job_id).state is State.FAILED
    else:
        lossy_link.release(job_id, job.token)
        assert (lossy.look(job_id).state, lossy.look(job_id).releases) == (State.QUEUED, 1)


def test_stale_token_is_a_typed_error(gateway: Gateway, link: Link) -> None:
    gateway.submit()
    job = claim_one(link)
    success = store_picture(link, job)
    gateway.house.desk.worker_lost("w1")
    with pytest.raises(StaleLease):
        link.complete(job.job_id, job.token, success)
    with pytest.raises(StaleLease):
        link.upload(job.job_id, job.token, 0, "image/jpeg", b"late")
    assert gateway.look(job.job_id).state is State.QUEUED


def test_beat_renews(gateway: Gateway, link: Link) -> None:
    job_id = gateway.submit()
    job = claim_one(link)
    before = gateway.look(job_id).lease
    pulses = link.beat({job_id: job.token, "unknown": "x"})
    after = gateway.look(job_id).lease
    assert before
    assert after
    assert after.until > before.until
    assert (pulses[job_id].held, pulses["unknown"].held) == (True, False)
    gateway.house.desk.abandon(gateway.account, job_id)
    assert not link.beat({job_id: job.token})[job_id].held


def test_news_are_waited_for_and_repeated_after_a_lost_answer(lossy: Gateway, lossy_link: Link) -> None:
    job_id = lossy.submit()
    job = claim_one(lossy_link)
    lossy.house.desk.abandon(lossy.account, job_id)
    with pytest.raises(GatewayUnreachable):
        lossy_link.news(0, 5.0)  # the answer is cut; the listener asks again
    notices = lossy_link.news(0, 5.0)
    assert [(notice.job_id, notice.token, notice.held) for notice in notices.leases] == [(job_id, job.token, False)]
    threading.Timer(0.1, lossy.house.desk.live.news.post, ("w1", notices.leases[0])).start()
    asked_at = time.monotonic()
    assert lossy_link.news(notices.number, 20.0).number == notices.number + 1
    assert time.monotonic() - asked_at < 10
    assert lossy_link.news(notices.number + 1, 0.2).leases == ()


def test_wrong_token_is_not_repeated(gateway: Gateway) -> None:
    patient = Patience(total_seconds=600)
    with link_to(gateway, "wrong", patient) as link, pytest.raises(GatewayRefused, match="401 unauthenticated"):
        link.release("job", "token")


@away
def test_gateway_that_returns_is_found_again(gateway: Gateway, link: Link) -> None:
    gateway.submit()
    job = claim_one(link)
    gateway.shut()
    back = threading.Timer(0.3, gateway.open)
    back.start()
    link.release(job.job_id, job.token)
    back.join()
    assert gateway.look(job.job_id).releases == 1


@away
def test_patience_ends(gateway: Gateway) -> None:
    gateway.shut()
    short = replace(QUICK, total_seconds=0.2)
    with link_to(gateway, patience=short) as link, pytest.raises(GatewayUnreachable, match="POST /internal/release"):
        link.release("job", "token")
    gateway.open()


@away
def test_hurry_ends_it_at_once(gateway: Gateway) -> None:
    gateway.shut()
    with link_to(gateway, patience=Patience(total_seconds=600, first_pause_seconds=600)) as link:
        hurry = threading.Timer(0.1, link.hurry)
        hurry.start()
        with pytest.raises(GatewayUnreachable):
            link.release("job", "token")
        hurry.join()
    gateway.open()
