"""What this gateway asks of its workers, from the settings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import msgspec

from imagend.core import wire
from imagend.core.catalog import Catalog
from imagend.provenance.keys import load_credentials
from imagend.provenance.options import SealOptions
from imagend.safety.plugins import policy_text
from imagend.settings import Settings
from imagend.wiring.pictures import safety_options
from imagend.wiring.upstreams import engine_backends


def terms_of(settings: Settings, catalog: Catalog, seal: SealOptions) -> wire.Terms:
    """Raises BadSetting."""
    safety = safety_options(settings)
    terms = wire.Terms(
        backends=engine_backends(catalog),
        beat_seconds=settings.beat_seconds,
        fence_seconds=settings.fence_seconds,
        hard_limit_seconds=settings.hard_limit_seconds,
        safety_policy=policy_text(safety),
        safety_picture=safety.picture,
        provenance=seal.layers,
        with_prompt=seal.with_prompt,
        certificates=_chain(seal),
    )
    return replace(terms, digest=hashlib.sha256(msgspec.json.encode(terms)).hexdigest())


def open_signer(seal: SealOptions) -> Callable[[bytes], bytes] | None:
    """Signs for workers elsewhere, which get no key. Raises BadSetting."""
    from imagend.provenance.remote import raw_signer  # loads the C2PA library

    if seal.certificate is None or seal.key is None:
        return None
    return raw_signer(load_credentials(seal.certificate, seal.key))


def _chain(seal: SealOptions) -> str:
    if seal.certificate is None or seal.key is None:
        return ""
    return load_credentials(seal.certificate, seal.key).chain.decode()
