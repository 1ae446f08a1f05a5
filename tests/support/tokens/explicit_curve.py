"""P-256 keys in DER and PEM that contain the numbers of their curve instead of its name (RFC 3279 §2.3.5)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec


class CurveNumbers(NamedTuple):
    """The numbers of a curve (SEC 2 §2.4.2). The defaults are those of P-256."""

    p: int = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
    a: int = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC
    b: int = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x: int = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
    y: int = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
    order: int = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    cofactor: int = 1


P256 = CurveNumbers()
_ONE = b"\x02\x01\x01"
_OID_EC = bytes.fromhex("06072a8648ce3d0201")
_OID_PRIME_FIELD = bytes.fromhex("06072a8648ce3d0101")


def _tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    length = (
        bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
    )
    return bytes([tag]) + length + content


def _octets(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _integer(number: int) -> bytes:
    return _tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _parameters(curve: CurveNumbers) -> bytes:
    field = _tlv(0x30, _OID_PRIME_FIELD, _integer(curve.p))
    coefficients = _tlv(0x30, _tlv(0x04, _octets(curve.a)), _tlv(0x04, _octets(curve.b)))
    generator = _tlv(0x04, b"\x04", _octets(curve.x), _octets(curve.y))
    return _tlv(0x30, _ONE, field, coefficients, generator, _integer(curve.order), _integer(curve.cofactor))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return b"\x00\x04" + _octets(numbers.x) + _octets(numbers.y)


def explicit_spki(key: ec.EllipticCurvePublicKey, curve: CurveNumbers = P256) -> bytes:
    """Return a public key in DER (SPKI)."""
    return _tlv(0x30, _tlv(0x30, _OID_EC, _parameters(curve)), _tlv(0x03, _point(key)))


def explicit_sec1(key: ec.EllipticCurvePrivateKey, curve: CurveNumbers = P256) -> bytes:
    """Return a private key in DER (SEC 1)."""
    number = _tlv(0x04, _octets(key.private_numbers().private_value))
    return _tlv(0x30, _ONE, number, _tlv(0xA0, _parameters(curve)), _tlv(0xA1, _tlv(0x03, _point(key.public_key()))))


def explicit_pkcs8(key: ec.EllipticCurvePrivateKey, curve: CurveNumbers = P256) -> bytes:
    """Return a private key in DER (PKCS #8)."""
    number = _tlv(0x04, _octets(key.private_numbers().private_value))
    inner = _tlv(0x30, _ONE, number, _tlv(0xA1, _tlv(0x03, _point(key.public_key()))))
    return _tlv(0x30, b"\x02\x01\x00", _tlv(0x30, _OID_EC, _parameters(curve)), _tlv(0x04, inner))


def to_pem(label: str, der: bytes) -> str:
    """Return a PEM block."""
    text = base64.b64encode(der).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def explicit_parameters_pem(curve: CurveNumbers = P256) -> str:
    """Return the block that `openssl ecparam -genkey` writes before a key."""
    return to_pem("EC PARAMETERS", _parameters(curve))
