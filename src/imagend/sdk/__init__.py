"""The client: knows the wire and nothing of the server. Names follow the hosted API's own SDK."""

from imagend.sdk.aio import AsyncClient, AsyncJob
from imagend.sdk.client import Client, Job, run, run_sync, submit_async
from imagend.sdk.errors import APIError, InferenceFailed, InferenceTimeout

SegmindClient = Client
SegmindError = APIError

__all__ = [
    "APIError",
    "AsyncClient",
    "AsyncJob",
    "Client",
    "InferenceFailed",
    "InferenceTimeout",
    "Job",
    "SegmindClient",
    "SegmindError",
    "run",
    "run_sync",
    "submit_async",
]
