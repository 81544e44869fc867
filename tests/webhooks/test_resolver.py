"""Names within a time limit, and which addresses are this machine's own."""

from __future__ import annotations

import threading
import time
from ipaddress import ip_address

import pytest

from imagend.webhooks.resolver import MAX_LOOKUPS, Resolver, is_own_address, system_lookup


def test_answers_and_errors_come_through() -> None:
    assert list(Resolver(2.0, lambda _: ["8.8.8.8"])("example.com")) == ["8.8.8.8"]

    def fail(_: str) -> list[str]:
        raise OSError("unknown")

    def choke(_: str) -> list[str]:
        raise UnicodeError("label too long")

    for lookup in (fail, choke):
        with pytest.raises(OSError, match=r"unknown|label"):
            Resolver(2.0, lookup)("example.com")


def test_slow_name_servers_are_left_behind() -> None:
    freed = threading.Event()

    def wait(_: str) -> list[str]:
        freed.wait(20)
        return []

    resolver = Resolver(0.05, wait)
    began = time.monotonic()
    for _ in range(MAX_LOOKUPS + 3):
        with pytest.raises(TimeoutError):
            resolver("slow.example")
    assert time.monotonic() - began < 10
    assert sum(thread.name == "webhook-lookup" for thread in threading.enumerate()) == MAX_LOOKUPS
    freed.set()
    for thread in threading.enumerate():
        if thread.name == "webhook-lookup":
            thread.join(5)


def test_the_system_reads_addresses_that_the_gate_does_not() -> None:
    """Why numeric hosts must be canonical: this is what a resolver makes of them."""
    assert system_lookup("127.1") == system_lookup("2130706433") == system_lookup("0x7f.1") == ["127.0.0.1"]


def test_own_addresses() -> None:
    assert is_own_address(ip_address("127.0.0.1"))
    assert is_own_address(ip_address("127.9.9.9"))
    assert not is_own_address(ip_address("8.8.8.8"))
    assert not is_own_address(ip_address("2606:4700::1111"))
