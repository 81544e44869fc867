"""When a message is tried again, and when a receiver is left alone."""

from __future__ import annotations

import pytest

from imagend.core.delivery import MAX_TRIES, PAUSES_SECONDS, Attempt, error_of, next_pause, target_pause, width


def failed(status: int | None = 500, retry_after: float | None = None) -> Attempt:
    return Attempt(latency_seconds=0.1, status=status, error="status", retry_after_seconds=retry_after)


def test_eleven_tries_in_two_days_seven_of_them_in_the_results_hour() -> None:
    pauses = [next_pause(tries, failed(), 0.0) for tries in range(1, 13)]
    assert pauses == [5, 30, 120, 300, 900, 1800, 7200, 18_000, 36_000, 86_400, None, None]
    assert MAX_TRIES == 11
    assert sum(PAUSES_SECONDS[:6]) < 3600
    assert 41 * 3600 < sum(PAUSES_SECONDS) < 43 * 3600


def test_pauses_spread_by_a_fifth() -> None:
    assert next_pause(2, failed(), -1.0) == pytest.approx(24)
    assert next_pause(2, failed(), 1.0) == pytest.approx(36)


@pytest.mark.parametrize(
    ("status", "asked", "pause"),
    [
        (429, 60.0, 60.0),
        (503, 60.0, 60.0),
        (502, 60.0, 60.0),
        (504, 60.0, 60.0),
        (503, 1.0, 5.0),  # never sooner than the schedule
        (503, 1e9, 3600.0),
        (503, -5.0, 5.0),
        (503, None, 5.0),
        (500, 60.0, 5.0),  # not one that may ask
        (404, 60.0, 5.0),
        (None, None, 5.0),
    ],
)
def test_busy_receivers_are_left_alone_as_long_as_they_ask(
    status: int | None, asked: float | None, pause: float
) -> None:
    assert next_pause(1, failed(status, asked), 0.0) == pause


def test_gone_is_the_end() -> None:
    assert next_pause(1, failed(410), 0.0) is None


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (204, None), (299, None), (301, "redirect"), (304, "redirect"), (410, "gone"), (404, "status"),
     (500, "status")],
)  # fmt: skip
def test_what_counts_as_delivered(status: int, error: str | None) -> None:
    assert error_of(status) == error


def test_breaker() -> None:
    assert target_pause(19, failed()) == 0
    assert target_pause(20, failed()) == 60
    assert target_pause(1, failed(503, 120.0)) == 120
    assert target_pause(20, failed(503, 10.0)) == 60
    assert (width(19, 2), width(20, 2), width(0, 5)) == (2, 1, 5)
