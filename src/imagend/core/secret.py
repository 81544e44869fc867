"""Words that must not be shown."""

from __future__ import annotations

HIDDEN = "***"


class Secret(str):
    """A string for whoever uses it as one; three stars for whoever prints, formats or logs it."""

    __slots__ = ()

    def __new__(cls, words: str = "") -> Secret:
        """Of a secret too: str() of one would be its stars."""
        return super().__new__(cls, "".join(words))

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def reveal(self) -> str:
        """The words, as a plain string."""
        return "".join(self)
