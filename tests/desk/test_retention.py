"""An hour after the end a job is unknown; its pictures stay a week, what callers may list a season, the ledger ever."""

from __future__ import annotations

import pytest

from imagend.blobs.disk import DiskBlobs
from imagend.core.errors import BadParameter, BlobMissing, UnknownRequest
from imagend.core.job import State
from imagend.core.outcome import Failure, ImageRef, Success
from imagend.desk.janitor import Janitor
from imagend.desk.results import hour_of
from imagend.store.past import Question
from tests.desk.house import COST, House, order, token


def keys(house: House) -> list[str]:
    return list(house.blobs.list("r"))


def test_expired_is_unknown_even_before_the_janitor_comes(house: House) -> None:
    account = house.account()
    job = house.desk.submit(account, order())
    house.finish(house.claim()[0])
    house.clock.now += house.policy.retention_seconds - 0.1
    assert house.desk.look(account, job.id).state is State.COMPLETED
    house.clock.now += 0.1
    with pytest.raises(UnknownRequest):
        house.desk.look(account, job.id)
    assert len(keys(house)) == 1


def test_forget_removes_the_row_and_a_week_later_the_pictures_of_all_attempts(house: House) -> None:
    account = house.account()
    house.desk.submit(account, order(key="k", count=2, cost=2 * COST))
    [first] = house.claim("w1")
    house.desk.upload(first.id, token(first), 0, "jpeg", b"half done")
    house.desk.worker_lost("w1")
    house.finish(house.claim("w2")[0])
    kept = house.desk.submit(account, order())
    assert len(keys(house)) == 3
    house.clock.now += house.policy.retention_seconds
    assert house.desk.forget() == 1
    assert house.desk.forget() == 0
    assert house.desk.look(account, kept.id).state is State.QUEUED
    house.clock.now += house.policy.file_retention_seconds - house.policy.retention_seconds - 1
    house.desk.sweep_orphans()
    house.desk.forget()
    assert len(keys(house)) == 3
    house.clock.now += 1
    house.desk.forget()
    assert keys(house) == []
    assert house.accounts.balance(account).spent == 2 * COST
    [line] = [row for row in house.store.read(lambda reads: reads.audit("jobs")) if not row["kept"]]
    assert (line["id"], line["state"], line["cost_microcredits"]) == (first.id, "COMPLETED", 2 * COST)


def test_key_outlives_the_result_and_is_never_charged_again(house: House) -> None:
    account = house.account(2 * COST)
    first = house.desk.submit(account, order(key="k"))
    house.finish(house.claim()[0])
    house.clock.now += house.policy.retention_seconds
    house.desk.forget()
    with pytest.raises(UnknownRequest, match=first.id):
        house.desk.submit(account, order(key="k"))
    assert house.accounts.balance(account).spent == COST
    house.clock.now += 24 * 3600
    house.desk.forget()
    assert house.desk.submit(account, order(key="k")).id != first.id


def test_orphans_are_removed_when_they_are_old(house: House) -> None:
    account = house.account()
    house.desk.submit(account, order())
    [job] = house.claim()
    house.finish(job)
    orphan = keys(house)[0].replace(job.id, "00000000-0000-4000-8000-000000000000")
    house.blobs.put_new(orphan, b"nobody's")
    janitor = Janitor(house.desk, house.clock)
    janitor.run_once()
    assert orphan in keys(house)
    house.clock.now += 3 * 3600 + 1
    house.desk.sweep_orphans()
    assert len(keys(house)) == 1  # its row is there still, though expired
    janitor.run_once()
    assert len(keys(house)) == 1  # the row is gone, the picture has its week
    house.desk.sweep_orphans()
    assert len(keys(house)) == 1


def test_orphans_are_looked_for_in_few_hours(house: House) -> None:
    """All hours once; then only those where something may have been left since."""
    listed: list[str] = []
    house.blobs.list = lambda prefix: listed.append(prefix) or iter(DiskBlobs.list(house.blobs, prefix))  # type: ignore[method-assign]
    hours = [hour_of(house.clock.now - ago * 3600) for ago in (1, 3, 20, 100, 171)]
    for hour in hours:
        house.blobs.put_new(f"r/{hour}/job/x.png", b"nobody's")
    old_layout = f"r/acct_9/{hours[3]}/job/y.png"
    house.blobs.put_new(old_layout, b"of an earlier version")
    assert house.desk.sweep_orphans() == 5
    assert keys(house) == [f"r/{hours[0]}/job/x.png"]
    for hour in hours[1:]:
        house.blobs.put_new(f"r/{hour}/job/x.png", b"nobody's")
    listed.clear()
    assert house.desk.sweep_orphans() == 2
    assert sorted(listed) == ["a", f"r/{hours[4]}", f"r/{hours[1]}"]


def test_outcome_must_name_stored_pictures_of_this_attempt(house: House) -> None:
    account = house.account()
    for _ in range(2):
        house.desk.submit(account, order())
    mine, other = house.claim(most=2)
    good = house.success(mine).images[0]
    wrong = {
        "foreign": house.success(other).images[0],
        "other bytes": ImageRef(**{**fields(good), "sha256": "0" * 64}),
        "other format": ImageRef(**{**fields(good), "key": good.key.replace(".jpeg", ".png")}),
        "truncated": ImageRef(**{**fields(good), "size": good.size + 1}),
    }
    for image in wrong.values():
        with pytest.raises((BadParameter, BlobMissing)):
            house.desk.complete(mine.id, token(mine), Success(images=(image,)))
    for images in ((), (good, good)):
        with pytest.raises(BadParameter):
            house.desk.complete(mine.id, token(mine), Success(images=images))
    assert house.desk.complete(mine.id, token(mine), Success(images=(good,))).state is State.COMPLETED


def fields(image: ImageRef) -> dict[str, object]:
    return {name: getattr(image, name) for name in ImageRef.__slots__}


def test_upload_checks_its_words_and_may_be_repeated(house: House) -> None:
    house.desk.submit(house.account(), order())
    [job] = house.claim()
    assert house.desk.upload(job.id, token(job), 0, "png", b"x") == house.desk.upload(
        job.id, token(job), 0, "png", b"x"
    )
    with pytest.raises(BadParameter, match="index must be 0 to 0"):
        house.desk.upload(job.id, token(job), 1, "png", b"x")
    with pytest.raises(BadParameter, match="extension must be one of jpeg, png, webp"):
        house.desk.upload(job.id, token(job), 0, "svg", b"x")


def test_pictures_of_failed_jobs_go_with_the_job(house: House) -> None:
    house.desk.submit(house.account(), order())
    [job] = house.claim()
    house.desk.upload(job.id, token(job), 0, "jpeg", b"half done")
    house.desk.fail(job.id, token(job), Failure(code="backend_failed", message="no"), False)
    house.clock.now += house.policy.retention_seconds
    house.desk.forget()
    assert keys(house) == []


def test_requests_can_be_listed_until_their_own_retention_ends(house: House) -> None:
    account = house.account()
    job = house.desk.submit(account, order(count=2, cost=2 * COST))
    house.finish(house.claim()[0])
    everything = Question(since=0.0, until=house.clock.now + 1)

    def listed() -> list[tuple[str, str, int, int]]:
        rows = house.store.read(lambda reads: reads.past_page(account, everything, skip=0, most=10))
        assert len(rows) == house.store.read(lambda reads: reads.past_total(account, everything))
        return [(row.request_id, row.state, row.paid_microcredits, row.index) for row in rows]

    both = [(job.id, "COMPLETED", 2 * COST, 0), (job.id, "COMPLETED", 2 * COST, 1)]
    assert listed() == both
    house.clock.now += house.policy.retention_seconds
    house.desk.forget()
    assert listed() == both
    house.clock.now += house.policy.history_retention_seconds
    for _ in range(2):  # files first
        house.desk.forget()
    assert listed() == []
