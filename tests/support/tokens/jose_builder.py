"""Tokens and keys built without fastjose, so that malformed tokens can have a valid signature."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Mapping

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
SigningKey: TypeAlias = PrivateKey | bytes
Part: TypeAlias = "bytes | Mapping[str, Any]"
Jwk: TypeAlias = dict[str, Any]

NOW = 1_700_000_000
"""The time at which the tests' clock is stopped."""

SECRET = hashlib.sha512(b"a secret of the tests").digest()
"""64 bytes: long enough for each of HS256, HS384 and HS512."""

CLAIMS: dict[str, Any] = {"sub": "user-1", "exp": NOW + 3600}

CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
CURVE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "ES256K": "secp256k1"}
HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "256K": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}


def rsa_key(bits: int = 2048, *, other: bool = False) -> rsa.RSAPrivateKey:
    """Return a key of `bits`, cached; `other` selects a second one."""
    return _rsa_key(bits, other)


@cache
def _rsa_key(bits: int, _other: bool) -> rsa.RSAPrivateKey:  # noqa: FBT001 - part of the cache key
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def ec_key(curve: str = "P-256", *, other: bool = False) -> ec.EllipticCurvePrivateKey:
    """Return a key on `curve`, cached; `other` selects a second one."""
    return _ec_key(curve, other)


@cache
def _ec_key(curve: str, _other: bool) -> ec.EllipticCurvePrivateKey:  # noqa: FBT001 - part of the cache key
    return ec.generate_private_key(CURVES[curve])


def ed_key(*, other: bool = False) -> ed25519.Ed25519PrivateKey:
    """Return an Ed25519 key, cached; `other` selects a second one."""
    return _ed_key(other)


@cache
def _ed_key(_other: bool) -> ed25519.Ed25519PrivateKey:  # noqa: FBT001 - part of the cache key
    return ed25519.Ed25519PrivateKey.generate()


def key_for(algorithm: str) -> SigningKey:
    """Return the tests' signing key for `algorithm`."""
    if algorithm in CURVE_OF:
        return ec_key(CURVE_OF[algorithm])
    keys: dict[str, SigningKey] = {"HS": SECRET, "RS": rsa_key(), "PS": rsa_key(), "Ed": ed_key()}
    return keys[algorithm[:2]]


def b64u(data: bytes) -> str:
    """Return `data` as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode_uint(value: int, size: int | None = None) -> str:
    """Return `value` as in a JWK: big-endian base64url, in `size` bytes or as few as possible."""
    return b64u(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def encode_part(part: Part) -> bytes:
    """Return bytes unchanged and a mapping as JSON."""
    return part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()


def sign_bytes(algorithm: str, key: SigningKey, message: bytes) -> bytes:
    """Sign `message` with the JOSE algorithm."""
    if isinstance(key, bytes):
        return hmac.digest(key, message, f"sha{algorithm[2:]}")
    if isinstance(key, rsa.RSAPrivateKey):
        return sign_rsa(algorithm, key, message)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return b"".join(sign_ec(algorithm, key, message))
    return key.sign(message)


def sign_rsa(algorithm: str, key: rsa.RSAPrivateKey, message: bytes, salt: int | None = None) -> bytes:
    """Sign with PKCS #1 v1.5 or PSS; the salt is as long as the hash (RFC 7518 §3.5) unless given."""
    digest = HASHES[algorithm[2:]]
    if algorithm.startswith("RS"):
        return key.sign(message, padding.PKCS1v15(), digest)
    return key.sign(message, padding.PSS(padding.MGF1(digest), salt_length=salt or digest.digest_size), digest)


def sign_ec_as_integers(algorithm: str, key: ec.EllipticCurvePrivateKey, message: bytes) -> tuple[int, int]:
    """Sign, and return r and s."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(HASHES[algorithm[2:]])))
    return r, s


def sign_ec(algorithm: str, key: ec.EllipticCurvePrivateKey, message: bytes) -> tuple[bytes, bytes]:
    """Sign, and return r and s, each in the length of a coordinate (RFC 7518 §3.4)."""
    size = (key.curve.key_size + 7) // 8
    r, s = sign_ec_as_integers(algorithm, key, message)
    return r.to_bytes(size, "big"), s.to_bytes(size, "big")


def signing_input(header: Part, payload: Part) -> str:
    """Return the header and payload segments, which are signed."""
    return f"{b64u(encode_part(header))}.{b64u(encode_part(payload))}"


def append_signature(text: str, algorithm: str = "HS256", key: SigningKey = SECRET) -> str:
    """Append the signature over `text`, which may be malformed."""
    return f"{text}.{b64u(sign_bytes(algorithm, key, text.encode()))}"


def build_token(header: Part, payload: Part = CLAIMS, algorithm: str = "HS256", key: SigningKey | None = None) -> str:
    """Sign `payload` under `header`, whose `alg` may differ from `algorithm`."""
    return append_signature(signing_input(header, payload), algorithm, key_for(algorithm) if key is None else key)


def create_token(algorithm: str = "HS256", payload: Part = CLAIMS, key: SigningKey | None = None, **header: Any) -> str:
    """Create a valid token with `header` added to its `alg`."""
    return build_token({"alg": algorithm, **header}, payload, algorithm, key)


def create_token_with_signature(signature: bytes, algorithm: str, payload: Part = CLAIMS) -> str:
    """Create a token whose header names `algorithm` and whose signature is `signature`."""
    return f"{signing_input({'alg': algorithm}, payload)}.{b64u(signature)}"


def public_key_of(key: PrivateKey) -> PublicKey:
    """Return the public key."""
    return key.public_key()


def jwk(key: PublicKey, **members: Any) -> Jwk:
    """Return `key` as a JWK (RFC 7518 §6, RFC 8037 §2) with further `members`."""
    if isinstance(key, rsa.RSAPublicKey):
        modulus, exponent = key.public_numbers().n, key.public_numbers().e
        return {"kty": "RSA", "n": encode_uint(modulus), "e": encode_uint(exponent), **members}
    if isinstance(key, ec.EllipticCurvePublicKey):
        return ec_jwk(key, **members)
    return {"kty": "OKP", "crv": "Ed25519", "x": b64u(key.public_bytes_raw()), **members}


def ec_jwk(key: ec.EllipticCurvePublicKey, **members: Any) -> Jwk:
    """Return an EC key as a JWK."""
    size = (key.curve.key_size + 7) // 8
    name = next(name for name, curve in CURVES.items() if curve.name == key.curve.name)
    point = key.public_numbers()
    return {"kty": "EC", "crv": name, "x": encode_uint(point.x, size), "y": encode_uint(point.y, size), **members}


def oct_jwk(secret: bytes, **members: Any) -> Jwk:
    """Return a secret as a JWK."""
    return {"kty": "oct", "k": b64u(secret), **members}


def private_jwk(key: PrivateKey) -> Jwk:
    """Return `key` as a JWK with its private part."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return jwk(key.public_key(), d=b64u(key.private_bytes_raw()))
    if isinstance(key, rsa.RSAPrivateKey):
        return jwk(key.public_key(), d=encode_uint(key.private_numbers().d))
    return jwk(key.public_key(), d=encode_uint(key.private_numbers().private_value, (key.curve.key_size + 7) // 8))


def spki(key: PublicKey, *, pem: bool = True) -> bytes:
    """Return `key` as SubjectPublicKeyInfo."""
    encoding = serialization.Encoding.PEM if pem else serialization.Encoding.DER
    return key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def pkcs1(key: rsa.RSAPublicKey, *, pem: bool = True) -> bytes:
    """Return `key` as PKCS #1."""
    encoding = serialization.Encoding.PEM if pem else serialization.Encoding.DER
    return key.public_bytes(encoding, serialization.PublicFormat.PKCS1)


def openssh(key: PublicKey) -> bytes:
    """Return `key` as a line of OpenSSH."""
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)


def private_pem(key: PrivateKey, form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8) -> bytes:
    """Return `key` as private PEM in `form`."""
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def certificate(key: PrivateKey, *, pem: bool = True) -> bytes:
    """Create a certificate self-signed by `key`."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    request = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(days=1))
    made = request.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM if pem else serialization.Encoding.DER)
