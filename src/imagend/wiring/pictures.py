"""How pictures are judged, marked and signed, from the settings."""

from __future__ import annotations

import time
from pathlib import Path

from imagend.blobs.signing import made_once
from imagend.provenance.keys import Credentials, load_credentials, new_credentials
from imagend.provenance.options import SealOptions
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import check_names
from imagend.settings import Settings
from imagend.wiring.folder import prepare_folder


def safety_options(settings: Settings) -> SafetyOptions:
    """Raises BadSetting for classifiers that do not exist."""
    policy = Path(settings.safety_policy).expanduser() if settings.safety_policy else None
    options = SafetyOptions(policy=policy, prompt=settings.safety_prompt, picture=settings.safety_picture)
    check_names(options)
    return options


def seal_options(settings: Settings) -> SealOptions:
    """How pictures are marked and signed. Without the operator's key, one of our own is made at first use."""
    if settings.provenance == "off":
        return SealOptions()
    certificate, key = _key_files(settings)
    if not settings.provenance_certificate:
        made_once(prepare_folder(key.parent) / key.name, lambda: new_credentials(time.time()))
    return SealOptions(
        layers=settings.provenance, certificate=certificate, key=key, with_prompt=settings.provenance_prompt
    )


def tried_seal(settings: Settings) -> SealOptions:
    """Says before the first picture what is wrong with key and certificates. Raises BadSetting."""
    from imagend.provenance.seal import open_seal  # loads the C2PA library, which other commands do not need

    options = seal_options(settings)
    open_seal(options)
    return options


def known_credentials(settings: Settings) -> Credentials | None:
    """This server's key, if there is one: what its pictures are recognized by. Raises BadSetting."""
    certificate, key = _key_files(settings)
    return load_credentials(certificate, key) if settings.provenance_certificate or key.exists() else None


def _key_files(settings: Settings) -> tuple[Path, Path]:
    """Certificates and private key: the operator's, or our own in one file."""
    own = (Path(settings.secrets_dir).expanduser() if settings.secrets_dir else settings.data_dir) / "provenance.pem"
    if not settings.provenance_certificate:
        return own, own
    certificate, key = Path(settings.provenance_certificate), Path(settings.provenance_key)
    return certificate.expanduser().resolve(), key.expanduser().resolve()
