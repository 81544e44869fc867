"""The law of telling others: when a message is tried again, and when a receiver is left alone."""

from __future__ import annotations

from dataclasses import dataclass

#: Seconds after the first, second, ... failed try. The first seven tries fall into the hour in which a result can be
#: fetched; the last four tell the state only. Eleven tries in about 42 hours.
PAUSES_SECONDS = (5.0, 30.0, 120.0, 300.0, 900.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 86_400.0)
MAX_TRIES = len(PAUSES_SECONDS) + 1
JITTER = 0.2
BUSY = frozenset({429, 502, 503, 504})  # answers whose Retry-After is obeyed
MAX_RETRY_AFTER_SECONDS = 3600.0
BREAKER_FAILURES = 20  # in a row; then one try at a time, with pauses
BREAKER_SECONDS = 60.0
GIVE_UP_SECONDS = 3 * 86_400.0  # an endpoint that has failed for so long is disabled
GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one try went."""

    latency_seconds: float
    status: int | None = None  # HTTP; None: no answer
    error: str | None = None  # class of what went wrong; None: delivered
    retry_after_seconds: float | None = None  # what a busy receiver asked for


def error_of(status: int) -> str | None:
    """The error class of an answer; None for 2xx."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return "redirect"
    return "gone" if status == GONE else "status"


def next_pause(tries: int, attempt: Attempt, jitter: float) -> float | None:
    """Seconds to the next try after `tries` of them, the last being `attempt`; None: this was the last.
    jitter: uniform in [-1, 1]."""
    if tries >= MAX_TRIES or attempt.status == GONE:
        return None
    return max(PAUSES_SECONDS[tries - 1] * (1 + JITTER * jitter), asked_pause(attempt))


def asked_pause(attempt: Attempt) -> float:
    """How long a busy receiver wants to be left alone; 0 if it did not say, or is not one that may."""
    if attempt.status not in BUSY or attempt.retry_after_seconds is None:
        return 0.0
    return min(max(0.0, attempt.retry_after_seconds), MAX_RETRY_AFTER_SECONDS)


def target_pause(failures: int, attempt: Attempt) -> float:
    """Seconds for which nothing at all is sent to a target after so many failures in a row."""
    return max(BREAKER_SECONDS if failures >= BREAKER_FAILURES else 0.0, asked_pause(attempt))


def width(failures: int, per_target: int) -> int:
    """How many attempts to one target may run at once: while its breaker is open, one probe."""
    return 1 if failures >= BREAKER_FAILURES else per_target
