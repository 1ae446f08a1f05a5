"""`sign_token`: an independent library accepts its tokens."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import JWKError, sign_token

SECRET = "a-secret-that-is-long-enough-for-every-hash-of-them-all-64-bytes"
RSA = rsa.generate_private_key(65_537, 2_048)
PRIVATE_KEYS: dict[str, Any] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSA),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", *PRIVATE_KEYS])
def test_sign_token_output_is_accepted_by_pyjwt(algorithm: str) -> None:
    claims = {"sub": "üser", "exp": int(time.time()) + 60, "x": [1, 2.5, None, True, {"a": "\n"}]}
    key = PRIVATE_KEYS.get(algorithm)
    signing_key = SECRET if key is None else key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    token = sign_token(claims, signing_key, algorithm=algorithm, header={"kid": "k1"})
    assert jwt.decode(token, SECRET if key is None else key.public_key(), [algorithm]) == claims
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": "k1", "typ": "JWT"}


def test_sign_token_header_states_the_algorithm_used() -> None:
    token = sign_token({}, SECRET, algorithm="HS256", header={"alg": "none", "typ": "at+jwt"})
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "at+jwt"}


def test_sign_token_with_invalid_arguments_raises() -> None:
    with pytest.raises(ValueError, match="not an algorithm that is supported"):
        sign_token({}, SECRET, algorithm="none")
    with pytest.raises(JWKError, match="cannot be used to sign with RS256"):
        sign_token({}, SECRET, algorithm="RS256")
    with pytest.raises(JWKError):
        sign_token({}, "", algorithm="HS256")
    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(JWKError, match="should not be used as an HMAC secret"):
        sign_token({}, public, algorithm="HS256")
    with pytest.raises(ValueError, match=r"[Oo]ut of range|not JSON compliant"):
        sign_token({"exp": float("inf")}, SECRET, algorithm="HS256")
    with pytest.raises(TypeError):
        sign_token({"x": object()}, SECRET, algorithm="HS256")
