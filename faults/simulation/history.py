"""What everybody was promised and saw, for the checks at the end; and what can be seen to be wrong at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from imagend.core.job import Job, State

ORDER = {State.QUEUED: 0, State.PROCESSING: 1, State.COMPLETED: 2, State.FAILED: 2}


@dataclass(kw_only=True, eq=False, slots=True)
class Wanted:
    """One thing that a customer wants to have, however often it has to ask."""

    account: str
    prompt: str  # its marker: no two are the same
    key: str | None
    cost: int
    count: int
    executed: int = 0  # how often a gateway began with it
    acknowledged: list[str] = field(default_factory=list)  # request ids


@dataclass(eq=False)
class History:
    wanted: list[Wanted] = field(default_factory=list)
    seen: dict[str, Job] = field(default_factory=dict)  # request -> as last seen by its customer
    delivered: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # message -> payloads
    granted: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))  # account -> micro-credits
    refunded: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))  # request -> micro-credits
    leases: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # request -> tokens given
    words: set[tuple[str, str]] = field(default_factory=set)  # (token, verb) said while the token was the newest
    leaps: list[tuple[float, float]] = field(default_factory=list)  # (from, to): a gateway's clock was set
    complaints: list[str] = field(default_factory=list)

    def wrong(self, what: str) -> None:
        self.complaints.append(what)

    def leapt_seconds(self, begin: float, end: float) -> float:
        """How much of the time between two moments of a gateway's clock did not pass for anybody; what it showed twice
        counts against that."""
        return sum(min(max(to, begin), end) - min(max(since, begin), end) for since, to in self.leaps)

    def acknowledge(self, wanted: Wanted, job: Job) -> None:
        if job.account_id != wanted.account or job.recipe.prompt != wanted.prompt:
            self.wrong(f"{wanted.prompt} was answered with another order")
        if wanted.key is not None and wanted.acknowledged not in ([], [job.id]):
            self.wrong(f"{wanted.prompt}: its key stands for {wanted.acknowledged} and {job.id}")
        if wanted.key is None and job.id in wanted.acknowledged:
            self.wrong(f"{wanted.prompt}: two orders without a key have one id {job.id}")
        if job.id not in wanted.acknowledged:
            wanted.acknowledged.append(job.id)
        self.look(job)

    def look(self, job: Job) -> None:
        """A customer was shown this."""
        before = self.seen.get(job.id)
        if before is not None:
            if ORDER[before.shown_state] > ORDER[job.shown_state]:
                self.wrong(f"{job.id} went back from {before.shown_state} to {job.shown_state}")
            if before.state.final and (before.state, before.outcome) != (job.state, job.outcome):
                self.wrong(f"{job.id} was {before.state} and is {job.state} or has another outcome")
        self.seen[job.id] = job

    def lease(self, jobs: list[Job]) -> bool:
        """A gateway has given these to a worker. Whether it has only now."""
        fresh = False
        for job in jobs:
            assert job.lease is not None
            if job.lease.token not in self.leases[job.id]:
                self.leases[job.id].append(job.lease.token)
                fresh = True
        return fresh

    def speak(self, request_id: str, token: str, verb: str) -> bool:
        """A worker's last word is at the gateway. Whether it may be accepted: nobody else has had the job since, or it
        is a repetition of a word from before that."""
        if self.leases[request_id][-1:] == [token]:
            self.words.add((token, verb))
        return (token, verb) in self.words
