"""What an operator can choose of the safety policy. Light to import; plugins.py makes guards of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyOptions:
    """`policy`: a TOML file in place of data/policy.toml, or its text, which wins. `prompt`, `picture`: classifiers,
    see plugins.py."""

    policy: Path | None = None
    policy_text: str = ""
    prompt: str = "rules"
    picture: str = "contents,skin"
