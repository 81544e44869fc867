"""The seal that every picture gets before it leaves: a mark in the pixels, a manifest in the file."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Protocol

import c2pa
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagend.core.errors import BadSetting
from imagend.provenance.keys import Credentials, load_credentials, public_credentials
from imagend.provenance.manifest import ManifestSigner, read_manifest
from imagend.provenance.mark import embed
from imagend.provenance.options import LAYERS, SealOptions
from imagend.provenance.remote import Lease, RemoteSigner, SignClaim


class Signer(Protocol):
    """ManifestSigner, which has the key, or RemoteSigner, which asks for each signature."""

    def sign(
        self, data: bytes, media_type: str, facts: Mapping[str, Any], *, marked: bool, lease: Lease | None = None
    ) -> bytes:
        """See ManifestSigner."""


class Seal:
    """Marks and signs pictures. Threads may share one."""

    def __init__(self, signer: Signer | None, credentials: Credentials | None, options: SealOptions) -> None:
        """signer: None writes no manifests. credentials: None neither marks nor signs."""
        self._signer = signer
        self._credentials = credentials
        self._marks = LAYERS[options.layers][1]
        self.with_prompt = options.with_prompt

    def mark_id(self, wanted: bool = True) -> str | None:
        """The id that the mark of a picture carries, eight hex digits; None if it gets no mark."""
        marked = self._credentials is not None and self._marks and wanted
        return f"{self._credentials.server_id:08x}" if marked and self._credentials else None

    def mark(self, pixels: NDArray[np.uint8], wanted: bool = True) -> NDArray[np.uint8]:
        """uint8 [height, width, 3] with the mark, if this server marks and the order wants it."""
        number = self.mark_id(wanted)
        return pixels if number is None else embed(pixels, int(number, 16))

    def sign(
        self, data: bytes, media_type: str, facts: Mapping[str, Any], *, marked: bool, lease: Lease | None = None
    ) -> bytes:
        """The file with its manifest; unchanged if this server writes none. lease: for whom a key elsewhere signs."""
        if self._signer is None:
            return data
        return self._signer.sign(data, media_type, facts, marked=marked, lease=lease)

    def receipt(self, wanted: bool) -> dict[str, str | None]:
        """What one picture got: the signer's name and the mark's id, None for what it did not get."""
        signed = self._signer is not None and self._credentials is not None
        return {
            "c2pa": self._credentials.signer if signed and self._credentials else None,
            "watermark": self.mark_id(wanted),
        }


#: Neither marks nor signs.
UNSEALED = Seal(None, None, SealOptions())


def open_seal(options: SealOptions) -> Seal:
    """Read key and certificates and try them on a small picture. Raises BadSetting."""
    if options.layers == "off":
        return UNSEALED
    assert options.certificate is not None
    assert options.key is not None
    credentials = load_credentials(options.certificate, options.key)
    signer = _tried(credentials) if LAYERS[options.layers][0] else None
    return Seal(signer, credentials, options)


def open_remote_seal(options: SealOptions, certificates: bytes, sign: SignClaim) -> Seal:
    """A seal with the marks and certificates (PEM) of a server that keeps its key: `sign` asks it for each signature.
    Raises BadSetting."""
    if options.layers == "off":
        return UNSEALED
    credentials = public_credentials(certificates)
    signer = RemoteSigner(credentials, sign) if LAYERS[options.layers][0] else None
    return Seal(signer, credentials, options)


def _tried(credentials: Credentials) -> ManifestSigner:
    """A signer whose signature readers accept: usages, dates and algorithm of the certificate are right."""
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    try:
        signer = ManifestSigner(credentials)
        manifest = read_manifest(signer.sign(file.getvalue(), "image/png", {}, marked=False), "image/png")
    except c2pa.C2paError as error:
        raise BadSetting(f"provenance_certificate is not fit for C2PA: {error}") from error
    if manifest is None or manifest.state != "valid":
        problems = ", ".join(manifest.problems) if manifest else "no manifest"
        raise BadSetting(f"provenance_certificate is not fit for C2PA: {problems}")
    return signer
