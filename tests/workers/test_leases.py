from __future__ import annotations

import pytest

from imagend.core.wire import Assignment, Notice, Pulse
from imagend.workers.leases import MAX_EARLY, LeaseBook
from tests.desk.house import Clock
from tests.workers.gateway import recipe


@pytest.fixture
def clock() -> Clock:
    return Clock(100.0)


@pytest.fixture
def book(clock: Clock) -> LeaseBook:
    return LeaseBook(clock, fence_seconds=20.0)


def job(job_id: str = "j", token: str = "t", count: int = 1, solo: bool = False) -> Assignment:
    return Assignment(
        job_id=job_id, token=token, attempt=1, solo=solo, recipe=recipe(count=count), deadline_in_seconds=60.0
    )


def test_only_one_thread_speaks_for_a_job(book: LeaseBook) -> None:
    held = book.enter(job())
    assert [book.drop(held), book.drop(held)] == [True, False]
    assert not book.holds(held)


def test_newer_lease_of_a_job_replaces_the_older(book: LeaseBook) -> None:
    old = book.enter(job(token="old"))
    new = book.enter(job(token="new"))
    assert (book.holds(old), book.holds(new), book.drop(old)) == (False, True, False)
    assert book.stock()[1] == {"j": "new"}


def test_answer_for_an_older_token_means_nothing(book: LeaseBook, clock: Clock) -> None:
    sent = {"j": "old"}
    new = book.enter(job(token="new"))
    assert book.hear(sent, {"j": Pulse(held=False)}, clock.now) == 0
    assert book.holds(new)


@pytest.mark.parametrize("pulses", [{}, {"j": Pulse(held=False)}])
def test_lease_that_the_gateway_does_not_know_is_dropped(book: LeaseBook, pulses: dict[str, Pulse]) -> None:
    held = book.enter(job())
    assert book.hear(book.stock()[1], pulses, 100.0) == 1
    assert not book.holds(held)


@pytest.mark.parametrize("over", [False, True])
def test_a_lost_lease_says_whether_anybody_goes_on(book: LeaseBook, *, over: bool) -> None:
    held = book.enter(job())
    book.hear(book.stock()[1], {"j": Pulse(held=False, over=over)}, 100.0)
    assert held.over is over
    held = book.enter(job())
    book.obey([Notice(job_id="j", token="t", held=False, over=over)])
    assert held.over is over


def test_a_lease_that_ends_with_its_last_word_is_no_loss(book: LeaseBook) -> None:
    """The beat, or the news, crosses the completion: the gateway has closed the job, its answer is on the way here."""
    held = book.enter(job())
    sent = book.stock()[1]
    assert book.close(held)
    assert book.hear(sent, {"j": Pulse(held=False)}, 100.0) == 0
    assert book.obey([Notice(job_id="j", token="t", held=False)]) == 0
    assert book.drop(held)


def test_a_beat_renews_the_deadline(book: LeaseBook) -> None:
    held = book.enter(job())
    book.hear(book.stock()[1], {"j": Pulse(held=True, deadline_in_seconds=5.0)}, 100.0)
    assert held.deadline_at == 105.0


@pytest.mark.parametrize("early", [False, True], ids=["held", "on its way"])
def test_news_are_obeyed_also_when_they_overtake_the_lease(book: LeaseBook, early: bool) -> None:
    gone = Notice(job_id="j", token="t", held=False)
    if early:
        assert book.obey([gone]) == 0
        held = book.enter(job())
    else:
        held = book.enter(job())
        assert book.obey([gone]) == 1
    assert not book.holds(held)
    assert book.holds(book.enter(job(token="next")))


@pytest.mark.parametrize("early", [False, True], ids=["held", "on its way"])
def test_wanted_previews_are_heard(book: LeaseBook, early: bool) -> None:
    wanted = [Notice(job_id="j", token="t", held=True, previews=4)]
    book.obey(wanted if early else [])
    held = book.enter(job())
    book.obey([] if early else wanted)
    assert held.previews == 4


def test_news_of_an_older_lease_mean_nothing(book: LeaseBook) -> None:
    held = book.enter(job(token="new"))
    assert book.obey([Notice(job_id="j", token="old", held=False)]) == 0
    assert book.holds(held)


def test_early_news_are_bounded(book: LeaseBook) -> None:
    book.obey(Notice(job_id="j", token=str(number), held=False) for number in range(1000))
    assert len(book._early) == MAX_EARLY
    assert not book.holds(book.enter(job(token="999")))
    assert book.holds(book.enter(job(token="0")))


def test_fence_counts_from_the_moment_a_beat_was_sent(book: LeaseBook, clock: Clock) -> None:
    """The answer may have been on its way for long; the gateway's lease runs from when it was written there."""
    held = book.enter(job())
    sent_at, clock.now = 105.0, 119.0
    book.hear(book.stock()[1], {"j": Pulse(held=True, deadline_in_seconds=60.0)}, sent_at)
    clock.now = 125.0
    assert book.fence() == 0
    clock.now = 125.1
    assert book.fence() == 1
    assert not book.holds(held)


def test_book_counts_pictures_and_knows_solo_jobs(book: LeaseBook) -> None:
    book.enter(job("a", count=3))
    assert (book.pictures, book.has_solo) == (3, False)
    book.enter(job("b", count=1, solo=True))
    assert (book.pictures, book.has_solo, len(book)) == (4, True, 2)
