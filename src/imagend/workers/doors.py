"""The gateways that a worker may speak to: one is in use until it does not answer, then it is the next one's turn."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

import httpx

from imagend.core import wire
from imagend.core.errors import BadSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTls:
    """How a worker knows a gateway (`authority`: PEM file, None for the system's), and how it shows who it is."""

    authority: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Raises BadSetting."""
        try:
            context = ssl.create_default_context(cafile=self.authority)
        except OSError as error:
            raise BadSetting(f"ca {self.authority} cannot be read: {error.strerror or error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate is not None:
            try:
                context.load_cert_chain(self.certificate, self.private_key)
            except OSError as error:
                raise BadSetting(f"certificate {self.certificate} cannot be used: {error.strerror or error}") from error
        return context


class Door:
    """One gateway."""

    def __init__(self, address: str, worker_token: str, tls: ClientTls) -> None:
        """address: the path of a Unix socket, or http(s)://host:port."""
        self.address = address
        self.version: int | None = None  # of the protocol, once it is agreed
        headers = {wire.TOKEN_HEADER: worker_token}
        if address.startswith(("http://", "https://")):
            verify = tls.context() if address.startswith("https://") else False
            self.http = httpx.Client(base_url=address, headers=headers, verify=verify, trust_env=False)
        else:
            transport = httpx.HTTPTransport(uds=address)
            self.http = httpx.Client(base_url="http://gateway", transport=transport, headers=headers, trust_env=False)


class Doors:
    """Thread-safe. Whoever finds the one in use dead moves all others on too."""

    def __init__(self, addresses: str, worker_token: str, tls: ClientTls | None = None) -> None:
        """addresses: one or more, comma-separated. Raises BadSetting."""
        names = [name.strip() for name in addresses.split(",") if name.strip()]
        self._doors = [Door(name, worker_token, tls or ClientTls()) for name in names]
        self._lock = threading.Lock()
        self._in_use = 0

    def __len__(self) -> int:
        return len(self._doors)

    @property
    def current(self) -> Door:
        return self._doors[self._in_use]

    def leave(self, door: Door) -> None:
        """It does not answer. Ignored if somebody else has left it already."""
        with self._lock:
            if self._doors[self._in_use] is door:
                self._in_use = (self._in_use + 1) % len(self._doors)

    def close(self) -> None:
        for door in self._doors:
            door.http.close()
