"""Which network addresses a server may call on behalf of a stranger.

An IPv6 address can carry an IPv4 one that a gateway on the way unwraps, so what counts is what is inside: IPv4-mapped
and -compatible (RFC 4291, 2.5.5), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
#: The only IPv6 space that is handed out to networks of the Internet.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
#: Written out: what `is_global` says differs between Python versions (192.0.0.0/24 passes in 3.11).
_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "64:ff9b:1::/48", "2001:db8::/32", "3fff::/20", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


def effective(address: Address) -> tuple[Address, ...]:
    """The addresses that a connection to `address` may end at: those inside it, else itself."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo  # the server, and the client behind it
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):  # :: and ::1 are themselves
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return (address,)


def is_public(address: Address) -> bool:
    """Whether this very address belongs to the Internet. Ask about each one of `effective`."""
    if isinstance(address, IPv6Address) and (address.scope_id is not None or address not in _GLOBAL_UNICAST):
        return False
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_callable(address: Address, named: Iterable[Network]) -> bool:
    """Whether `address` may be called when the operator has named these networks as well."""
    return all(is_public(inner) or _named(inner, named) for inner in effective(address))


def _named(address: Address, networks: Iterable[Network]) -> bool:
    """Nobody can name multicast, the unspecified or the broadcast address: they are no one's."""
    if address.is_multicast or address.is_unspecified or address == IPv4Address("255.255.255.255"):
        return False
    return any(address in network for network in networks if network.version == address.version)
