"""The operator's key and certificates; or, where there are none, a local pair that says so in its name.

C2PA readers refuse a certificate that signed itself, so the local pair is a small authority (whose key is forgotten
at once) and one certificate under it, with the usages that C2PA asks for (C2PA 2.2, 14.5.1).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from imagend.core.errors import BadSetting

SELF_SIGNED = "imagend (self-signed, local)"  # the organization in the subject of a pair that we made
VALID_DAYS = 20 * 365
_C2PA_CLAIM_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What signs, and who that is."""

    chain: bytes  # certificates in PEM, the signer's first
    issuers: bytes  # those after it
    key: bytes  # private key in PEM; b"" where only its owner signs
    algorithm: str  # as C2PA names it, e.g. es256
    signer: str  # organization, or the name in the signer's certificate
    self_signed: bool  # made by us, not given by the operator
    serial: str  # of the signer's certificate, decimal
    server_id: int  # 32 bits of the digest of the public key: what the watermark carries


def new_credentials(now: float) -> bytes:
    """A fresh local pair in one PEM text: key, certificate, authority. now: epoch seconds."""
    start = datetime.fromtimestamp(now, UTC) - timedelta(days=1)  # clocks differ
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("local authority", authority.public_key(), authority, start, authority=True)
    leaf = _certificate("local signer", key.public_key(), authority, start, authority=False)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)


def load_credentials(certificate: Path, key: Path) -> Credentials:
    """Read both files, which may be the same one. Raises BadSetting that says which of the two is wrong."""
    chain = _load_chain(certificate)
    private = _load_key(key)
    if _der(chain[0].public_key()) != _der(private.public_key()):
        raise BadSetting("provenance_key does not belong to the first certificate of provenance_certificate")
    return _credentials(chain, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def public_credentials(chain: bytes) -> Credentials:
    """Of a signer whose private key is elsewhere. chain: PEM. Raises BadSetting."""
    try:
        return _credentials(x509.load_pem_x509_certificates(chain), b"")
    except ValueError as error:
        raise BadSetting("the certificates of the signer are not in PEM") from error


def _credentials(chain: list[x509.Certificate], key: bytes) -> Credentials:
    leaf = chain[0]
    signer = _name(leaf)
    return Credentials(
        chain=b"".join(one.public_bytes(Encoding.PEM) for one in chain),
        issuers=b"".join(one.public_bytes(Encoding.PEM) for one in chain[1:]),
        key=key,
        algorithm=_algorithm(leaf.public_key()),
        signer=signer,
        self_signed=signer == SELF_SIGNED,
        serial=str(leaf.serial_number),
        server_id=int.from_bytes(hashlib.sha256(b"imagend server" + _der(leaf.public_key())).digest()[:4], "big"),
    )


def _load_chain(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise BadSetting(f"provenance_certificate: cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise BadSetting(f"provenance_certificate: {path} holds no certificates in PEM") from error


def _load_key(path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise BadSetting(f"provenance_key: cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise BadSetting(f"provenance_key: {path} holds no private key in PEM without a password") from error


def _der(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _algorithm(key: PublicKeyTypes) -> str:
    match key:
        case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
            return _CURVES[key.curve.name]
        case ed25519.Ed25519PublicKey():
            return "ed25519"
        case rsa.RSAPublicKey() if key.key_size >= 2048:
            return "ps256"
    raise BadSetting("provenance_key must be EC (P-256, P-384, P-521), Ed25519 or RSA of 2048 bits and more")


def _name(certificate: x509.Certificate) -> str:
    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return "unnamed"


def _subject(name: str) -> x509.Name:
    words = {NameOID.ORGANIZATION_NAME: SELF_SIGNED, NameOID.COMMON_NAME: name}
    return x509.Name([x509.NameAttribute(kind, word) for kind, word in words.items()])


def _certificate(
    name: str,
    public: ec.EllipticCurvePublicKey,
    issuer: ec.EllipticCurvePrivateKey,
    start: datetime,
    *,
    authority: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    plan = (
        x509.CertificateBuilder()
        .subject_name(_subject(name))
        .issuer_name(_subject("local authority"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
        .add_extension(usage, critical=True)
    )
    if not authority:
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, _C2PA_CLAIM_SIGNING])
        plan = plan.add_extension(usages, critical=False)
    return plan.sign(issuer, hashes.SHA256())
