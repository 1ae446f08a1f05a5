"""Keys of the providers, and the forms in which they publish them. Made by the library cryptography."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from typing import TypeAlias

    SigningKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

CURVES: dict[str, tuple[type[ec.EllipticCurve], str, int]] = {
    "ES256": (ec.SECP256R1, "P-256", 32),
    "ES384": (ec.SECP384R1, "P-384", 48),
}
"""The curve, its name in a JWK, and the size of a coordinate in bytes, of each algorithm."""


def signing_key(algorithm: str, owner: str = "provider") -> SigningKey:
    """Return the private key of `owner` for `algorithm`. All providers share one, because RSA keys take long."""
    return _create_key(algorithm, owner)


@cache
def _create_key(algorithm: str, _owner: str) -> SigningKey:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(CURVES[algorithm][0]())


def public_jwk(algorithm: str, **members: Any) -> dict[str, Any]:
    """Return the provider's public key for `algorithm`, with `members` such as `kid`."""
    public = signing_key(algorithm).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": encode_number(numbers.n, 256), "e": encode_number(numbers.e, 3), **members}
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(public.public_bytes_raw()), **members}
    _, curve, size = CURVES[algorithm]
    point = public.public_numbers()
    coordinates = {"x": encode_number(point.x, size), "y": encode_number(point.y, size)}
    return {"kty": "EC", "crv": curve, **coordinates, **members}


def encryption_jwk(**members: Any) -> dict[str, Any]:
    """Return an RSA key that is for encryption, as beside the signing key of Keycloak."""
    return {**public_jwk("RS256"), "use": "enc", "alg": "RSA-OAEP", **members}


def leading_zero_jwk(**members: Any) -> dict[str, Any]:
    """Return the RSA key with a zero octet before the modulus, as Java's `BigInteger.toByteArray()` writes it."""
    number = _rsa_public_key().public_numbers().n
    return {**public_jwk("RS256"), "n": encode_number(number, 257), **members}


def certificate_members() -> dict[str, Any]:
    """Return the members `x5c`, `x5t` and `x5t#S256` of a JWK."""
    der = _certificate().public_bytes(Encoding.DER)
    thumbprints = {"x5t": encode(_sha1(der)), "x5t#S256": encode(hashlib.sha256(der).digest())}
    return {"x5c": [base64.b64encode(der).decode()], **thumbprints}


def certificate_pem() -> str:
    """Return the certificate of the RSA key, as Google's documents have it for each `kid`."""
    return _certificate().public_bytes(Encoding.PEM).decode()


def public_pem(algorithm: str) -> str:
    """Return the public key in PEM, as AWS serves it for each `kid`."""
    public = signing_key(algorithm).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode_number(number: int, size: int) -> str:
    """Return `number` as base64url of `size` bytes."""
    return encode(number.to_bytes(size, "big"))


@cache
def _certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "identity provider")])
    now = dt.datetime.now(dt.timezone.utc)
    builder = x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=_rsa_public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    key = signing_key("RS256")
    assert isinstance(key, rsa.RSAPrivateKey)
    return builder.sign(key, hashes.SHA256())


def _rsa_public_key() -> rsa.RSAPublicKey:
    key = signing_key("RS256")
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()
