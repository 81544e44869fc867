"""The settings under which uvicorn serves us."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

from imagend.api.connection import ConnectionLimits, limited


def server_config(
    app: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    unix_socket: str | None = None,
    limits: ConnectionLimits | None = None,
    drain_seconds: int = 30,
) -> uvicorn.Config:
    """One process, one event loop, no lifespan, no WebSocket, no log lines of its own about requests.

    Proxy headers are read by the application, which knows whether to trust them.
    """
    limits = limits or ConnectionLimits()
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        uds=unix_socket,
        http=limited(limits),
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=int(limits.idle_seconds),
        timeout_graceful_shutdown=drain_seconds,
    )
