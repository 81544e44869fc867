"""What the gateway pushes to a real worker process, and what the worker reports while it runs."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from imagend.core.job import Job, State
from imagend.core.outcome import Failure
from imagend.desk.moments import Moment
from imagend.desk.moves import CANCELLED
from imagend.desk.order import Order
from tests.desk.house import COST
from tests.workers.gateway import Gateway, recipe, until
from tests.workers.toy import DELIBERATE, TICKS, read_ticks


def submit(gateway: Gateway, *words: str, steps: int = 100, deadline: float | None = None, previews: int = 0) -> str:
    wanted = recipe(prompt=" ".join(("abc", *words)), steps=steps, backend=DELIBERATE)
    order = Order(recipe=wanted, cost_microcredits=COST, deadline_seconds=deadline, options={"previews": previews})
    return gateway.house.desk.submit(gateway.account, order).id


def moments(gateway: Gateway, job_id: str) -> list[Moment]:
    return gateway.house.desk.live.since(gateway.look(job_id), 0)


def cancel(gateway: Gateway, job: Job) -> None:
    gateway.house.desk.abandon(gateway.account, job.id, CANCELLED)


def lose(gateway: Gateway, job: Job) -> None:
    """As if the sweeper had found the lease run out."""
    assert job.lease
    gateway.house.desk.worker_lost(job.lease.worker_id)
    cancel(gateway, job)


@pytest.mark.parametrize("end", [cancel, lose])
def test_the_engine_is_free_within_one_step(
    gateway: Gateway, tmp_path: Path, end: Callable[[Gateway, Job], None]
) -> None:
    """The heartbeat, which would say the same, comes every five minutes here."""
    gateway.ready_pool("deliberate", own_terms={"beat_seconds": 300.0, "fence_seconds": 900.0})
    job_id = submit(gateway, f"{TICKS}{tmp_path / 'ticks'}")
    until(lambda: len(read_ticks(tmp_path / "ticks")) >= 3)
    end(gateway, gateway.look(job_id))
    acknowledged_at = time.monotonic()
    mate = gateway.wait(submit(gateway, steps=6))  # longer than the job would have gone on unnoticed
    assert mate.state is State.COMPLETED
    late = [tick for tick in read_ticks(tmp_path / "ticks") if tick > acknowledged_at]
    assert len(late) <= 1
    assert isinstance(gateway.look(job_id).outcome, Failure)


def test_a_deadline_is_kept_to_the_step(gateway: Gateway, tmp_path: Path) -> None:
    gateway.ready_pool("deliberate")
    submitted_at = time.monotonic()
    job = gateway.wait(submit(gateway, f"{TICKS}{tmp_path / 'ticks'}", deadline=1.6))
    assert isinstance(job.outcome, Failure)
    assert job.outcome.code == "deadline_exceeded"
    ticks = read_ticks(tmp_path / "ticks")
    assert len(ticks) >= 2
    assert sum(tick > submitted_at + 1.6 for tick in ticks) <= 1


def test_progress_reaches_the_gateway_while_the_job_runs(gateway: Gateway) -> None:
    gateway.ready_pool("deliberate")
    job_id = submit(gateway, steps=8)
    until(lambda: len(moments(gateway, job_id)) >= 3)
    assert gateway.look(job_id).state is State.PROCESSING
    gateway.wait(job_id)
    seen = moments(gateway, job_id)
    assert [moment.id for moment in seen] == sorted({moment.id for moment in seen})
    assert all(moment.total == 8 and moment.preview is None for moment in seen)


@pytest.mark.parametrize("backend", ["deliberate", "fast"])
def test_every_preview_comes_before_the_pictures(gateway: Gateway, backend: str) -> None:
    """Also those of a job that is over before the reporter speaks again."""
    gateway.ready_pool(backend)
    if backend == "fast":
        order = Order(recipe=recipe(steps=8), cost_microcredits=COST, options={"previews": 3})
        job_id = gateway.house.desk.submit(gateway.account, order).id
    else:
        job_id = submit(gateway, steps=8, previews=3)
    gateway.wait(job_id)
    pictures = [moment for moment in moments(gateway, job_id) if moment.preview]
    assert [moment.done for moment in pictures] == [2, 4, 6]
    for moment in pictures:
        assert moment.preview
        with Image.open(io.BytesIO(moment.preview.data)) as image:
            assert (image.size, image.get_format_mimetype()) == ((64, 64), moment.preview.media_type)


def test_previews_begin_when_somebody_watches_and_end_with_them(gateway: Gateway) -> None:
    gateway.ready_pool("deliberate")
    job_id = submit(gateway, steps=24)
    until(lambda: len(moments(gateway, job_id)) >= 2)
    end = gateway.house.desk.live.watch(job_id, 10)
    until(lambda: sum(moment.preview is not None for moment in moments(gateway, job_id)) >= 2)
    end()
    seen = [moment.done for moment in moments(gateway, job_id) if moment.preview]
    gateway.wait(job_id)
    after = [moment.done for moment in moments(gateway, job_id) if moment.preview]
    assert len(after) <= len(seen) + 1  # one may have been under way
    assert min(seen) > 2
