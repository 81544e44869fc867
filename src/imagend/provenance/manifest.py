"""Writing and reading the C2PA manifest of a picture file. Nothing here opens a connection: no time stamps are asked
for, no certificate status, no manifest that lies elsewhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import c2pa

import imagend
from imagend.provenance.keys import Credentials

GENERATION = "org.imagend.generation"  # our assertion: what the picture was made with
AI_GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
OFFLINE: dict[str, Any] = {
    "core": {"allowed_network_hosts": []},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
}


class ManifestSigner:
    """Signs files with one key; threads may share it."""

    def __init__(self, credentials: Credentials) -> None:
        """Raises c2pa.C2paError when the certificates are not fit for C2PA."""
        info = c2pa.C2paSignerInfo(credentials.algorithm, credentials.chain, credentials.key, None)
        self._signer = c2pa.Signer.from_info(info)
        self._context = c2pa.Context.from_dict(OFFLINE)
        self._lock = threading.Lock()

    def sign(
        self, data: bytes, media_type: str, facts: Mapping[str, Any], *, marked: bool, lease: object = None
    ) -> bytes:
        """The file with a manifest in it: image/png, image/jpeg or image/webp. The picture data stay as they are.

        facts: JSON-ready, kept in our own assertion. marked: the pixels carry the watermark, which is said too.
        """
        signed = BytesIO()
        with self._lock, c2pa.Builder(json.dumps(manifest(facts, marked)), self._context) as builder:
            builder.sign(self._signer, media_type, BytesIO(data), signed)
        return signed.getvalue()


def manifest(facts: Mapping[str, Any], marked: bool) -> dict[str, Any]:
    agent = {"name": "imagend", "version": imagend.__version__}
    actions: list[dict[str, Any]] = [
        {"action": "c2pa.created", "digitalSourceType": AI_GENERATED, "softwareAgent": agent}
    ]
    if marked:
        actions.append({"action": "c2pa.watermarked.unbound", "softwareAgent": agent})
    return {
        "claim_generator_info": [agent],
        "assertions": [
            {"label": "c2pa.actions.v2", "created": True, "data": {"actions": actions}},
            {"label": GENERATION, "created": True, "data": dict(facts)},
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a file says about itself, and whether that holds."""

    state: str  # "valid": signature and data agree; "tampered": they do not; "unreadable"
    signer: str = ""  # organization in the signer's certificate
    serial: str = ""  # of that certificate, decimal
    trusted: bool = False  # that certificate stands under one of the anchors that were given
    generator: str = ""  # program and version
    ai_generated: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()  # C2PA status codes, e.g. assertion.dataHash.mismatch


def read_manifest(data: bytes, media_type: str, anchors: bytes = b"") -> Manifest | None:
    """The manifest of a file, None if it has none. anchors: authorities in PEM that are trusted."""
    settings = OFFLINE | ({"trust": {"user_anchors": anchors.decode("utf-8", "replace")}} if anchors.strip() else {})
    try:
        context = c2pa.Context.from_dict(settings)
        with c2pa.Reader(media_type, BytesIO(data), context=context) as reader:
            return _summary(reader)
    except c2pa.C2paError as error:
        if isinstance(error, c2pa.C2paError.ManifestNotFound | c2pa.C2paError.NotSupported):
            return None
        return Manifest(state="unreadable", problems=(str(error),))


def _summary(reader: c2pa.Reader) -> Manifest:
    active = reader.get_active_manifest() or {}
    state = reader.get_validation_state()
    failures = ((reader.get_validation_results() or {}).get("activeManifest") or {}).get("failure") or ()
    assertions = {item["label"]: item["data"] for item in active.get("assertions", ())}
    generator = (active.get("claim_generator_info") or [{}])[0]
    sources = {action.get("digitalSourceType") for action in assertions.get("c2pa.actions.v2", {}).get("actions", ())}
    return Manifest(
        state="valid" if state in ("Valid", "Trusted") else "tampered",
        signer=(active.get("signature_info") or {}).get("issuer") or "",
        serial=(active.get("signature_info") or {}).get("cert_serial_number") or "",
        trusted=state == "Trusted",
        generator=f"{generator.get('name', '')} {generator.get('version', '')}".strip(),
        ai_generated=AI_GENERATED in sources,
        facts=assertions.get(GENERATION, {}),
        problems=tuple(one["code"] for one in failures if one["code"] != "signingCredential.untrusted"),
    )
