"""The gate for URLs that strangers give and this server calls: what is refused, and which addresses may be dialled.

`read_target` takes a URL apart by its own strict grammar: nothing is repaired, so no two readers can disagree about
it. `TargetGate.vet` then resolves the name once; all its addresses must be allowed, and the caller dials those and
nothing else. To be asked when a URL is registered and again at every call: names change what they point to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import ClassVar

from imagend.core.addresses import Address, Network, effective, is_callable, is_public
from imagend.core.errors import ImagendError

MAX_URL_LENGTH = 2048
HTTPS_PORTS = (443, 8443)
HTTP_PORT = 80

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\]*)(/[^?#]*)?(\?[^#]*)?(#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::([0-9]{1,5}))?")
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class TargetRefused(ImagendError):
    """This URL may not be called."""

    code: ClassVar[str] = "target_refused"

    def __init__(self, reason: str, message: str) -> None:
        """`reason`: syntax, scheme, userinfo, fragment, host, port, unresolvable or address."""
        super().__init__(f"{message} ({reason})")
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart."""

    scheme: str  # http or https
    host: str  # lower-case ASCII name, or an address without brackets
    port: int
    path: str  # with the query; begins with a slash

    @property
    def address(self) -> Address | None:
        """The host, if it is an address and not a name."""
        return ip_address(self.host) if ":" in self.host or _ends_in_a_number(self.host) else None

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPolicy:
    """What the operator allows beyond https to public addresses."""

    allow_http: bool = False
    networks: tuple[Network, ...] = ()  # may be called although they are not public, at any port
    own_ports: tuple[int, ...] = ()  # ports of this server: never called on this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetted:
    """A target and the addresses that a connection may go to."""

    target: Target
    addresses: tuple[Address, ...]


class TargetGate:
    """Safe from any thread as far as what it is given is."""

    def __init__(
        self,
        policy: TargetPolicy,
        resolve: Callable[[str], Sequence[str]],
        is_own: Callable[[Address], bool],
    ) -> None:
        """`resolve`: all addresses of a name, within a time limit of its own; raises OSError. `is_own`: whether an
        address belongs to this machine."""
        self._policy = policy
        self._resolve = resolve
        self._is_own = is_own

    def vet(self, url: str) -> Vetted:
        """Raises TargetRefused."""
        target = read_target(url)
        if target.scheme == "http" and not self._policy.allow_http:
            raise TargetRefused("scheme", "must begin with https://")
        addresses = self._addresses(target)
        for address in addresses:
            self._check(address, target)
        return Vetted(target=target, addresses=addresses)

    def _addresses(self, target: Target) -> tuple[Address, ...]:
        if target.address is not None:
            return (target.address,)
        try:
            found = tuple(dict.fromkeys(ip_address(text) for text in self._resolve(target.host)))
        except (OSError, ValueError) as error:
            raise TargetRefused("unresolvable", "must have a host name that resolves") from error
        if not found:
            raise TargetRefused("unresolvable", "must have a host name that resolves")
        return found

    def _check(self, address: Address, target: Target) -> None:
        """The message does not say which address it was: it would tell strangers what this network looks like."""
        if not is_callable(address, self._policy.networks):
            raise TargetRefused("address", "must have a host with a public address")
        public = all(is_public(inner) for inner in effective(address))
        if public and target.port not in self._public_ports(target.scheme):
            allowed = ", ".join(map(str, self._public_ports(target.scheme)))
            raise TargetRefused("port", f"must use one of the ports {allowed}")
        own = any(self._is_own(inner) for inner in effective(address))
        if own and (public or target.port in self._policy.own_ports):
            raise TargetRefused("address", "must not lead to this server")

    @staticmethod
    def _public_ports(scheme: str) -> tuple[int, ...]:
        return HTTPS_PORTS if scheme == "https" else (HTTP_PORT, *HTTPS_PORTS)


def read_target(url: str) -> Target:
    """Raises TargetRefused."""
    if len(url) > MAX_URL_LENGTH:
        raise TargetRefused("syntax", f"must have at most {MAX_URL_LENGTH} characters")
    match = _URL.fullmatch(url)
    if match is None:
        raise TargetRefused("syntax", "must be an absolute https URL")
    scheme, authority, path, query, fragment = (part or "" for part in match.groups())
    if scheme.lower() not in ("http", "https"):
        raise TargetRefused("scheme", "must begin with https://")
    if "@" in authority:
        raise TargetRefused("userinfo", "must not hold a user name or password")
    if fragment:
        raise TargetRefused("fragment", "must not have a fragment")
    if not _PATH.fullmatch(path + query):
        raise TargetRefused("syntax", "must have other characters percent-encoded")
    host, port = _host_and_port(authority)
    scheme = scheme.lower()
    number = int(port) if port else (443 if scheme == "https" else 80)
    if not 0 < number < 65536:
        raise TargetRefused("port", "must have a port from 1 to 65535")
    return Target(scheme=scheme, host=host, port=number, path=(path or "/") + query)


def _host_and_port(authority: str) -> tuple[str, str | None]:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise TargetRefused("syntax", "must have a host, and a port of digits if any")
    bracketed, name, port = match.groups()
    return (_name(name) if bracketed is None else _bracketed(bracketed)), port


def _bracketed(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise TargetRefused("host", "must have an IPv6 address in the brackets") from None
    if address.scope_id is not None:
        raise TargetRefused("host", "must not have a zone in its address")
    return str(address)


def _name(text: str) -> str:
    """A host name in lower-case ASCII (IDNA), or a canonical dotted quad: resolvers read 127.1, 0x7f.1 and 2130706433
    as addresses too, and not all of them alike."""
    try:
        host = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise TargetRefused("host", "must have a valid host name") from None
    if _ends_in_a_number(host):
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise TargetRefused("host", "must write a numeric host as four decimal numbers") from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise TargetRefused("host", "must have a valid host name")
    return host


def _ends_in_a_number(host: str) -> bool:
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
