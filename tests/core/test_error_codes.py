"""Codes of errors that wrap another error, and the name of a claim that is not JSON."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import jwe, jwk, jws, jwt, sign_token
from fastjose.exceptions import JOSEError, JWEError, JWKError, JWSError, JWTError
from support.environment.fresh_import import SECRET
from support.tokens.jose_builder import ec_key, private_pem, public_key_of, rsa_key, spki
from support.tokens.jose_builder import jwk as make_jwk

if TYPE_CHECKING:
    from collections.abc import Callable

WEAK_RSA = private_pem(rsa_key(1024))
PUBLIC_RSA = spki(public_key_of(rsa_key()))


@pytest.mark.parametrize(
    ("key", "algorithm", "code"),
    [
        (WEAK_RSA, "RS256", "weak_key"),
        (WEAK_RSA, "PS512", "weak_key"),
        (spki(public_key_of(rsa_key(1024))), "RS256", "weak_key"),
        (make_jwk(public_key_of(rsa_key(1024))), "RS256", "weak_key"),
        (PUBLIC_RSA, "RS256", "invalid_key"),
        (PUBLIC_RSA, "HS256", "invalid_key"),
        ("", "HS256", "invalid_key"),
        (5, "HS256", "invalid_key"),
        ("garbage", "ES256", "invalid_key"),
        (private_pem(ec_key()), "ES512", "invalid_key"),
        (SECRET, "XS256", "algorithm_not_allowed"),
    ],
)
def test_signing_error_keeps_the_code_of_the_key_error(key: Any, algorithm: str, code: str) -> None:
    for sign in (jwt.encode, jws.sign):
        with pytest.raises(JWSError) as raised:
            sign({}, key, algorithm=algorithm)
        assert raised.value.code == code


def test_verification_error_keeps_the_code_of_the_error_it_wraps() -> None:
    token = jwt.encode({}, SECRET)
    with pytest.raises(JWTError) as raised:
        jwt.decode(token, SECRET[::-1], algorithms=["HS256"])
    assert raised.value.code == "bad_signature"
    with pytest.raises(JWKError) as weak:
        jwt.decode(jwt.encode({}, private_pem(rsa_key()), "RS256"), WEAK_RSA, algorithms=["RS256"])
    assert weak.value.code == "weak_key"


def test_error_of_a_registered_class_has_the_code_of_an_algorithm(monkeypatch: pytest.MonkeyPatch) -> None:
    class UnsupportedKey(jwk.Key):
        def __init__(self, *_: Any) -> None:
            raise JWSError("not here")

    monkeypatch.setitem(jwk.ALGORITHMS.KEYS, "XS256", UnsupportedKey)
    unsupported = jws.sign(b"", SECRET, headers={"alg": "XS256"})
    with pytest.raises(JWTError, match="Invalid or unsupported algorithm") as unknown:
        jwt.decode(unsupported, SECRET, algorithms=["XS256"])
    assert unknown.value.code == "algorithm_not_allowed"


@pytest.mark.parametrize("read", [jwt.get_unverified_header, jwt.get_unverified_headers, jwt.get_unverified_claims])
def test_unverified_access_keeps_the_code(read: Any) -> None:
    for token in ("", "a.b.c", "a.b.c.d.e", None, 5):
        with pytest.raises(JWTError, match="Error decoding token") as raised:
            read(token)
        assert raised.value.code == "malformed"


def test_jwe_error_keeps_the_code_of_the_key_error() -> None:
    private, public = jwk.construct(private_pem(rsa_key()), "RSA-OAEP"), jwk.construct(PUBLIC_RSA, "RSA-OAEP")
    with pytest.raises(JWEError, match="requires the public key") as encrypting:
        private.wrap_key(bytes(16))
    with pytest.raises(JWEError, match="requires the private key") as decrypting:
        public.unwrap_key(bytes(256))
    assert {encrypting.value.code, decrypting.value.code} == {"invalid_key"}
    for call in (lambda: jwe.encrypt(b"", WEAK_RSA, algorithm="RSA-OAEP"), lambda: jwk.construct(WEAK_RSA, "RSA-OAEP")):
        with pytest.raises(JOSEError) as weak:
            call()
        assert weak.value.code == "weak_key"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (uuid.UUID(int=0), "Object of type UUID is not JSON serializable (claim 'tenant')"),
        ({1}, "Object of type set is not JSON serializable (claim 'tenant')"),
        ([{"deep": b"x"}], "Object of type bytes is not JSON serializable (claim 'tenant')"),
        (dt.date(2026, 1, 1), "Object of type date is not JSON serializable (claim 'tenant')"),
    ],
)
def test_claim_that_is_not_json_is_named(value: Any, text: str) -> None:
    claims = {"sub": "user-1", "tenant": value, "z": 1}
    functions: list[Callable[..., str]] = [jwt.encode, jws.sign, partial(sign_token, algorithm="HS256")]
    for sign in functions:
        with pytest.raises(TypeError) as raised:
            sign(claims, SECRET)
        assert str(raised.value) == text
        assert raised.value.__cause__ is None


def test_header_parameter_that_is_not_json_is_named() -> None:
    for sign in (jwt.encode, jws.sign):
        with pytest.raises(TypeError, match=r"\(header parameter 'kid'\)$"):
            sign({}, SECRET, headers={"kid": b"k"})
    with pytest.raises(TypeError, match=r"\(header parameter 'kid'\)$"):
        sign_token({}, SECRET, algorithm="HS256", header={"kid": b"k"})


def test_number_that_is_not_finite_is_named() -> None:
    for number in (float("nan"), float("inf"), float("-inf")):
        with pytest.raises(ValueError, match=r"not JSON compliant.* \(claim 'balance'\)$"):
            sign_token({"sub": "a", "balance": number}, SECRET, algorithm="HS256")


def test_error_without_a_single_cause_is_unchanged() -> None:
    with pytest.raises(TypeError, match=r"^keys must be str, int, float, bool or None, not tuple$"):
        jwt.encode({("a", "b"): 1}, SECRET)  # type: ignore[dict-item]
    claims: dict[str, Any] = {}
    claims["self"] = claims
    with pytest.raises(TypeError, match=r"^a bytes-like object is required, not 'dict'$"):
        jwt.encode(claims, SECRET)
