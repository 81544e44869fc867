"""Gates with name servers of the tests' own."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

from imagend.core.addresses import Address
from imagend.core.targets import TargetGate, TargetPolicy

PUBLIC = "93.184.216.34"


class Names:
    """A name server: what each name points to, changed at will; asked names are written down."""

    def __init__(self, **known: Sequence[str]) -> None:
        self.known: dict[str, Sequence[str]] = {name.replace("_", "."): found for name, found in known.items()}
        self.asked: list[str] = []

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        try:
            return self.known[host]
        except KeyError:
            raise OSError("unknown name") from None


def nobody(_: Address) -> bool:
    return False


def local_gate(names: Names | None = None, *, own_ports: tuple[int, ...] = ()) -> TargetGate:
    """Lets http and loopback through, as an operator may for receivers on the same machine."""
    policy = TargetPolicy(allow_http=True, networks=(ip_network("127.0.0.0/8"),), own_ports=own_ports)
    return TargetGate(policy, names or Names(), nobody)
