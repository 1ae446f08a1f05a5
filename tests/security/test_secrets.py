"""Encoded keys that must not be taken as HMAC secrets: their public half is not secret (RFC 8725 §2.1)."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import JOSEError, Key, Verifier, jwk
from support.jose_builder import PrivateKey, ec_key, ed_key, public_key_of, rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVATE_KEYS: dict[str, PrivateKey] = {"rsa": rsa_key(), "ec": ec_key(), "ed25519": ed_key()}


def private_der(name: str, form: PrivateFormat) -> bytes:
    return PRIVATE_KEYS[name].private_bytes(Encoding.DER, form, NoEncryption())


def ssh2(name: str) -> bytes:
    """Return a public key in the format of RFC 4716, as `ssh-keygen -e` writes it."""
    openssh = public_key_of(PRIVATE_KEYS[name]).public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    body = openssh.split()[1]
    lines = [body[start : start + 70] for start in range(0, len(body), 70)]
    return b"\n".join([b"---- BEGIN SSH2 PUBLIC KEY ----", *lines, b"---- END SSH2 PUBLIC KEY ----"])


def openssh_private_body(name: str) -> bytes:
    """Return the body of an OpenSSH private key, decoded: it begins with `openssh-key-v1`."""
    pem = PRIVATE_KEYS[name].private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def dsa_blob() -> bytes:
    """Return the form of a DSA public key (RFC 4253 §6.6); the numbers are not those of a key."""
    parts = [b"ssh-dss", *(bytes([0x7F]) * size for size in (128, 20, 128, 128))]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


PKCS8, TRADITIONAL = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
FORMS: dict[str, Callable[[], bytes]] = {
    "ssh-dss": lambda: b"ssh-dss " + base64.b64encode(dsa_blob()) + b" user@host",
    "ssh-dss, blob": dsa_blob,
    "ssh-dss, blob in base64": lambda: base64.b64encode(dsa_blob()),
    "openssh-key-v1 in base64": lambda: base64.b64encode(openssh_private_body("ed25519")),
    "PKCS #1 in base64": lambda: base64.b64encode(private_der("rsa", TRADITIONAL)),
    "SEC 1 in base64": lambda: base64.encodebytes(private_der("ec", TRADITIONAL)),
}
for _name in PRIVATE_KEYS:
    FORMS |= {
        f"SSH2, {_name}": partial(ssh2, _name),
        f"openssh-key-v1, {_name}": partial(openssh_private_body, _name),
        f"PKCS #8, {_name}": partial(private_der, _name, PKCS8),
        f"PKCS #8 in base64, {_name}": lambda name=_name: base64.b64encode(private_der(name, PKCS8)),  # type: ignore[misc]
        f"PKCS #8 in base64url, {_name}": lambda name=_name: base64.urlsafe_b64encode(private_der(name, PKCS8)),  # type: ignore[misc]
    }


@pytest.mark.parametrize("form", FORMS)
def test_key_in_any_encoding_is_not_a_secret(form: str) -> None:
    material = FORMS[form]()
    for create in (
        lambda: Key(material, algorithm="HS256"),
        lambda: Key(material, allow_short_secret=True),
        lambda: Verifier(material, algorithms="HS256"),
        lambda: jwk.construct(material, "HS256"),
    ):
        with pytest.raises((JOSEError, ValueError)):
            create()


@pytest.mark.parametrize(
    "secret", [b"ssh is not dss " * 3, b"ssh2 public key, they said, and 32", bytes(range(48, 96))]
)
def test_text_that_resembles_a_key_is_a_secret(secret: bytes) -> None:
    assert Verifier(secret, algorithms="HS256").algorithms == ["HS256"]
