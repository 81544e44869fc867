"""The settings under which uvicorn serves us."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from imagend.api.connection import ConnectionLimits, limited


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """Paths of PEM files. `clients`: the authority whose certificates callers must show; None asks for none."""

    certificate: str
    key: str
    clients: str | None = None


def server_config(
    app: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    unix_socket: str | None = None,
    limits: ConnectionLimits | None = None,
    drain_seconds: int = 30,
    tls: ServerTls | None = None,
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
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=tls.clients if tls else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls and tls.clients else ssl.CERT_NONE,
    )
