"""A temporary certificate for 127.0.0.1, for libraries that fetch keys only over HTTPS."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pathlib import Path

VALIDITY = dt.timedelta(hours=1)
TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")  # OpenSSL and httpx; requests


def write_certificate(directory: Path) -> Path:
    """Write a certificate and its key into `directory`, and make every HTTP client of this process trust only it."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = directory / "issuer.pem"
    file.write_bytes(pem + create_self_signed_certificate(key).public_bytes(serialization.Encoding.PEM))
    os.environ.update(dict.fromkeys(TRUST, str(file)))
    return file


def create_self_signed_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return a certificate with the extensions that Python 3.13 requires (RFC 5280 §4.2)."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fastjose tests")])
    now = dt.datetime.now(dt.timezone.utc)
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - VALIDITY, now + VALIDITY
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
