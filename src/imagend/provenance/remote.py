"""Signing for others: a worker elsewhere writes the manifest, and the server that has the key signs what it claims.

The private key never leaves the server. What crosses the wire is the structure that COSE signs (RFC 9052, 4.4), some
two kilobytes whatever the size of the picture, and the raw signature that comes back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import c2pa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from imagend.provenance.keys import Credentials
from imagend.provenance.manifest import OFFLINE, manifest

Lease = tuple[str, str]  # job id and token: for whom a signature is asked
SignClaim = Callable[[Lease, bytes], bytes]
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "es512": hashes.SHA512(),
}


def raw_signer(credentials: Credentials) -> Callable[[bytes], bytes]:
    """Signs as COSE wants it (RFC 9053, 2): ECDSA as two numbers of the curve's width side by side, not as DER."""
    key = load_pem_private_key(credentials.key, None)

    def sign(data: bytes) -> bytes:
        match key:
            case ec.EllipticCurvePrivateKey():
                width = -(-key.curve.key_size // 8)
                pair = decode_dss_signature(key.sign(data, ec.ECDSA(_HASHES[credentials.algorithm])))
                return b"".join(number.to_bytes(width, "big") for number in pair)
            case ed25519.Ed25519PrivateKey():
                return key.sign(data)
            case rsa.RSAPrivateKey():
                salted = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
                return key.sign(data, salted, hashes.SHA256())
        raise AssertionError(credentials.algorithm)

    return sign


class RemoteSigner:
    """Signs files with a key that is elsewhere. Threads may share it; none waits for another's signature."""

    def __init__(self, credentials: Credentials, sign: SignClaim) -> None:
        """sign: raises what keeps it from signing; that is what `RemoteSigner.sign` raises too."""
        self._algorithm = c2pa.C2paSigningAlg[credentials.algorithm.upper()]
        self._chain = credentials.chain.decode()
        self._sign = sign

    def sign(
        self, data: bytes, media_type: str, facts: Mapping[str, Any], *, marked: bool, lease: Lease | None = None
    ) -> bytes:
        """As ManifestSigner.sign, on behalf of `lease`."""
        assert lease is not None
        errors: list[Exception] = []

        def ask(claimed: bytes) -> bytes:
            try:
                return self._sign(lease, claimed)
            except Exception as error:  # the native caller below can only be told that there is no signature
                errors.append(error)
                return b""

        signed = BytesIO()
        try:
            context = c2pa.Context.from_dict(OFFLINE)
            with c2pa.Builder(json.dumps(manifest(facts, marked)), context) as builder:
                signer = c2pa.Signer.from_callback(ask, self._algorithm, self._chain)
                builder.sign(signer, media_type, BytesIO(data), signed)
        except c2pa.C2paError:
            if errors:
                raise errors[0] from None
            raise
        return signed.getvalue()
