"""Session cookies as Auth.js 5 and NextAuth.js 4 encrypt them, made by the library cryptography."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.padding import PKCS7

from support.providers.keys import encode

if TYPE_CHECKING:
    from collections.abc import Mapping


def encrypt_version_5(claims: Mapping[str, Any], secret: str, cookie_name: str) -> str:
    """Return the value of the cookie `cookie_name`, which is the salt of its key."""
    key = _derive_key(secret, cookie_name, f"Auth.js Generated Encryption Key ({cookie_name})", 64)
    header = {"alg": "dir", "enc": "A256CBC-HS512", "kid": _thumbprint(key)}
    protected, vector = encode(json.dumps(header).encode()), os.urandom(16)
    padder = PKCS7(128).padder()
    padded = padder.update(json.dumps(claims).encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES256(key[32:]), modes.CBC(vector)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    authenticated = protected.encode() + vector + ciphertext + (len(protected) * 8).to_bytes(8, "big")
    tag = hmac.digest(key[:32], authenticated, "sha512")[:32]
    return f"{protected}..{encode(vector)}.{encode(ciphertext)}.{encode(tag)}"


def encrypt_version_4(claims: Mapping[str, Any], secret: str) -> str:
    """Return the value of the cookie of NextAuth.js 4, whatever its name."""
    key = _derive_key(secret, "", "NextAuth.js Generated Encryption Key", 32)
    protected, vector = encode(json.dumps({"alg": "dir", "enc": "A256GCM"}).encode()), os.urandom(12)
    sealed = AESGCM(key).encrypt(vector, json.dumps(claims).encode(), protected.encode())
    return f"{protected}..{encode(vector)}.{encode(sealed[:-16])}.{encode(sealed[-16:])}"


def _derive_key(secret: str, salt: str, info: str, size: int) -> bytes:
    return HKDF(SHA256(), size, salt.encode(), info.encode()).derive(secret.encode())


def _thumbprint(key: bytes) -> str:
    """Return the SHA-512 thumbprint of the key as a JWK (RFC 7638), as Auth.js writes it."""
    jwk = json.dumps({"k": encode(key), "kty": "oct"}, separators=(",", ":"))
    return encode(hashlib.sha512(jwk.encode()).digest())
