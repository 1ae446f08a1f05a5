"""`sign_token`: an independent library accepts its tokens."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from fastjose import JWKError, JWSError, jwk, sign_token
from fastjose import jwt as jose_face

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
    with pytest.raises(JWKError, match="PEM text cannot be parsed"):
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


def pem(key: Any, form: PrivateFormat = PrivateFormat.TraditionalOpenSSL, password: bytes = b"") -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()  # type: ignore[no-any-return]


EC = PRIVATE_KEYS["ES256"]
EC_PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
OCT = {"kty": "oct", "k": jwk.construct(SECRET, "HS256").to_dict()["k"]}
KEYS_OF_JWT_ENCODE: dict[str, tuple[Any, str, Any]] = {
    "SEC 1": (pem(EC), "ES256", EC.public_key()),
    "SEC 1 as bytes": (pem(EC).encode(), "ES256", EC.public_key()),
    "EC PARAMETERS": (EC_PARAMETERS + pem(EC), "ES256", EC.public_key()),
    "PKCS #1": (pem(RSA), "PS256", RSA.public_key()),
    "EC JWK": (jwk.construct(pem(EC), "ES256").to_dict(), "ES256", EC.public_key()),
    "RSA JWK without alg": (
        {name: value for name, value in jwk.construct(pem(RSA), "RS256").to_dict().items() if name != "alg"},
        "RS512",
        RSA.public_key(),
    ),
    "oct JWK": (OCT, "HS384", SECRET),
    "EC key object": (jwk.construct(pem(EC), "ES256"), "ES256", EC.public_key()),
    "HMAC key object": (jwk.construct(SECRET, "HS512"), "HS512", SECRET),
    "key of cryptography": (EC, "ES256", EC.public_key()),
}


@pytest.mark.parametrize(("key", "algorithm", "public"), KEYS_OF_JWT_ENCODE.values(), ids=KEYS_OF_JWT_ENCODE)
def test_sign_token_accepts_keys_of_jwt_encode(key: Any, algorithm: str, public: Any) -> None:
    for token in (sign_token({"a": 1}, key, algorithm=algorithm), jose_face.encode({"a": 1}, key, algorithm)):
        assert jwt.decode(token, public, [algorithm]) == {"a": 1}


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_sign_token_works_without_another_import(algorithm: str) -> None:
    key = pem(EC) if algorithm == "ES256" else SECRET
    code = "import sys; from fastjose import sign_token; print(sign_token({}, sys.argv[1], algorithm=sys.argv[2]))"
    command = [sys.executable, "-c", code, key, algorithm]
    token = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - ours
    assert jwt.decode(token, EC.public_key() if algorithm == "ES256" else SECRET, [algorithm]) == {}


def test_sign_token_uses_key_class_of_application() -> None:
    class FixedKey(jwk.Key):
        def sign(self, msg: bytes) -> bytes:
            return b"signature of " + msg[:3]

    assert sign_token({}, FixedKey("k", "HS256"), algorithm="HS256").endswith(".c2lnbmF0dXJlIG9mIGV5Sg")


UNUSABLE: dict[str, tuple[Any, str]] = {
    "encrypted": (pem(EC, PrivateFormat.PKCS8, b"password"), "ES256"),
    "encrypted, traditional": (pem(EC, password=b"password"), "ES256"),
    "public": (EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "ES256"),
    "public JWK": ({**jwk.construct(EC.public_key(), "ES256").to_dict()}, "ES256"),
    "no key": ("-----BEGIN EC PRIVATE KEY-----", "ES256"),
    "other type": (object(), "ES256"),
    "None": (None, "HS256"),
    "short RSA": (pem(rsa.generate_private_key(65_537, 1_024)), "RS256"),  # noqa: S505 - rejected
}


@pytest.mark.parametrize(("key", "algorithm"), UNUSABLE.values(), ids=UNUSABLE)
def test_sign_token_has_the_error_of_jwt_encode(key: Any, algorithm: str) -> None:
    with pytest.raises(JWKError) as ours:
        sign_token({}, key, algorithm=algorithm)
    with pytest.raises(JWSError) as theirs:
        jose_face.encode({}, key, algorithm)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (pem(PRIVATE_KEYS["ES384"]), "ES256"),
        (pem(PRIVATE_KEYS["ES256K"]), "ES256"),
        (jwk.construct(pem(PRIVATE_KEYS["ES384"]), "ES256").to_dict(), "ES256"),
        (jwk.construct(pem(RSA), "RS512"), "RS256"),
        (jwk.construct(pem(RSA), "RS512").to_dict(), "RS256"),
        ({**OCT, "alg": "HS512"}, "HS256"),
        ({**OCT, "alg": "none"}, "HS256"),
        ({**OCT, "alg": 5}, "HS256"),
        (pem(EC), "RS256"),
    ],
)
def test_sign_token_rejects_key_for_another_algorithm(key: Any, algorithm: str) -> None:
    with pytest.raises(JWKError, match=r"cannot be used|alg is not supported"):
        sign_token({}, key, algorithm=algorithm)


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("zone", [None, dt.timezone.utc, dt.timezone(dt.timedelta(hours=5, minutes=30))])
def test_sign_token_converts_datetimes(name: str, zone: dt.tzinfo | None) -> None:
    claims = {name: dt.datetime(2040, 1, 2, 3, 4, 5, 999_999, zone), "sub": "u"}
    before = dict(claims)
    token = sign_token(claims, SECRET, algorithm="HS256")
    assert claims == before
    assert token.split(".")[1] == jose_face.encode(claims, SECRET).split(".")[1]
    with pytest.raises(TypeError):
        sign_token({"auth_time": before[name]}, SECRET, algorithm="HS256")


@pytest.mark.parametrize(
    ("argument", "claims", "header"),
    [("claims", "text", None), ("claims", None, None), ("header", {}, "text"), ("header", {}, [])],
)
def test_claims_and_header_must_be_mappings(argument: str, claims: Any, header: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{argument} must be a mapping of names to JSON values$"):
        sign_token(claims, SECRET, algorithm="HS256", header=header)
