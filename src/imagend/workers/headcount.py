"""What a pool outside the gateway asks it: how many workers there should be."""

from __future__ import annotations

import msgspec

from imagend.core.errors import ImagendError
from imagend.workers.doors import Answer, ClientTls, Doors, NoAnswer
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
                return _read(door.ask("GET", "/internal/scale?holders=true", seconds=self._answer_seconds))
            except (NoAnswer, GatewayUnreachable) as trouble:
                error = GatewayUnreachable(f"{door.address}: {trouble}")
                self._doors.leave(door)
        raise error


def _read(answer: Answer) -> dict[str, Wish]:
    if answer.status in (401, 403, 404):
        raise GatewayRefused(f"GET /internal/scale: {answer.status}")
    if answer.status != 200:
        raise GatewayUnreachable(f"GET /internal/scale: {answer.status}")
    try:
        figures = msgspec.json.decode(answer.content, type=_Figures).backends
    except msgspec.DecodeError as error:
        raise GatewayUnreachable(f"GET /internal/scale: {error}") from error
    return {
        backend: Wish(target=one.target, known=one.workers, holders=frozenset(one.holders))
        for backend, one in figures.items()
    }
