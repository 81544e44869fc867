"""The gate for URLs of strangers: one row for each known way around such a gate."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest

from imagend.core.addresses import Address
from imagend.core.targets import Target, TargetGate, TargetPolicy, TargetRefused, Vetted, read_target
from tests.webhooks.gates import PUBLIC, Names, nobody

METADATA = "169.254.169.254"


def gate(
    *found: str, networks: Sequence[str] = (), allow_http: bool = False, own: Sequence[str] = (), port: int = 8000
) -> TargetGate:
    """Every name points to the addresses `found`."""
    policy = TargetPolicy(
        allow_http=allow_http, networks=tuple(ip_network(text) for text in networks), own_ports=(port,)
    )
    ours = [ip_address(text) for text in own]

    def is_own(address: Address) -> bool:
        return address in ours

    return TargetGate(policy, lambda _: found, is_own)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        # what is no URL of ours
        ("", "syntax"),
        ("example.com/hook", "syntax"),
        ("//example.com/hook", "syntax"),
        ("https:example.com", "syntax"),
        ("https:/example.com", "syntax"),
        (" https://example.com", "syntax"),
        ("https://example.com\n", "host"),
        ("https://example.com/a b", "syntax"),
        ("https://example.com/\r\nx-injected: 1", "syntax"),
        ("https://example.com/%zz", "syntax"),
        ("https://example.com/\x00", "syntax"),
        ("https://example.com/ünicode", "syntax"),
        ("https://example.com\\@127.0.0.1/", "syntax"),
        ("https://example.com/\\..", "syntax"),
        ("https://example.com/" + "x" * 2048, "syntax"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("javascript://example.com/", "scheme"),
        ("http://example.com/", "scheme"),
        ("https://user@example.com/", "userinfo"),
        ("https://user:password@example.com/", "userinfo"),
        ("https://example.com:443@127.0.0.1/", "userinfo"),
        ("https://127.0.0.1#@example.com/", "fragment"),
        ("https://example.com/#", "fragment"),
        # ports
        ("https://example.com:22/", "port"),
        ("https://example.com:80/", "port"),
        ("https://example.com:6379/", "port"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:/", "syntax"),
        ("https://example.com:４４３/", "syntax"),
        ("https://example.com:+443/", "syntax"),
        # hosts
        ("https:///hook", "host"),
        ("https://./", "host"),
        ("https://example..com/", "host"),
        ("https://.example.com/", "host"),
        ("https://example.com./", "host"),
        ("https://-example.com/", "host"),
        ("https://ex%61mple.com/", "host"),
        ("https://example.com%00.evil.com/", "host"),
        ("https://exa mple.com/", "host"),
        ("https://" + "a" * 64 + ".com/", "host"),
        ("https://" + "a." * 127 + "com/", "host"),
        ("https://[::1/", "syntax"),
        ("https://::1/", "syntax"),
        ("https://[::1]x/", "syntax"),
        ("https://[example.com]/", "host"),
        ("https://[127.0.0.1]/", "host"),
        ("https://[fe80::1%25eth0]/", "host"),
        ("https://[fe80::1%eth0]/", "host"),
        # other ways to write an address, which resolvers understand
        ("https://127.1/", "host"),
        ("https://127.0.1/", "host"),
        ("https://0x7f.1/", "host"),
        ("https://0x7f000001/", "host"),
        ("https://2130706433/", "host"),
        ("https://0177.0.0.1/", "host"),
        ("https://127.0.0.01/", "host"),
        ("https://127.0.0.0x1/", "host"),
        ("https://127.0.0.1./", "host"),
        ("https://256.256.256.256/", "host"),
        ("https://①②⑦.⓪.⓪.①/", "address"),
        ("https://１２７.0.0.1/", "address"),
        ("https://127。0。0。1/", "address"),
    ],
)
def test_urls_that_are_refused_without_asking_a_name_server(url: str, reason: str) -> None:
    names = Names(example_com=[PUBLIC])
    with pytest.raises(TargetRefused) as refused:
        TargetGate(TargetPolicy(), names, nobody).vet(url)
    assert refused.value.reason == reason
    assert names.asked == ([] if reason != "port" or url.endswith((":0/", ":65536/")) else ["example.com"])


NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", METADATA, "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.10", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "3fff::1", "100::1",
    "5f00::1", "4000::1",
    # IPv4 inside IPv6
    "::ffff:127.0.0.1", f"::ffff:{METADATA}", "::ffff:0a00:1", "::127.0.0.1", f"::{METADATA}",
    f"64:ff9b::{METADATA}", "64:ff9b::7f00:1", "64:ff9b::c0a8:101", "64:ff9b:1::7f00:1", "64:ff9b:1::808:808",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1",
    "2001:0:7f00:1:0:0:f7f7:f7f7",  # Teredo: server 127.0.0.1, client 8.8.8.8
    "2001:0:808:808:0:0:80ff:fffe",  # server 8.8.8.8, client 127.0.0.1
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public(address: str) -> None:
    literal = f"[{address}]" if ":" in address else address
    for asked, url in ((gate(), f"https://{literal}/"), (gate(address), "https://example.com/")):
        with pytest.raises(TargetRefused) as refused:
            asked.vet(url)
        assert refused.value.reason == "address"
        assert address not in refused.value.message


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::5", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_addresses_that_are_public(address: str) -> None:
    vetted = gate(address).vet("https://example.com/hook")
    assert vetted.addresses == (ip_address(address),)


def test_every_address_must_pass() -> None:
    for found in ([PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"], [PUBLIC, "fe80::1%lo"]):
        with pytest.raises(TargetRefused, match="address"):
            gate(*found).vet("https://example.com/")


def test_a_name_must_resolve() -> None:
    for asked in (TargetGate(TargetPolicy(), Names(), nobody), gate(), gate("no address")):
        with pytest.raises(TargetRefused) as refused:
            asked.vet("https://example.com/")
        assert refused.value.reason == "unresolvable"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", Target(scheme="https", host="example.com", port=443, path="/")),
        ("HTTPS://Example.COM/Hook?a=b", Target(scheme="https", host="example.com", port=443, path="/Hook?a=b")),
        ("https://example.com?a=b", Target(scheme="https", host="example.com", port=443, path="/?a=b")),
        ("https://example.com:8443/%20", Target(scheme="https", host="example.com", port=8443, path="/%20")),
        ("https://bücher.example/", Target(scheme="https", host="xn--bcher-kva.example", port=443, path="/")),
        ("https://my_box.internal/", Target(scheme="https", host="my_box.internal", port=443, path="/")),
        ("https://[2606:4700:0::1111]/", Target(scheme="https", host="2606:4700::1111", port=443, path="/")),
        ("http://8.8.8.8/", Target(scheme="http", host="8.8.8.8", port=80, path="/")),
    ],
)
def test_how_a_url_is_taken_apart(url: str, target: Target) -> None:
    assert read_target(url) == target


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.com", "example.com"),
        ("https://example.com:443/", "example.com"),
        ("https://example.com:8443/", "example.com:8443"),
        ("http://example.com:443/", "example.com:443"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_what_the_host_header_says(url: str, authority: str) -> None:
    assert read_target(url).authority == authority


def test_http_where_the_operator_allows_it() -> None:
    open_gate = gate(PUBLIC, allow_http=True)
    for url in ("http://example.com/", "http://example.com:8443/", "https://example.com/"):
        assert isinstance(open_gate.vet(url), Vetted)
    with pytest.raises(TargetRefused, match="port"):
        open_gate.vet("http://example.com:8080/")


def test_networks_that_the_operator_names() -> None:
    named = gate("10.1.2.3", networks=["10.1.0.0/16", "fd00::/8"])
    assert named.vet("https://receiver.internal:9000/").addresses == (ip_address("10.1.2.3"),)
    assert named.vet("https://[fd00::5]:9000/")
    assert named.vet("https://[::ffff:10.1.9.9]/")
    for url in ("https://10.2.0.1/", "https://[::ffff:10.2.0.1]/", "https://127.0.0.1/"):
        with pytest.raises(TargetRefused, match="address"):
            named.vet(url)


def test_nobody_can_name_what_belongs_to_no_one() -> None:
    everything = gate(networks=["0.0.0.0/0", "::/0"])
    assert everything.vet("https://127.0.0.1/")
    for host in ("224.0.0.1", "255.255.255.255", "0.0.0.0", "[::]", "[ff02::1]"):
        with pytest.raises(TargetRefused, match="address"):
            everything.vet(f"https://{host}/")


def test_this_server_is_never_a_target() -> None:
    with pytest.raises(TargetRefused, match="this server"):
        gate(PUBLIC, own=[PUBLIC]).vet("https://example.com/")
    with pytest.raises(TargetRefused, match="this server"):
        gate(f"64:ff9b::{PUBLIC}", own=[PUBLIC]).vet("https://example.com/")
    local = gate(networks=["127.0.0.0/8"], own=["127.0.0.1"], port=8000)
    with pytest.raises(TargetRefused, match="this server"):
        local.vet("https://127.0.0.1:8000/")
    assert local.vet("https://127.0.0.1:8001/")


def test_the_gate_asks_once() -> None:
    names = Names(example_com=[PUBLIC])
    TargetGate(TargetPolicy(), names, nobody).vet("https://example.com/")
    assert names.asked == ["example.com"]
