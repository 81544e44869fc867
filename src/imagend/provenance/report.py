"""What a picture file shows of where it comes from: the manifest, the mark, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from imagend.provenance.detect import Found, find
from imagend.provenance.keys import SELF_SIGNED, Credentials
from imagend.provenance.manifest import Manifest, read_manifest

#: What we know of a manifest's signer.
OURS, OURS_SELF_SIGNED = "operator", "self-signed, this server"
TRUSTED, SELF_SIGNED_ELSEWHERE, UNKNOWN = "trusted issuer", "self-signed, another server", "unknown issuer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    manifest: Manifest | None = None
    issuer: str | None = None  # one of the words above; None without a valid manifest
    mark: Found | None = None
    mark_is_ours: bool | None = None  # None: no mark, or we have no key to compare with
    unreadable: str = ""  # why the picture cannot be opened

    @property
    def confirmed(self) -> bool:
        """Something shows where the picture comes from, and nothing contradicts it."""
        if self.unreadable or (self.manifest is not None and self.manifest.state != "valid"):
            return False
        return self.manifest is not None or self.mark is not None


def inspect(data: bytes, known: Credentials | None, anchors: bytes = b"") -> Report:
    """Look at a file. known: this server's key; anchors: certificates in PEM that are trusted besides."""
    mark, manifest, unreadable = None, None, ""
    try:
        with Image.open(BytesIO(data)) as picture:
            manifest = _manifest(data, Image.MIME.get(picture.format or "", ""), known, anchors)
            mark = find(picture, known.server_id if known else None)
    except UnidentifiedImageError:
        unreadable = "not a picture"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        unreadable = str(error) or type(error).__name__
    return Report(
        manifest=manifest,
        unreadable=unreadable,
        issuer=_issuer(manifest, known) if manifest and manifest.state == "valid" else None,
        mark=mark,
        mark_is_ours=mark.server_id == known.server_id if mark and known else None,
    )


def _manifest(data: bytes, media_type: str, known: Credentials | None, anchors: bytes) -> Manifest | None:
    return read_manifest(data, media_type, anchors + b"\n" + known.issuers if known else anchors)


def _issuer(manifest: Manifest, known: Credentials | None) -> str:
    if known is not None and manifest.serial == known.serial and manifest.trusted:  # an authority repeats no serial
        return OURS_SELF_SIGNED if known.self_signed else OURS
    if manifest.trusted:
        return TRUSTED
    return SELF_SIGNED_ELSEWHERE if manifest.signer == SELF_SIGNED else UNKNOWN
