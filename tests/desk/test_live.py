"""The table of what goes on: order, fencing, bounds, and what workers are told."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagend.core.job import Job, State
from imagend.core.outcome import Failure
from imagend.core.wire import Notice, Preview, Report, Reports
from imagend.desk import live as hub
from imagend.desk.moments import END, TRY, Moment, end_id, status_id
from imagend.desk.moves import CANCELLED
from tests.desk.house import House, fast_folder, house_in, order, token

BROKEN = Failure(code="backend_failed", message="The model failed")


def picture(done: int, size: int = 10) -> Preview:
    return Preview(done=done, media_type="image/jpeg", data=bytes(size))


def told(house: House, job: Job, done: int, *previews: Preview, worker: str = "w1", lease: str | None = None) -> None:
    report = Report(job_id=job.id, token=lease or token(job), done=done, total=12, previews=previews)
    house.desk.live.report(Reports(worker_id=worker, jobs=(report,)))


def started(house: House, **changes: Any) -> Job:
    house.desk.submit(house.account(), order(**changes))
    [job] = house.claim()
    return job


def ids(moments: list[Moment]) -> list[int]:
    return [moment.id for moment in moments]


def heard(house: House, worker: str = "w1", after: int = 0) -> list[Notice]:
    return list(house.desk.live.news.after(worker, after).leases)


def test_progress_and_previews_come_in_order(house: House) -> None:
    job = started(house)
    told(house, job, 2)
    told(house, job, 7, picture(4), picture(7))
    moments = house.desk.live.since(job, 0)
    assert ids(moments) == [TRY + 22, TRY + 43, TRY + 72, TRY + 73]
    assert [moment.done for moment in moments if moment.preview] == [4, 7]
    assert house.desk.live.since(job, TRY + 43) == moments[2:]
    latest = house.desk.live.latest(job)
    assert latest
    assert (latest.done, latest.total, latest.at) == (7, 12, house.clock.now)


def test_reports_that_arrive_late_or_twice_change_nothing(house: House) -> None:
    job = started(house)
    for done in (5, 3, 5):
        told(house, job, done)
    told(house, job, 4, picture(4))
    assert ids(house.desk.live.since(job, 0)) == [TRY + 52]


@pytest.mark.parametrize("wrong", [{"worker": "w2"}, {"lease": "0" * 32}])
def test_words_about_another_lease_are_ignored(house: House, wrong: dict[str, str]) -> None:
    job = started(house)
    told(house, job, 5, **wrong)
    assert house.desk.live.latest(job) is None


def test_a_worker_whose_lease_was_taken_back_is_not_believed(house: House) -> None:
    job = started(house)
    house.desk.worker_lost("w1")
    told(house, job, 5)
    [again] = house.claim("w2")
    told(house, job, 6)
    told(house, again, 1, worker="w2")
    assert ids(house.desk.live.since(again, 0)) == [2 * TRY + 12]


def test_a_reader_with_an_old_row_does_not_see_a_newer_attempt(house: House) -> None:
    job = started(house)
    told(house, job, 5)
    house.desk.worker_lost("w1")
    [again] = house.claim("w2")
    told(house, again, 2, worker="w2")
    assert ids(house.desk.live.since(job, 0)) == [TRY + 52]
    assert ids(house.desk.live.since(again, 0)) == [TRY + 52, 2 * TRY + 22]


def test_subscribers_hear_of_every_report(house: House) -> None:
    job, rung = started(house), threading.Event()
    unsubscribe = house.desk.live.subscribe(job.id, rung.set)
    told(house, job, 1)
    assert rung.is_set()
    rung.clear()
    told(house, job, 1)  # nothing new
    assert not rung.is_set()
    unsubscribe()
    told(house, job, 2)
    assert not rung.is_set()


ENDINGS = {
    "cancelled": lambda house, job: house.desk.abandon(job.account_id, job.id, CANCELLED),
    "process lost": lambda house, job: house.desk.worker_lost("w1"),
    "lease ran out": lambda house, job: pass_time(house, house.policy.lease_seconds + 1),
    "deadline": lambda house, job: pass_time(house, house.policy.deadline_seconds + 60),
}


def pass_time(house: House, seconds: float) -> None:
    house.clock.now += seconds
    house.desk.sweep()


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_worker_hears_that_its_lease_is_gone(house: House, ending: str) -> None:
    job = started(house)
    ENDINGS[ending](house, job)
    over = ending in ("cancelled", "deadline")  # else somebody goes on with it
    assert heard(house) == [Notice(job_id=job.id, token=token(job), held=False, over=over)]


@pytest.mark.parametrize("word", ["complete", "fail", "retry", "release"])
def test_a_worker_is_not_told_what_it_said_itself(house: House, word: str) -> None:
    job = started(house)
    if word == "complete":
        house.finish(job)
    elif word == "release":
        house.desk.release(job.id, token(job))
    else:
        house.desk.fail(job.id, token(job), BROKEN, retryable=word == "retry")
    assert heard(house) == []


def test_a_lease_that_was_taken_back_before_it_was_noted_is_told_too(house: House) -> None:
    """The claim's transaction is done, its thread has not come to the table yet, and somebody cancels."""
    leased: list[Job] = []
    note = house.desk.live.leased
    house.desk.live.leased = leased.append  # type: ignore[method-assign]
    job = started(house)
    house.desk.abandon(job.account_id, job.id, CANCELLED)
    assert heard(house) == []
    note(leased[0])
    assert heard(house) == [Notice(job_id=job.id, token=token(job), held=False, over=True)]


@pytest.mark.parametrize("word", ["lost", "release"])
def test_a_lease_is_not_taken_for_the_one_before_it(house: House, word: str) -> None:
    """The job goes back, another worker has it already, and only then the table hears that it went back."""
    job = started(house)
    moved: list[Job] = []
    note = house.desk.live.moved
    house.desk.live.moved = lambda job, by_worker: moved.append(job)  # type: ignore[method-assign]
    if word == "lost":
        house.desk.worker_lost("w1")
    else:
        house.desk.release(job.id, token(job))
    [again] = house.claim("w2")
    note(moved[0], by_worker=False)
    assert heard(house, "w2") == []
    told(house, again, 3, worker="w2")
    assert ids(house.desk.live.since(again, 0)) == [2 * TRY + 32]


def test_watching_is_told_when_it_begins_and_ends_and_only_then(house: House) -> None:
    live, job = house.desk.live, started(house)
    ends = [live.watch(job.id, previews) for previews in (0, 3, 2, 30)]
    for end in ends:
        end()
        end()
    assert [notice.previews for notice in heard(house)] == [3, 10, 0]
    assert all(notice.held and notice.token == token(job) for notice in heard(house))


def test_previews_wanted_before_the_claim_come_with_it(house: House) -> None:
    account = house.account()
    queued = house.desk.submit(account, order())
    end = house.desk.live.watch(queued.id, 4)
    [job] = house.claim()
    assert house.desk.live.wanted(job) == 4
    assert heard(house) == []
    end()
    assert [notice.previews for notice in heard(house)] == [0]


def test_news_are_numbered_and_repeated_until_they_are_heard(house: House) -> None:
    news = house.desk.live.news
    for name in "abc":
        news.post("w1", Notice(job_id=name, token=name, held=False))
    assert [notice.job_id for notice in news.after("w1", 1).leases] == ["b", "c"]
    assert news.after("w1", 3).leases == ()
    assert news.after("w1", 3).number == 3
    assert [notice.job_id for notice in news.after("w1", 99).leases] == ["a", "b", "c"], "it knew an earlier gateway"
    assert news.after("w2", 0).number == 0


def test_old_pictures_make_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_PREVIEW_BYTES", 250)
    account = house.account()
    for _ in range(3):
        house.desk.submit(account, order())
    jobs = house.claim(most=3)
    for job in jobs:
        told(house, job, 3, picture(3, size=100))
    assert [sum(moment.preview is not None for moment in house.desk.live.since(job, 0)) for job in jobs] == [0, 1, 1]


def test_a_final_job_is_forgotten_after_a_while(house: House) -> None:
    job = started(house)
    told(house, job, 3, picture(3))
    done = house.finish(job)
    assert len(house.desk.live.since(done, 0)) == 2
    house.clock.now += hub.LINGER_SECONDS + 1
    house.finish(started(house))
    assert house.desk.live.since(done, 0) == []
    assert end_id(done) == TRY + END, "the row alone gives the id of the end"


WORDS = st.lists(st.sampled_from(["step", "lose", "release", "retry", "restart", "forget"]), max_size=20)


@settings(max_examples=60, deadline=None)
@given(words=WORDS)
def test_ids_of_a_job_only_grow(words: list[str]) -> None:
    """Over retries, hand-backs, restarts of the server, and a table that was forgotten in between."""
    seen: list[int] = []
    step = 0
    with fast_folder() as folder, house_in(folder) as house:
        queued = house.desk.submit(house.account(), order(deadline=1e6))
        seen.append(status_id(queued))
        for word in words:
            job = house.desk.look(queued.account_id, queued.id)
            if job.state is State.QUEUED:
                house.clock.now += 100
                [job] = house.claim()
                seen.append(status_id(job))
                step = 0
            step += 1
            told(house, job, step, picture(step))
            seen += ids(house.desk.live.since(job, seen[-1]))
            happen(house, job, word)
            if house.desk.look(job.account_id, job.id).state.final:
                break
        last = house.desk.abandon(queued.account_id, queued.id, CANCELLED)
        seen.append(end_id(last))
    assert seen == sorted(set(seen))


def happen(house: House, job: Job, word: str) -> None:
    match word:
        case "lose":
            house.desk.worker_lost("w1")
        case "release":
            house.desk.release(job.id, token(job))
        case "retry":
            house.desk.fail(job.id, token(job), BROKEN, retryable=True)
        case "restart":
            house.desk.recover("boot-2")
        case "forget":
            house.desk.live._stories.clear()
