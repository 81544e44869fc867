"""imagend: the Imagen API on your own hardware.

    import imagend
    result = imagend.run("imagen-4-fast", prompt="a golden retriever puppy in a meadow")

Nothing happens on import: the client is loaded when it is first named.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

__all__ = [
    "APIError",
    "AsyncClient",
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'imagend' has no attribute {name!r}")
    from imagend import sdk

    return getattr(sdk, name)
