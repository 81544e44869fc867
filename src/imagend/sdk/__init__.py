"""The client: knows the wire and nothing of the server. Names follow the hosted API's own SDK."""

from imagend.sdk.aio import AsyncClient, AsyncResult, AwaitableJob
from imagend.sdk.client import Client
from imagend.sdk.default import accounts, generations, map, models, run, run_sync, submit_async, webhooks
from imagend.sdk.errors import (
    APIError,
    InferenceFailed,
    InferenceTimeout,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFailed,
    Unauthorized,
    Unreachable,
)
from imagend.sdk.events import Event, Progress
from imagend.sdk.handle import POLL_SECONDS, WAIT_SECONDS
from imagend.sdk.job import Job
from imagend.sdk.result import Result

SegmindClient = Client
SegmindError = APIError
AsyncJob = Job  # the hosted SDK's name of a request in the queue; ours to be awaited is AwaitableJob
DEFAULT_POLL_INTERVAL_S = POLL_SECONDS
DEFAULT_POLL_TIMEOUT_S = WAIT_SECONDS

__all__ = [
    "DEFAULT_POLL_INTERVAL_S",
    "DEFAULT_POLL_TIMEOUT_S",
    "APIError",
    "AsyncClient",
    "AsyncJob",
    "AsyncResult",
    "AwaitableJob",
    "Client",
    "Event",
    "InferenceFailed",
    "InferenceTimeout",
    "InvalidRequest",
    "Job",
    "NotFound",
    "Progress",
    "RateLimited",
    "Result",
    "SegmindClient",
    "SegmindError",
    "ServerFailed",
    "Unauthorized",
    "Unreachable",
    "accounts",
    "generations",
    "map",
    "models",
    "run",
    "run_sync",
    "submit_async",
    "webhooks",
]
