"""Absolute URLs of this server as the client reaches it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request

from imagend.api.services import Services
from imagend.blobs.signing import sign

#: A host name, address or bracketed IPv6 address, with an optional port. `_` occurs in container networks.
HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Builds the URLs that answers carry. base: `https://host[/prefix]`."""

    base: str
    sign: Callable[[str, float], str]  # blob key, finished_at -> query
    elsewhere: Callable[[str, float], str | None]  # blob key, finished_at -> URL, if another server answers it

    def poll(self, request_id: str) -> str:
        return f"{self.base}/v1/requests/{request_id}"

    def status(self, request_id: str) -> str:
        return f"{self.base}/v2/requests/{request_id}/status"

    def response(self, request_id: str) -> str:
        return f"{self.base}/v2/requests/{request_id}"

    def asset(self, key: str, stored_at: float) -> str:
        """An uploaded file's link; as for pictures."""
        return f"{self.base}/assets/{key.removeprefix('a/')}?{self.sign(key, stored_at)}"

    def picture(self, key: str, finished_at: float) -> str:
        """Public, unguessable, expiring: clients fetch it without their key. The same at every call."""
        if elsewhere := self.elsewhere(key, finished_at):
            return elsewhere
        return f"{self.base}/generations/{key.removeprefix('r/')}?{self.sign(key, finished_at)}"


def links_of(request: Request, services: Services) -> Links:
    return links_at(base_url(request, services), services)


def links_at(base: str, services: Services) -> Links:
    def elsewhere(key: str, finished_at: float) -> str | None:
        return services.blobs.link(key, finished_at, int(services.link_seconds)) if services.store_links else None

    return Links(
        elsewhere=elsewhere,
        base=base,
        sign=lambda key, finished_at: sign(services.link_secret, key, finished_at + services.link_seconds),
    )


def base_url(request: Request, services: Services) -> str:
    """The configured origin; else what a trusted proxy says; else the Host header."""
    if services.public_url:
        return services.public_url.rstrip("/")
    headers = request.headers
    scheme, host, prefix = request.scope["scheme"], headers.get("host", ""), ""
    if services.trust_proxy:
        scheme, host, prefix = _forwarded(headers, scheme, host)
    if services.allowed_hosts and host not in services.allowed_hosts:
        host = services.allowed_hosts[0]
    if not host:  # HTTP/1.0
        address, port = request.scope.get("server") or ("localhost", None)
        host = f"{address}:{port}" if port else str(address)
    return f"{scheme}://{host}{prefix}"


def _forwarded(headers: Headers, scheme: str, host: str) -> tuple[str, str, str]:
    """First values of the X-Forwarded headers, where they are well formed."""
    said = {name: headers.get(f"x-forwarded-{name}", "").split(",")[0].strip() for name in ("proto", "host", "prefix")}
    if said["proto"].lower() in ("http", "https"):
        scheme = said["proto"].lower()
    if HOST.fullmatch(said["host"]):
        host = said["host"]
    prefix = said["prefix"].rstrip("/") if _PREFIX.fullmatch(said["prefix"]) else ""
    return scheme, host, prefix
