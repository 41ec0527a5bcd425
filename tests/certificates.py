"""Certificates that agencies sign letters with, made for a test, in PKCS#12 files."""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

PASSPHRASE = "cédula-y-sello"
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


Key = ec.EllipticCurvePrivateKey | Ed25519PrivateKey | Ed448PrivateKey


def make_certificate(path: Path, at: datetime, *, has_key: bool = True, own_key: Key | None = None) -> Path:
    """A PKCS#12 file with a self-signed certificate that is valid from a day before an instant to nine days after."""
    key = own_key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Agencia de Encadenamientos")])
    usage = x509.KeyUsage(**{name: name in ("digital_signature", "content_commitment") for name in USAGES})
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, at - timedelta(days=1), at + timedelta(days=9))
        .add_extension(usage, critical=True)
        .sign(key, SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None)
    )
    protected = BestAvailableEncryption(PASSPHRASE.encode())
    entries = (key, certificate, None) if has_key else (None, None, [certificate])
    path.write_bytes(serialize_key_and_certificates(b"agency", *entries, protected))
    return path
