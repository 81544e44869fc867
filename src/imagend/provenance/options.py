"""What an operator can choose of provenance. Light to import; seal.py makes a seal of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Value of the setting `provenance` -> (with a manifest, with the mark).
LAYERS = {
    "c2pa+watermark": (True, True),
    "c2pa": (True, False),
    "watermark": (False, True),
    "off": (False, False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOptions:
    """What a worker is told about provenance. The paths may be None only with layers "off"."""

    layers: str = "off"  # a key of LAYERS
    certificate: Path | None = None  # PEM, the signer's certificate first
    key: Path | None = None  # PEM
    with_prompt: bool = False  # write the prompts into the manifest too
