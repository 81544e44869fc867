"""Certificates for tests, good ones and such that must be refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
TLS = ExtendedKeyUsageOID.SERVER_AUTH


def name_of(organization: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)])


def pem(key: Any, password: bytes | None = None) -> bytes:
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))


@dataclass(slots=True)
class Authority:
    """A root that issues whatever is asked for."""

    name: str = "Root of Tests"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def root(self) -> x509.Certificate:
        return self.issue(self.name, self.key, authority=True)

    def issue(
        self,
        organization: str,
        key: Any,
        *,
        authority: bool = False,
        days: int = 30,
        usage: Any = EMAIL,
        ocsp: str = "",
    ) -> x509.Certificate:
        public, start = key.public_key(), datetime.now(UTC) - timedelta(days=60)
        plan = (
            x509.CertificateBuilder(name_of(self.name), name_of(organization), public, x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=60 + days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False),
                critical=True,
            )
        )
        if not authority:
            plan = plan.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if ocsp:
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp))
            plan = plan.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        return plan.sign(self.key, hashes.SHA256())

    def files(self, folder: Path, key: Any, *, name: str = "Studio", **changes: Any) -> tuple[Path, Path]:
        """Certificate chain and key of an operator."""
        chain, secret = folder / "chain.pem", folder / "key.pem"
        certificates = (self.issue(name, key, **changes), self.root())
        chain.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in certificates))
        secret.write_bytes(pem(key))
        return chain, secret


def keys_of_all_kinds() -> dict[str, Any]:
    return {
        "es256": ec.generate_private_key(ec.SECP256R1()),
        "es384": ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
