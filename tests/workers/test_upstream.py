"""What becomes of a job whose pictures another server makes, whatever that server says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from imagend.core.errors import BadParameter, ImagendError
from imagend.core.outcome import Metrics, Verdict
from imagend.core.recipe import Recipe
from imagend.core.secret import Secret
from imagend.core.upstreams import Upstream
from imagend.engine.events import Broken, Event, Finished, Progress, Withheld
from imagend.workers.finishing import failure_of
from imagend.workers.leases import Held
from imagend.workers.link import Patience
from imagend.workers.upstream.body import Wording, parts
from imagend.workers.upstream.door import Door
from imagend.workers.upstream.exchange import Exchange
from tests.workers.strange import COMPLETED, HANG_UP, ID, RESULT, RUNNING, STATUS, SUBMIT, Say, Strange, failed, png

KEY = "SG_secret0123456789"
BRIEF = Patience(total_seconds=0.3, first_pause_seconds=0.02, longest_pause_seconds=0.05)
RECIPE = Recipe(
    model="here", backend="upstream:twin", prompt="a ball", negative_prompt="", width=64, height=32, steps=10,
    guidance_scale=2.0, scheduler="DDIM", seed=7,
)  # fmt: skip
PUBLIC = "The model is not available at the moment."


@pytest.fixture
def there() -> Iterator[Strange]:
    with Strange() as server:
        yield server


class House:
    """An exchange with that server and one job."""

    def __init__(self, there: Strange, recipe: Recipe = RECIPE, attempt: int = 1, **settings: object) -> None:
        plain = Upstream(name="twin", url=there.url, poll_seconds=0.05, models={"here": "there"})
        upstream = replace(plain, **settings)  # type: ignore[arg-type]
        fields = None if upstream.honours_keys else frozenset({"prompt", "seed", "width", "height"})
        wording = Wording(slug="there", sizes={}, fields=fields)
        self.exchange = Exchange(Door(upstream, Secret(KEY)), {"here": wording}, patience=BRIEF)
        self.held = Held(
            job_id="job", token=f"t{attempt}", attempt=attempt, solo=False, recipe=recipe, renewed_at=0, deadline_at=0
        )
        self.events: list[Event] = []
        self.exchange.add(self.held)

    def run(self) -> list[Event]:
        """To the end of the job. Events save progress."""
        until = time.monotonic() + 30
        while not self.exchange.idle:
            assert time.monotonic() < until
            self.events += self.exchange.step()
        self.exchange.close()
        return [event for event in self.events if not isinstance(event, Progress)]

    def error(self) -> ImagendError:
        [event] = self.run()
        assert isinstance(event, Broken), event
        return event.error

    def operator_hears(self) -> str:
        """Of a failure that tells customers nothing."""
        error = self.error()
        assert error.message == PUBLIC
        assert error.code == "backend_failed"
        assert not error.retryable
        told = failure_of(error, Metrics()).detail
        assert KEY not in told
        return told


def test_a_picture_comes_with_progress(there: Strange) -> None:
    there.script(f"GET {STATUS}", RUNNING, COMPLETED)
    house = House(there)
    [picture] = house.run()
    assert isinstance(picture, Finished)
    assert (picture.pixels.shape, picture.seed, picture.left) == ((32, 64, 3), 7, 0)
    assert tuple(picture.pixels[0, 0]) == (200, 10, 10)
    assert [(event.done, event.total) for event in house.events if isinstance(event, Progress)] == [(5, 10)]
    [order] = there.of("POST")
    assert order.headers["x-api-key"] == KEY
    assert order.body["size"] == "64x32"
    assert order.body["add_watermark"] is False, "the mark is made here"
    assert order.body["negative_prompt"] == "", "else that server's default would be taken"


def test_the_key_of_an_order_is_the_jobs(there: Strange) -> None:
    for attempt in (1, 2):
        House(there, attempt=attempt).run()
    first, second = there.of("POST")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body
    assert "job" not in first.headers["idempotency-key"]


@pytest.mark.parametrize("kind", ["imagend", "segmind"])
def test_a_full_house_is_waited_for(there: Strange, kind: str) -> None:
    """Longer than servers are waited for that are away."""
    busy = Say(status=429, body={"error": "rate_limit_exceeded"}, headers={"retry-after": "0.1"})
    there.script(f"POST {SUBMIT}", *[busy] * 6, Say(body={"request_id": ID}))
    assert isinstance(House(there, kind=kind).run()[0], Finished)
    assert len(there.of("POST")) == 7


@pytest.mark.parametrize("trouble", [Say(status=500), Say(status=502), HANG_UP])
def test_trouble_passes_and_the_order_is_the_same(there: Strange, trouble: Say) -> None:
    there.script(f"POST {SUBMIT}", trouble, Say(body={"request_id": ID}))
    there.script(f"GET {STATUS}", trouble, COMPLETED)
    there.script("GET /picture", trouble, Say(content=png()))
    assert isinstance(House(there).run()[0], Finished)
    assert len({order.headers["idempotency-key"] for order in there.of("POST")}) == 1


@pytest.mark.parametrize("trouble", [Say(status=500), HANG_UP])
def test_trouble_that_stays_is_another_attempts(there: Strange, trouble: Say) -> None:
    there.script(f"POST {SUBMIT}", trouble)
    error = House(there).error()
    assert (error.message, error.retryable) == (PUBLIC, True)
    assert len(there.of("POST")) > 2


@pytest.mark.parametrize("trouble", [Say(status=500), Say(status=502), HANG_UP])
def test_without_keys_nothing_is_sent_twice(there: Strange, trouble: Say) -> None:
    there.script(f"POST {SUBMIT}", trouble)
    assert "is not known" in House(there, kind="segmind").operator_hears()
    assert len(there.of("POST")) == 1


def test_without_keys_a_second_attempt_orders_nothing(there: Strange) -> None:
    assert "an earlier attempt may have ordered it" in House(there, kind="segmind", attempt=2).operator_hears()
    assert there.asked == []


@pytest.mark.parametrize(("kind", "returnable"), [("imagend", True), ("segmind", False)])
def test_what_is_ordered_is_handed_back_only_where_it_is_recognised(
    there: Strange, kind: str, *, returnable: bool
) -> None:
    there.script(f"GET {STATUS}", RUNNING)
    house = House(there, kind=kind)
    there.wait_for("GET")
    assert house.exchange.returnable(house.held.token) is returnable
    house.exchange.close()
    assert there.of("DELETE") == []


def test_a_server_of_documented_fields_gets_no_others(there: Strange) -> None:
    House(there, replace(RECIPE, count=2), kind="segmind").run()
    first, second = there.of("POST")
    assert first.body == {"prompt": "a ball", "seed": 7, "width": 64, "height": 32}
    assert second.body == first.body | {"seed": 8}
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"warnings": ["negative_prompt: not applied, the model drew without it", 7, "made_up: not applied"]}, {}),
        ({"not_applied": ["negative_prompt", 7]}, {}),
        ({"warnings": "negative_prompt: ignored"}, {"x-ignored-params": "foo, negative_prompt"}),
    ],
)
def test_what_had_no_effect_there_is_told_here(there: Strange, body: dict[str, Any], headers: dict[str, str]) -> None:
    images = [{"url": "/picture"}]
    there.script(f"GET {RESULT}", Say(body={"status": "COMPLETED", "images": images, **body}, headers=headers))
    [picture] = House(there).run()
    assert isinstance(picture, Finished)
    assert picture.not_applied == ("negative_prompt",)


def test_what_that_server_has_no_field_for_is_told_too(there: Strange) -> None:
    [picture] = House(there, kind="segmind").run()
    assert isinstance(picture, Finished)
    assert picture.not_applied == ("negative_prompt", "steps", "guidance_scale", "scheduler")


def test_a_size_that_cannot_be_asked_for_is_not_ordered() -> None:
    wording = Wording(slug="there", sizes={(1280, 896): ("1K", "4:3")}, fields=frozenset({"prompt", "aspect_ratio"}))
    [part] = parts(wording, "job", replace(RECIPE, width=1280, height=896))
    assert part.body == {"prompt": "a ball", "aspect_ratio": "4:3"}
    with pytest.raises(BadParameter, match="in the sizes of aspect_ratio only"):
        parts(wording, "job", RECIPE)


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "does not accept the key"), (402, "no credits"), (403, "may not"), (404, "does not know"),
     (406, "no credits"), (409, "sent before with another body"), (410, "retired"), (400, "refuses the order")],
)  # fmt: skip
def test_refusals_are_the_operators(there: Strange, status: int, told: str) -> None:
    there.script(f"POST {SUBMIT}", Say(status=status, body={"error": "words\nof theirs"}))
    heard = House(there).operator_hears()
    assert f"upstream twin: {status}: " in heard
    assert told in heard
    assert "words of theirs" in heard


def test_a_refused_prompt_is_a_block_here(there: Strange) -> None:
    words = "Content blocked by safety filter (stage=prompt, category=violence). Support codes: 61493863"
    there.script(f"GET {STATUS}", failed(words))
    error = House(there).error()
    verdict = Verdict(stage="prompt", category="violence", support_code="61493863")
    assert (error.code, error.message, error.retryable) == ("content_blocked", words, False)
    assert failure_of(error, Metrics()).verdicts == (verdict,)


def test_words_of_theirs_are_not_repeated(there: Strange) -> None:
    there.script(f"GET {STATUS}", failed("Your prompt 'x' violates our content policy, see http://internal"))
    assert House(there).error().message == (
        "Content blocked by safety filter (stage=prompt, category=other). Support codes: 00000000"
    )


def test_another_failure_there_is_final_here(there: Strange) -> None:
    there.script(f"GET {STATUS}", failed("CUDA out of memory on host gpu-17"))
    assert "gpu-17" in House(there).operator_hears()


def test_pictures_that_were_held_back_there_are_missing_here(there: Strange) -> None:
    said = "2 of 3 pictures held back by the safety filter (stage=image, category=child). Support codes: 58061214"
    there.result([{"url": "/picture", "seed": "8"}], warnings=[said])
    first, picture, last = House(there, replace(RECIPE, count=3)).run()
    assert isinstance(picture, Finished)
    assert (picture.index, picture.seed) == (1, 8)
    for index, event in ((0, first), (2, last)):
        assert isinstance(event, Withheld)
        assert event.verdict == Verdict(stage="image", category="child", support_code="58061214", index=index)


@pytest.mark.parametrize("over", [True, False], ids=["over", "somebody else has it"])
def test_only_what_nobody_wants_is_withdrawn(there: Strange, *, over: bool) -> None:
    there.script(f"GET {STATUS}", RUNNING)
    house = House(there)
    there.wait_for("GET")
    assert house.exchange.cancel(house.held.token, over=over)
    house.run()
    assert [asked.path for asked in there.of("DELETE")] == [RESULT] * over


def test_an_order_whose_answer_is_lost_is_withdrawn_too(there: Strange) -> None:
    there.script(f"POST {SUBMIT}", HANG_UP, HANG_UP, Say(body={"request_id": ID}))
    house = House(there)
    there.wait_for("POST")
    house.exchange.cancel(house.held.token, over=True)
    house.run()
    assert [asked.path for asked in there.of("DELETE")] == [RESULT]
    assert len({order.headers["idempotency-key"] for order in there.of("POST")}) == 1


def test_what_takes_too_long_is_withdrawn(there: Strange) -> None:
    there.script(f"GET {STATUS}", RUNNING)
    assert "not done after 0.2 s" in House(there, timeout_seconds=0.2).operator_hears()
    assert [asked.path for asked in there.of("DELETE")] == [RESULT]
