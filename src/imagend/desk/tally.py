"""What the desk tells its watch about jobs: counts by model and code, and how long they waited and ran."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from imagend.core.errors import ImagendError
from imagend.core.job import Job, State
from imagend.core.outcome import Failure
from imagend.core.watch import Watch


class Tally:
    """Each verb is called once for what happened once, after its commit."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Around a submit: what it raises is counted."""
        try:
            yield
        except ImagendError as error:
            self._watch.count("jobs_refused_total", code=error.code)
            raise

    def submitted(self, job: Job) -> None:
        self._watch.count("jobs_submitted_total", model=job.recipe.model)
        self.moved(job)

    def claimed(self, job: Job) -> None:
        self._watch.count("jobs_claimed_total", model=job.recipe.model)
        if job.tries == 1 and job.started_at is not None:
            self._watch.observe("job_wait_seconds", job.started_at - job.created_at, model=job.recipe.model)

    def closed(self, job: Job, verb: str) -> None:
        """A worker has ended its attempt; verb: complete, fail or release."""
        if verb == "release":
            self._watch.count("job_releases_total", model=job.recipe.model)
        elif job.state is State.QUEUED:
            self._watch.count("job_retries_total", model=job.recipe.model)
        self.moved(job)

    def refused(self, verb: str) -> None:
        self._watch.count("stale_results_refused_total", verb=verb)

    def moved(self, job: Job) -> None:
        """If it is final now, it is counted as such."""
        if job.finished_at is None:
            return
        model = job.recipe.model
        code = job.outcome.code if isinstance(job.outcome, Failure) else "ok"
        self._watch.count("jobs_finished_total", model=model, state=str(job.state), code=code)
        self._watch.observe("job_total_seconds", job.finished_at - job.created_at, model=model)
        if job.started_at is not None:
            self._watch.observe("job_run_seconds", job.finished_at - job.started_at, model=model)
