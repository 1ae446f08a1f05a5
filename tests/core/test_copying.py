"""Copies, pickles and weak references of objects of the package."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import JOSEError, Key, RemoteKeySet, Verifier, jwk, sign_token
from fastjose._core import AuthJsCookieReader, OriginPolicy, SessionCookieReader, SessionTokenReader
from fastjose.backends import AESKey, DIRKey, HMACKey
from fastjose.fastapi import BearerAuth

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "a-secret-of-at-least-thirty-two-bytes"

NATIVE: dict[str, Callable[[], Any]] = {
    "Key": lambda: Key(SECRET, kid="k1"),
    "Key of a JWK": lambda: Key({"kty": "oct", "k": "A" * 64, "alg": "HS256"}),
    "Verifier": lambda: Verifier(SECRET, algorithms="HS256"),
    "RemoteKeySet": lambda: RemoteKeySet("https://auth.example.com/jwks?key=not-to-be-shown"),
    "AuthJsCookieReader": lambda: AuthJsCookieReader([SECRET]),
    "SessionTokenReader": lambda: SessionTokenReader([SECRET]),
    "SessionCookieReader": lambda: SessionCookieReader(secrets=[SECRET], strategy="jwe"),
    "OriginPolicy": lambda: OriginPolicy(["https://app.example.com"]),
}
ASYMMETRIC: dict[str, tuple[Any, str]] = {
    "RSA": (rsa.generate_private_key(65_537, 2_048), "RS256"),
    "EC": (ec.generate_private_key(ec.SECP256R1()), "ES256"),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
}
SYMMETRIC: dict[str, Callable[[], Any]] = {
    "HMACKey": lambda: HMACKey(SECRET, "HS256"),
    "HMACKey of a JWK": lambda: HMACKey({"kty": "oct", "k": "A-_" * 32}, "HS512"),
    "HMACKey of bytes that are not UTF-8": lambda: HMACKey(b"\xff\x00" * 40, "HS384"),
    "HMACKey of one byte": lambda: HMACKey(b"x", "HS256"),
    "AESKey": lambda: AESKey("x" * 16, "A128KW"),
    "DIRKey": lambda: DIRKey("x" * 16, "dir"),
}


def pickle_and_restore(original: Any) -> Any:
    return pickle.loads(pickle.dumps(original))  # noqa: S301 - written in the same expression


def private_pem(key: Any) -> bytes:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def public_pem(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


@pytest.mark.parametrize("name", NATIVE)
def test_copy_of_native_object_is_the_object(name: str) -> None:
    original = NATIVE[name]()
    assert copy.copy(original) is original
    assert copy.deepcopy(original) is original
    assert copy.deepcopy({"nested": [original]})["nested"][0] is original


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_of_native_object_is_type_error_that_says_what_to_do(name: str, protocol: int) -> None:
    original = NATIVE[name]()
    with pytest.raises(TypeError) as raised:
        pickle.dumps(original, protocol)
    assert str(raised.value).startswith(f"A {type(original).__name__} cannot be pickled")
    assert "to the other process" in str(raised.value)
    assert SECRET not in str(raised.value)
    assert "not-to-be-shown" not in str(raised.value)


@pytest.mark.parametrize("name", NATIVE)
def test_native_object_can_be_weakly_referenced(name: str) -> None:
    original = NATIVE[name]()
    reference, names = weakref.ref(original), weakref.WeakKeyDictionary({original: name})
    assert reference() is original
    assert names[original] == name
    del original
    gc.collect()
    assert reference() is None
    assert not names


def test_deep_copy_of_bearer_auth_verifies_tokens() -> None:
    auth = BearerAuth(Verifier(SECRET, algorithms="HS256"))
    assert isinstance(copy.deepcopy(auth), BearerAuth)
    assert isinstance(copy.copy(auth), BearerAuth)


@pytest.mark.parametrize("name", SYMMETRIC)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle_and_restore])
def test_copy_of_symmetric_key_is_the_same_key(name: str, duplicate: Callable[[Any], Any]) -> None:
    original = SYMMETRIC[name]()
    duplicated = duplicate(original)
    assert type(duplicated) is type(original)
    assert duplicated is not original
    assert duplicated.to_dict() == original.to_dict()
    if isinstance(original, HMACKey):
        assert duplicated.verify("message", original.sign("message"))


@pytest.mark.parametrize("name", ASYMMETRIC)
@pytest.mark.parametrize("form", [private_pem, public_pem])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copy_of_asymmetric_key_is_the_same_key(
    name: str, form: Callable[[Any], bytes], duplicate: Callable[[Any], Any]
) -> None:
    key, algorithm = ASYMMETRIC[name]
    original = jwk.construct(form(key), algorithm)
    duplicated = duplicate(original)
    assert (type(duplicated), duplicated.to_dict()) == (type(original), original.to_dict())
    signer = jwk.construct(private_pem(key), algorithm)
    assert duplicated.public_key().verify(b"message", signer.sign(b"message"))


@pytest.mark.parametrize("name", ASYMMETRIC)
@pytest.mark.parametrize("form", [private_pem, public_pem])
def test_pickle_of_asymmetric_key_is_type_error_that_says_what_to_do(name: str, form: Callable[[Any], bytes]) -> None:
    key, algorithm = ASYMMETRIC[name]
    with pytest.raises(TypeError, match=r"cannot be pickled.*to_pem\(\) or to_dict\(\)"):
        pickle.dumps(jwk.construct(form(key), algorithm))


@pytest.mark.parametrize("claims", [{"exp": 1}, {}, {"exp": 4_000_000_000, "aud": "other"}])
def test_pickle_of_error_keeps_code_and_claim(claims: dict[str, Any]) -> None:
    with pytest.raises(JOSEError) as raised:
        Verifier(SECRET, algorithms="HS256").verify(sign_token(claims, SECRET, algorithm="HS256"))
    error = raised.value
    restored = pickle_and_restore(error)
    assert (type(restored), str(restored), restored.code) == (type(error), str(error), error.code)
    assert getattr(restored, "claim", None) == getattr(error, "claim", None)
