"""What a pool outside the gateway asks it: how many workers there should be."""

from __future__ import annotations

import httpx
import msgspec

from imagend.core.errors import ImagendError
from imagend.workers.doors import ClientTls, Door, Doors
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

    def __init__(self, addresses: str, token: str, tls: ClientTls | None = None, answer_seconds: float = 5.0) -> None:
        """addresses: http(s)://host:port or paths of Unix sockets, comma-separated. Raises BadSetting."""
        self._doors = Doors(addresses, token, tls)
        self._answer_seconds = answer_seconds

    def close(self) -> None:
        self._doors.close()

    def wishes(self) -> dict[str, Wish]:
        """{backend: wish}. Raises GatewayUnreachable, and GatewayRefused for a wrong token."""
        error: ImagendError = GatewayUnreachable("no address of a gateway")
        for _ in range(len(self._doors)):
            door = self._doors.current
            try:
                return _read(self._ask(door))
            except (httpx.TransportError, GatewayUnreachable) as trouble:
                error = GatewayUnreachable(f"{door.address}: {str(trouble) or type(trouble).__name__}")
                self._doors.leave(door)
        raise error

    def _ask(self, door: Door) -> httpx.Response:
        return door.http.get("/internal/scale", params={"holders": "true"}, timeout=self._answer_seconds)


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
