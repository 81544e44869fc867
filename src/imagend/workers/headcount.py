"""What a pool outside the gateway asks it: how many workers there should be."""

from __future__ import annotations

import httpx
import msgspec

from imagend.core.errors import ImagendError
from imagend.core.wire import TOKEN_HEADER
from imagend.workers.link import GatewayRefused, GatewayUnreachable
from imagend.workers.placing import Wish


class _Figure(msgspec.Struct):
    target: int
    workers: int
    holders: tuple[str, ...] = ()


class _Figures(msgspec.Struct):
    backends: dict[str, _Figure]


class Headcount:
    """Asks gateways in turn until one answers, and stays with it."""

    def __init__(self, addresses: str, token: str, answer_seconds: float = 5.0) -> None:
        """addresses: http(s)://host:port or paths of Unix sockets, comma-separated."""
        headers = {TOKEN_HEADER: token}
        words = [word.strip() for word in addresses.split(",") if word.strip()]
        self._clients = [_client(word, headers, answer_seconds) for word in words]

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def wishes(self) -> dict[str, Wish]:
        """{backend: wish}. Raises GatewayUnreachable, and GatewayRefused for a wrong token."""
        error: ImagendError = GatewayUnreachable("no address of a gateway")
        for client in list(self._clients):
            try:
                return _read(client.get("/internal/scale", params={"holders": "true"}))
            except (httpx.TransportError, GatewayUnreachable) as trouble:
                error = GatewayUnreachable(f"{client.base_url}: {str(trouble) or type(trouble).__name__}")
                self._clients.append(self._clients.pop(0))
        raise error


def _client(address: str, headers: dict[str, str], seconds: float) -> httpx.Client:
    if address.startswith(("http://", "https://")):
        return httpx.Client(base_url=address, headers=headers, timeout=seconds, trust_env=False)
    transport = httpx.HTTPTransport(uds=address)
    return httpx.Client(
        base_url="http://gateway", transport=transport, headers=headers, timeout=seconds, trust_env=False
    )


def _read(answer: httpx.Response) -> dict[str, Wish]:
    if answer.status_code in (401, 403, 404):
        raise GatewayRefused(f"GET /internal/scale: {answer.status_code}")
    if answer.status_code != 200:
        raise GatewayUnreachable(f"GET /internal/scale: {answer.status_code}")
    try:
        figures = msgspec.json.decode(answer.content, type=_Figures).backends
    except msgspec.DecodeError as error:
        raise GatewayUnreachable(f"GET /internal/scale: {error}") from error
    return {
        backend: Wish(target=one.target, known=one.workers, holders=frozenset(one.holders))
        for backend, one in figures.items()
    }
