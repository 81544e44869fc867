"""Words between a worker and the gateway. Values only: `api/internal.py` and `workers/link.py` carry them as JSON.

Moments never cross the wire, only durations do: a worker whose wall clock is hours off still keeps its deadlines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from imagend.core.outcome import Failure, Success
from imagend.core.recipe import Recipe

OLDEST_PROTOCOL = 1  # that a gateway of this program still speaks
NEWEST_PROTOCOL = 2  # `hello`, `sign`, `lost`; claims name the terms and have numbers, beats list all that is held

TOKEN_HEADER = "x-worker-token"  # noqa: S105  (a name, not a secret)
PROTOCOL_HEADER = "x-imagend-protocol"
LEASE_HEADER = "x-lease-token"

MAX_BLOB_BYTES = 25 * 1024 * 1024  # one encoded picture
MAX_MESSAGE_BYTES = 1024 * 1024  # one JSON body


#: Whose jobs a worker asks for: anyone's; of accounts that have nothing in this worker; of those with nothing in any.
Whose = Literal["anyone", "absent", "idle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first word to a gateway, and the only one whose header may name a version that it does not speak."""

    worker_id: str
    oldest: int  # versions of the protocol that the worker speaks
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a gateway asks of its workers, so that a picture is judged, marked and signed alike wherever it is made.

    The defaults are what holds with a gateway that knows no `hello`.
    """

    version: int = OLDEST_PROTOCOL  # of the protocol, for everything that follows
    digest: str = ""  # of all the rest: claims and signatures name it, so nothing is made by terms that have changed
    backends: tuple[str, ...] = ()  # that the gateway's models are served by
    beat_seconds: float = 5.0
    fence_seconds: float = 20.0
    hard_limit_seconds: float = 300.0
    safety_policy: str = ""  # TOML; "": the one that comes with the worker's program
    safety_picture: str = "contents,skin"  # classifiers
    provenance: str = "off"  # layers, see provenance/options.py
    with_prompt: bool = False  # prompts go into the manifests
    certificates: str = ""  # PEM, the signer's first; the private key stays with the gateway, see `Sign`


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Have the gateway sign the claim of one manifest, for a job that is leased to the caller."""

    job_id: str
    token: str
    terms: str  # digest: the certificates in the manifest are of these terms
    data: bytes  # base64 in JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    signature: bytes  # base64 in JSON; raw, as COSE wants it


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Whoever watches a worker's process has seen it end: what it held goes back at once."""

    worker_id: str
    unready: tuple[str, ...] = ()  # backends that it was to load, if it ended before they were


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Ask for work. The same `claim_id` again is a repetition after a lost reply and gets the same jobs."""

    worker_id: str
    claim_id: str
    backends: tuple[str, ...]
    max_jobs: int  # at least 1
    solo_ok: bool  # the worker holds nothing: a suspected poison job may come, and then alone
    whose: Whose = "anyone"
    wait_seconds: float = 0.0  # how long the gateway may hold the answer back while there is no work
    terms: str = ""  # digest of those that the worker keeps to
    number: int = 0  # of this claim in its worker, from 1; 0: the worker does not number them
    settled: int = 0  # the worker has taken in, or given up, the answers to its claims before this number
    holds: tuple[str, ...] = ()  # tokens of all that it still has of those claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One leased job."""

    job_id: str
    token: str
    attempt: int
    solo: bool
    recipe: Recipe
    deadline_in_seconds: float
    share: str = ""  # whose compute time it is: jobs of one share divide one part of a worker
    weight: float = 1.0  # of the share in this worker
    previews: int = 0  # pictures of the running denoising that somebody wants to see, spread evenly over it
    direct: bool = False  # pictures may be put right into the object store: ask for a target first
    inline_bytes: int = 0  # pictures of at most this size come with the completion, not before it


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
    """All leases of a worker at once: job id -> token. `settled` as in Claim: of what claims before it have brought,
    the worker has nothing that is not listed here."""

    worker_id: str
    leases: dict[str, str]
    settled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What the gateway answers about one lease."""

    held: bool  # False: fenced, drop the work
    deadline_in_seconds: float = 0.0
    over: bool = False  # not held because the request is final: nobody is to go on with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulses:
    leases: dict[str, Pulse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A small picture of how far the denoising has come."""

    done: int  # evaluations made when it was drawn
    media_type: str
    data: bytes  # base64 in JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How far one job is. `previews` are those not sent yet, oldest first."""

    job_id: str
    token: str
    done: int  # evaluations so far, over all pictures of the job
    total: int
    previews: tuple[Preview, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of the engine took: a batched evaluation (`work` denoise), a decoding, a reading of prompts, or a
    model that came into memory (`work` load; `lanes` are the orders that wait for it)."""

    backend: str
    work: Literal["encode", "denoise", "decode", "load"]
    seconds: float
    lanes: int  # pictures in it
    most_lanes: int  # that fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """The newest of every job that has moved since the last message. May be lost without harm."""

    worker_id: str
    jobs: tuple[Report, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Wait for what concerns this worker's leases. `heard` is the number of the last answer, 0 at first; the same
    number again is a repetition after a lost reply and gets the same notices."""

    worker_id: str
    heard: int
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What changed for one lease. Unknown leases are to be ignored: the worker may have ended them itself."""

    job_id: str
    token: str
    held: bool  # False: drop the work, its result would be refused
    previews: int = 0  # wanted from now on
    over: bool = False  # as in Pulse


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    number: int  # to be sent as `heard` next time
    leases: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    key: str  # blob key


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Ask where to put one finished picture. Its key holds its digest, so the bytes must be known by now."""

    job_id: str
    token: str
    index: int
    media_type: str
    size: int  # bytes
    sha256: str  # hex
    md5: str  # base64: the object store compares the body with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One PUT of that content, for a short while; without a URL the picture goes to the gateway."""

    key: str  # blob key
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)  # to be sent as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a worker did for a job and how long it took, for traces."""

    name: str  # denoise, finish, upload
    ago_seconds: float  # when it began, counted back from this message
    seconds: float
    evaluations: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    job_id: str
    token: str
    success: Success
    files: tuple[bytes, ...] = ()  # base64 in JSON; of the pictures of `success` that have no key, in their order
    timings: tuple[Timing, ...] = ()


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
