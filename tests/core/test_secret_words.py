"""Words that must not be shown, and are not lost either."""

from __future__ import annotations

from imagend.core.secret import Secret


def test_a_secret_of_a_secret_is_the_same_secret() -> None:
    assert Secret(Secret("postgresql://x")).reveal() == "postgresql://x"
    assert Secret(Secret("postgresql://x")) == Secret("postgresql://x") == "postgresql://x"
    assert Secret() == ""


def test_it_is_not_shown() -> None:
    assert "x" not in f"{Secret('x')} {Secret('x')!r} {Secret('x')!s}"
