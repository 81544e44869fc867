"""What one gateway learns the others hear of, and nothing breaks when they do not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from imagend.core.errors import Unauthenticated
from imagend.core.job import Job, State
from imagend.core.wire import Notice, Preview, Report, Reports
from imagend.desk.hints import Hints, KeysChanged, Missed, Rang
from imagend.desk.live import SILENCE_SECONDS
from imagend.desk.watchers import BELIEVED_SECONDS
from tests.desk.house import House, fast_folder, order, token
from tests.desk.lines import End, Line, two_houses

Two = tuple[House, House, Line]


@pytest.fixture
def two() -> Iterator[Two]:
    with fast_folder() as folder, two_houses(folder) as houses:
        yield houses


def running(two: Two) -> Job:
    """A job whose worker speaks to the first gateway."""
    here, _, line = two
    here.desk.submit(here.account(), order())
    [job] = here.claim("w1")
    line.carry()
    return job


def told(house: House, job: Job, done: int, *pictures: int) -> None:
    drawn = tuple(Preview(done=number, media_type="image/jpeg", data=b"%d" % number) for number in pictures)
    report = Report(job_id=job.id, token=token(job), done=done, total=12, previews=drawn)
    house.desk.live.report(Reports(worker_id="w1", jobs=(report,)))


def notices(house: House) -> list[Notice]:
    return list(house.desk.live.news.after("w1", 0).leases)


def ids(house: House, job: Job, after: int = 0) -> list[int]:
    return [moment.id for moment in house.desk.live.since(job, after)]


def test_bells_ring_everywhere_once(two: Two) -> None:
    here, there, line = two
    rung: list[str] = []
    for house in (here, there):
        house.bell.subscribe("queue", lambda: rung.append("queue"))
    here.bell.ring("queue")
    here.bell.ring("queue")
    assert rung == ["queue"] * 2
    line.carry()
    assert rung == ["queue"] * 3


def test_a_cancel_at_another_gateway_reaches_the_worker(two: Two) -> None:
    here, there, line = two
    job = running(two)
    there.desk.abandon(job.account_id, job.id)
    assert notices(here) == []
    line.carry()
    assert notices(here) == [Notice(job_id=job.id, token=token(job), held=False, over=True)]


def test_a_worker_may_hear_its_news_at_another_gateway_than_it_claimed(two: Two) -> None:
    here, there, line = two
    job = running(two)
    here.desk.abandon(job.account_id, job.id)
    line.carry()
    lost = [Notice(job_id=job.id, token=token(job), held=False, over=True)]
    assert notices(there) == lost
    heard = here.desk.live.news.after("w1", 0).number
    assert list(there.desk.live.news.after("w1", heard).leases) == lost, "numbers of gateways lie far apart"


def test_a_cancel_that_overtakes_the_claim(two: Two) -> None:
    here, there, line = two
    here.desk.submit(here.account(), order())
    [job] = here.claim("w1")
    claimed, line.waiting = line.waiting, []
    there.desk.abandon(job.account_id, job.id)
    line.carry()
    line.waiting = claimed
    line.carry()
    assert notices(there) == [Notice(job_id=job.id, token=token(job), held=False, over=True)]


def test_a_gateway_that_was_started_after_the_claim_learns_from_the_heartbeat(two: Two) -> None:
    here, there, line = two
    here.desk.submit(here.account(), order())
    [job] = here.claim("w1")
    line.waiting.clear()
    assert there.desk.renew("w1", {job.id: token(job)})[job.id].held
    told(there, job, 3)
    assert ids(there, job) == [job.tries * 10_000_000 + 32]
    here.desk.abandon(job.account_id, job.id)
    lost = there.desk.renew("w1", {job.id: token(job)})[job.id]
    assert (lost.held, lost.over) == (False, True)
    line.carry()
    assert notices(there) == [Notice(job_id=job.id, token=token(job), held=False, over=True)]


def test_what_its_worker_has_ended_is_no_news(two: Two) -> None:
    here, there, line = two
    here.finish(running(two))
    line.carry()
    assert notices(here) == notices(there) == []


def test_progress_is_the_same_everywhere(two: Two) -> None:
    here, there, line = two
    job = running(two)
    told(here, job, 3)
    told(here, job, 5)
    line.carry()
    seen = there.desk.live.latest(job)
    assert seen == here.desk.live.latest(job)
    assert seen is not None
    assert seen.done == 5
    assert there.desk.live.claimed_at(job.id) == here.desk.live.claimed_at(job.id)
    assert set(ids(there, job)) < set(ids(here, job)), "only the newest of what waits is sent"


def test_progress_needs_no_earlier_hint(two: Two) -> None:
    here, there, line = two
    here.desk.submit(here.account(), order())
    [job] = here.claim("w1")
    line.waiting.clear()
    told(here, job, 3)
    line.carry()
    assert ids(there, job) == ids(here, job)
    there.desk.abandon(job.account_id, job.id)
    told(here, job, 4)
    assert ids(there, job) == [job.tries * 10_000_000 + 32]


def test_previews_are_drawn_and_seen_for_a_watcher_at_another_gateway(two: Two) -> None:
    here, there, line = two
    job = running(two)
    seen = threading.Event()
    there.desk.live.subscribe(job.id, seen.set)
    stop = there.desk.live.watch(job.id, 3)
    line.carry()
    assert [notice.previews for notice in notices(here)] == [3]
    told(here, job, 4, 2, 4)
    line.carry()
    assert seen.wait(10)
    there.desk.live._reader.submit(lambda: None).result()  # behind the reading of the pictures
    assert ids(there, job) == ids(here, job)
    assert there.desk.live.since(job, 0) == here.desk.live.since(job, 0)
    stop()
    line.carry()
    assert [notice.previews for notice in notices(here)] == [3, 0]


def test_who_comes_later_catches_up(two: Two) -> None:
    here, there, line = two
    job = running(two)
    told(here, job, 4, 2, 4)
    line.carry()
    assert len(ids(there, job)) == 1
    there.desk.live.catch_up(job, 0)
    there.desk.live.catch_up(job, 0)
    assert ids(there, job) == ids(here, job)


def test_a_wish_for_previews_is_known_at_the_claim_and_ends_with_its_gateway(two: Two) -> None:
    here, there, line = two
    account = here.account()
    job = here.desk.submit(account, order())
    there.desk.live.watch(job.id, 5)
    line.carry()
    assert here.desk.live.wanted(job) == 5
    here.clock.now += BELIEVED_SECONDS - 1
    there.desk.live.remind()
    line.carry()
    here.clock.now += BELIEVED_SECONDS - 1
    assert here.desk.live.wanted(job) == 5
    here.clock.now += 2
    assert here.desk.live.wanted(job) == 0
    here.desk.live.remind()
    assert not here.desk.live._watchers._elsewhere


def test_a_revoked_key_is_forgotten_everywhere(two: Two) -> None:
    here, there, line = two
    secret, key = here.accounts.create_key("x")
    assert there.accounts.authenticate(secret) == key
    here.accounts.revoke(key.id)
    assert there.accounts.authenticate(secret) == key
    line.carry()
    with pytest.raises(Unauthenticated):
        there.accounts.authenticate(secret)


def test_a_new_key_is_no_stranger_for_long(two: Two) -> None:
    here, there, line = two
    with pytest.raises(Unauthenticated):
        there.accounts.authenticate("SG_0123456789abcdef")
    here.accounts.create_key("x", secret="SG_0123456789abcdef")
    line.carry()
    there.accounts.authenticate("SG_0123456789abcdef")


def test_after_a_gap_keys_are_looked_up_again(two: Two) -> None:
    here, there, line = two
    secret, key = here.accounts.create_key("x")
    there.accounts.authenticate(secret)
    here.accounts.revoke(key.id)
    line.waiting.clear()
    line.ends[1].hear("")
    with pytest.raises(Unauthenticated):
        there.accounts.authenticate(secret)


def test_without_hints_rows_alone_decide(two: Two) -> None:
    here, there, _ = two
    here.desk.submit(here.account(), order())
    [job] = here.claim("w1")
    assert there.desk.look(job.account_id, job.id).state is State.PROCESSING
    there.desk.abandon(job.account_id, job.id)
    assert not here.desk.renew("w1", {job.id: token(job)})[job.id].held


def test_progress_is_seen_without_hints_a_heartbeat_later(two: Two) -> None:
    """Nobody is told anything; who asks finds what the last heartbeat has written."""
    here, there, line = two
    here.desk.submit(here.account(), order())
    [job] = here.claim("w1")
    for done in (5, 9):
        told(here, job, done, done)
        here.desk.renew("w1", {job.id: token(job)})
        line.waiting.clear()
        here.clock.now += SILENCE_SECONDS
        until_seen(there, job, done)
    looked_at = there.desk.live._stories[job.id].looked_at
    here.clock.now += SILENCE_SECONDS / 2
    there.desk.live.latest(job)
    assert there.desk.live._stories[job.id].looked_at == looked_at, "it is not looked up again so soon"


def until_seen(house: House, job: Job, done: int) -> None:
    rung = threading.Event()
    end = house.desk.live.subscribe(job.id, rung.set)
    try:
        house.desk.live.latest(job)  # begins to read, in a thread
        assert rung.wait(30), "what is read in between rings"
        latest = house.desk.live.latest(job)
        assert latest is not None
        assert (latest.tries, latest.done, latest.total) == (job.tries, done, 12)
        assert [one.done for one in house.desk.live.since(job, 0) if one.preview][-1] == done
    finally:
        end()


def test_hints_of_newer_gateways_and_rubbish_are_not_heard() -> None:
    line = Line()
    hints, heard = Hints(End(line)), list[object]()
    hints.subscribe(Rang, heard.append)
    hints.subscribe(Missed, heard.append)
    for text in ('["z",1]', '["r"]', '["r","a","b"]', "[]", "{", "7", '{"r":1}'):
        line.ends[0].hear(text)
    assert heard == []
    line.ends[0].hear('["r","a"]')
    assert heard == [Rang("a")]


def test_a_callback_that_fails_keeps_none_from_hearing() -> None:
    line = Line()
    hints, heard = Hints(End(line)), list[object]()
    hints.subscribe(KeysChanged, lambda _: 1 / 0)  # type: ignore[arg-type,return-value]
    hints.subscribe(KeysChanged, heard.append)
    line.ends[0].hear('["k"]')
    assert heard == [KeysChanged()]
