"""Words between a worker and the gateway. Values only: `api/internal.py` and `workers/link.py` carry them as JSON.

Moments never cross the wire, only durations do: a worker whose wall clock is hours off still keeps its deadlines.
"""

from __future__ import annotations

from dataclasses import dataclass

from imagend.core.outcome import Failure, Success
from imagend.core.recipe import Recipe

PROTOCOL_VERSION = "1"

TOKEN_HEADER = "x-worker-token"  # noqa: S105  (a name, not a secret)
PROTOCOL_HEADER = "x-imagend-protocol"
LEASE_HEADER = "x-lease-token"

MAX_BLOB_BYTES = 25 * 1024 * 1024  # one encoded picture
MAX_MESSAGE_BYTES = 1024 * 1024  # one JSON body


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Ask for work. The same `claim_id` again is a repetition after a lost reply and gets the same jobs."""

    worker_id: str
    claim_id: str
    backends: tuple[str, ...]
    max_jobs: int  # at least 1
    solo_ok: bool  # the worker holds nothing: a suspected poison job may come, and then alone
    wait_seconds: float = 0.0  # how long the gateway may hold the answer back while there is no work


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One leased job."""

    job_id: str
    token: str
    attempt: int
    solo: bool
    recipe: Recipe
    deadline_in_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignments:
    jobs: tuple[Assignment, ...] = ()
    lease_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """The worker wants no more work: a claim that waits is answered at once."""

    worker_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """All leases of a worker at once: job id -> token."""

    worker_id: str
    leases: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What the gateway answers about one lease."""

    held: bool  # False: fenced, drop the work
    cancel: bool = False
    deadline_in_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulses:
    leases: dict[str, Pulse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    key: str  # blob key


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    job_id: str
    token: str
    success: Success


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    job_id: str
    token: str
    failure: Failure
    retryable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A polite hand-back: costs no attempt."""

    job_id: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    ok: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Body of every answer that is not 200."""

    code: str
    error: str
