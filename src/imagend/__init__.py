"""imagend: the Imagen API on your own hardware.

    import imagend
    result = imagend.run("imagen-4-fast", prompt="a golden retriever puppy in a meadow")

Nothing happens on import: the client is loaded when it is first named. `imagend.webhooks` is a room of the server; the
client's messages are `Client().webhooks`.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

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
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'imagend' has no attribute {name!r}")
    from imagend import sdk

    return getattr(sdk, name)
