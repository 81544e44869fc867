"""What a backend says of its pictures reaches whoever judges them, previews included."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from imagend.core.errors import BackendFailure
from imagend.core.recipe import SafetyPolicy
from imagend.core.wire import Report
from imagend.engine.backend import Backend, Floats
from imagend.engine.engine import Engine
from imagend.engine.events import Broken, Event, Finished, Progress
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import picture_guard
from imagend.workers.leases import Held
from imagend.workers.reporting import Reporter
from tests.safety.painters import Father
from tests.workers.gateway import recipe
from tests.workers.toy import ToyBackend, Words

NOBODY = SafetyPolicy(people="DONT_ALLOW")
LAKE_AND_MAN = ("lake", "man")


class Wordless(ToyBackend):
    """A model whose testimony fails."""

    def describe(self, latents: Floats, conditioning: Words, width: int, height: int) -> tuple[str, ...]:
        raise RuntimeError("no words")


def events_of(backend: Backend[Words], previews: int = 0) -> list[Event]:
    engine = Engine({"toy": backend})
    engine.add("one", recipe(), previews=previews)
    found: list[Event] = []
    while not engine.idle:
        found += engine.step()
    return found


def test_pictures_and_previews_come_with_what_they_show() -> None:
    events = events_of(Father(), previews=2)
    assert [event.contents for event in events if isinstance(event, Finished)] == [LAKE_AND_MAN]
    shown = [event for event in events if isinstance(event, Progress) and event.preview is not None]
    assert [event.contents for event in shown] == [LAKE_AND_MAN] * 2


def test_a_backend_need_not_testify() -> None:
    assert [event.contents for event in events_of(ToyBackend(0.0)) if isinstance(event, Finished)] == [()]


def test_a_testimony_that_fails_breaks_the_job() -> None:
    *_, last = events_of(Wordless(0.0))
    assert isinstance(last, Broken)
    assert isinstance(last.error, BackendFailure)


class Gathering:
    """The end of a link that keeps what it is told."""

    def __init__(self) -> None:
        self.reports: list[Report] = []

    def report(self, reports: Sequence[Report]) -> None:
        self.reports += reports


@pytest.mark.parametrize(("policy", "shown"), [(NOBODY, 0), (SafetyPolicy(), 2)])
def test_previews_that_must_not_be_shown_are_not_sent(policy: SafetyPolicy, shown: int) -> None:
    link = Gathering()
    reporter = Reporter(link, picture_guard(SafetyOptions()))  # type: ignore[arg-type]
    held = Held(
        job_id="job",
        token="t",
        attempt=1,
        solo=False,
        recipe=recipe(safety=policy),
        renewed_at=0.0,
        deadline_at=1e9,
    )
    for event in events_of(Father(), previews=2):
        if isinstance(event, Progress):
            reporter.note(held, event)
    reporter.flush(held)
    assert sum(len(report.previews) for report in link.reports) == shown
    assert link.reports[-1].previews == ()
