"""`Key` and key material: every form that is read, and every form that must not be taken for a secret."""

from __future__ import annotations

import base64
import copy
import pickle
from types import MappingProxyType
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, x25519

from fastjose import JWKError, Key, Verifier, sign_token, verify_token
from support.attack_tokens.signatures import public_key_encodings
from support.jose_builder import (
    CLAIMS,
    CURVE_OF,
    NOW,
    SECRET,
    PrivateKey,
    b64u,
    certificate,
    create_token,
    ec_key,
    ed_key,
    encode_uint,
    jwk,
    oct_jwk,
    openssh,
    pkcs1,
    private_pem,
    public_key_of,
    rsa_key,
    spki,
)

HMAC = ["HS256", "HS384", "HS512"]
RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
PRIVATE_KEYS: dict[str, PrivateKey] = {
    "RSA": rsa_key(),
    "P-256": ec_key("P-256"),
    "P-384": ec_key("P-384"),
    "P-521": ec_key("P-521"),
    "secp256k1": ec_key("secp256k1"),
    "Ed25519": ed_key(),
}
ALGORITHMS = {"RSA": RSA, "Ed25519": ["EdDSA"], **{curve: [algorithm] for algorithm, curve in CURVE_OF.items()}}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def forms() -> list[Any]:
    """Spell each public key in each form that is read."""
    spelled: dict[str, tuple[str, Any]] = {}
    for kind, key in PRIVATE_KEYS.items():
        spelled[f"{kind} SPKI PEM"] = kind, spki(public_key_of(key))
        spelled[f"{kind} SPKI PEM as str"] = kind, spki(public_key_of(key)).decode()
        spelled[f"{kind} SPKI DER"] = kind, spki(public_key_of(key), pem=False)
        spelled[f"{kind} certificate PEM"] = kind, certificate(key)
        spelled[f"{kind} certificate PEM as str"] = kind, certificate(key).decode()
        spelled[f"{kind} certificate DER"] = kind, certificate(key, pem=False)
        spelled[f"{kind} JWK"] = kind, jwk(public_key_of(key))
        spelled[f"{kind} JWK in a mapping"] = kind, MappingProxyType(jwk(public_key_of(key)))
    spelled["RSA PKCS #1 PEM"] = "RSA", pkcs1(rsa_key().public_key())
    spelled["RSA PKCS #1 PEM as str"] = "RSA", pkcs1(rsa_key().public_key()).decode()
    spelled["RSA PKCS #1 DER"] = "RSA", pkcs1(rsa_key().public_key(), pem=False)
    return [pytest.param(kind, material, id=name) for name, (kind, material) in spelled.items()]


@pytest.mark.parametrize(("kind", "material"), forms())
def test_reads_every_form_of_a_public_key(kind: str, material: Any) -> None:
    key = Key(material)
    assert key.algorithms == ALGORITHMS[kind]
    assert key.kid is None
    for algorithm in ALGORITHMS[kind]:
        made = create_token(algorithm, key=PRIVATE_KEYS[kind])
        assert Verifier(key, algorithms=algorithm).verify(made) == CLAIMS
        assert verify_token(made, material, algorithms=algorithm) == CLAIMS


@pytest.mark.parametrize("respell", [
    lambda pem: b"\xef\xbb\xbf" + pem,
    lambda pem: b"\n \t" + pem,
    lambda pem: pem.replace(b"\n", b"\r\n"),
    lambda pem: pem.rstrip(b"\n"),
    lambda pem: pem + b"\n\n",
], ids=["byte order mark", "space in front", "CRLF", "no last line feed", "empty lines behind"])  # fmt: skip
def test_reads_pem_as_editors_leave_it(respell: Any) -> None:
    assert Key(respell(spki(public_key_of(ed_key())))).algorithms == ["EdDSA"]


def test_reads_the_first_certificate_of_a_chain() -> None:
    chain = certificate(ec_key()) + certificate(rsa_key())
    assert Key(chain).algorithms == ["ES256"]


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_reads_rsa_keys_of_every_usual_size(bits: int) -> None:
    key = rsa_key(bits)
    for algorithm in ["RS256", "PS512"]:
        made = create_token(algorithm, key=key)
        assert verify_token(made, spki(public_key_of(key)), algorithms=algorithm) == CLAIMS


@pytest.mark.parametrize(
    ("size", "algorithms"), [(32, HMAC[:1]), (47, HMAC[:1]), (48, HMAC[:2]), (64, HMAC), (999, HMAC)]
)
@pytest.mark.parametrize("form", [bytes, bytes.decode, oct_jwk])
def test_a_secret_verifies_what_it_is_long_enough_for(size: int, algorithms: list[str], form: Any) -> None:
    assert Key(form(b"s" * size)).algorithms == algorithms


@pytest.mark.parametrize("form", [bytes, bytes.decode, oct_jwk])
def test_a_short_secret_is_weak(form: Any) -> None:
    with pytest.raises(JWKError, match="at least 32 bytes") as caught:
        Key(form(b"s" * 31))
    assert caught.value.code == "weak_key"


@pytest.mark.parametrize("secret", ["s", b"s", "s" * 31, "\U0001f511"])
def test_a_short_secret_can_be_allowed(secret: str | bytes) -> None:
    key = Key(secret, allow_short_secret=True)
    assert key.algorithms == HMAC
    signing_key = secret if isinstance(secret, bytes) else secret.encode()
    assert Verifier(key, algorithms="HS512").verify(create_token("HS512", key=signing_key)) == CLAIMS


@pytest.mark.parametrize("allow_short_secret", [True, False])
@pytest.mark.parametrize("empty", ["", b""])
def test_an_empty_secret_is_never_allowed(empty: str | bytes, allow_short_secret: bool) -> None:  # noqa: FBT001
    with pytest.raises(JWKError) as caught:
        Key(empty, allow_short_secret=allow_short_secret)
    assert caught.value.code == "invalid_key"


def test_the_length_of_a_secret_is_counted_in_bytes() -> None:
    assert Key("\U0001f511" * 8).algorithms == ["HS256"]


DISGUISES = [
    pytest.param(material, id=f"{kind} {name}")
    for kind in ("RSA", "P-256", "Ed25519")
    for name, material in public_key_encodings(PRIVATE_KEYS[kind]).items()
]


@pytest.mark.parametrize("material", DISGUISES)
def test_a_public_key_is_never_taken_for_a_secret(material: bytes) -> None:
    for form in _as_bytes_and_text(material):
        assert not set(_verifies(form)) & {*HMAC, "weak_key"}


@pytest.mark.parametrize("material", DISGUISES)
def test_a_public_key_is_no_short_secret_either(material: bytes) -> None:
    for form in _as_bytes_and_text(material):
        with pytest.raises(JWKError) as caught:
            Key(form, allow_short_secret=True)
        assert caught.value.code == "invalid_key"


@pytest.mark.parametrize("last", [b" ", b"\t", b"\n", b"\x0c", b"\r"])
def test_a_key_whose_last_byte_looks_like_white_space_is_no_secret(last: bytes) -> None:
    """What an editor puts behind a key cannot be told from it."""
    spki = bytes.fromhex("302a300506032b6570032100") + b"k" * 31 + last
    for material in (spki, spki + b"\n", b"\n" + spki + b"\r\n"):
        with pytest.raises(JWKError) as caught:
            Key(material, allow_short_secret=True)
        assert caught.value.code == "invalid_key"


@pytest.mark.parametrize("form", ["pem", "der", "ssh", "jwk", "certificate"])
def test_a_public_key_is_no_secret_in_a_jwk_either(form: str) -> None:
    with pytest.raises(JWKError) as caught:
        Key(oct_jwk(public_key_encodings(rsa_key())[form]))
    assert caught.value.code == "invalid_key"


def _as_bytes_and_text(material: bytes) -> list[str | bytes]:
    try:
        return [material, material.decode()]
    except UnicodeDecodeError:
        return [material]


def _verifies(material: str | bytes) -> list[str]:
    """Return what the key verifies; that it is a secret shows in `weak_key` too."""
    try:
        return Key(material).algorithms
    except JWKError as error:
        return [] if error.code == "invalid_key" else [error.code]


@pytest.mark.parametrize("secret", [
    "ssshh-this-is-only-a-secret-of-mine-and-no-key",
    "0" * 44,
    b64u(bytes(range(48))),
    '{"a":"JSON text that is no key, as a secret"}',
    "MIIBCgKCAQEA-looks-like-DER-and-is-none-at-all",
])  # fmt: skip
def test_a_secret_that_looks_odd_is_a_secret(secret: str) -> None:
    assert "HS256" in Key(secret).algorithms


PRIVATE_FORMS = [
    pytest.param(private_pem(rsa_key()), id="RSA PKCS #8"),
    pytest.param(private_pem(ec_key()), id="EC PKCS #8"),
    pytest.param(private_pem(ed_key()), id="Ed25519 PKCS #8"),
    pytest.param(private_pem(rsa_key(), serialization.PrivateFormat.TraditionalOpenSSL), id="RSA PKCS #1"),
    pytest.param(private_pem(ec_key(), serialization.PrivateFormat.TraditionalOpenSSL), id="EC SEC 1"),
    pytest.param(private_pem(ed_key(), serialization.PrivateFormat.OpenSSH), id="Ed25519 OpenSSH"),
]


@pytest.mark.parametrize("pem", PRIVATE_FORMS)
def test_a_private_key_is_refused_with_a_word_that_helps(pem: bytes) -> None:
    for form in (pem, pem.decode(), b"\n" + pem):
        with pytest.raises(JWKError, match="private key; a token is verified with its public key") as caught:
            Key(form)
        assert caught.value.code == "invalid_key"


@pytest.mark.parametrize("pem", PRIVATE_FORMS)
def test_a_private_key_is_no_secret(pem: bytes) -> None:
    with pytest.raises(JWKError):
        Key(pem, allow_short_secret=True)


@pytest.mark.parametrize("pem", PRIVATE_FORMS[:5])
def test_a_private_key_in_der_is_no_secret(pem: bytes) -> None:
    body = b"".join(line for line in pem.splitlines() if not line.startswith(b"-"))
    with pytest.raises(JWKError) as caught:
        Key(base64.b64decode(body))
    assert caught.value.code == "invalid_key"


def _public_pem(key: Any) -> bytes:
    made: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return made


UNSUPPORTED = {
    "P-224": _public_pem(ec.generate_private_key(ec.SECP224R1())),
    "Ed448": _public_pem(ed448.Ed448PrivateKey.generate()),
    "X25519": _public_pem(x25519.X25519PrivateKey.generate()),
    "DSA": _public_pem(dsa.generate_private_key(2048)),
    "OpenSSH RSA": openssh(public_key_of(rsa_key())),
    "OpenSSH EC": openssh(public_key_of(ec_key())),
    "OpenSSH Ed25519": openssh(public_key_of(ed_key())),
}


@pytest.mark.parametrize("material", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_a_key_of_another_kind_is_invalid(material: bytes) -> None:
    with pytest.raises(JWKError) as caught:
        Key(material)
    assert caught.value.code == "invalid_key"


BROKEN: dict[str, Any] = {
    "PEM without an end": spki(public_key_of(ec_key()))[:100],
    "PEM of nothing": b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
    "PEM of other bytes": b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "PEM with other words": spki(public_key_of(ec_key())).replace(b"PUBLIC KEY", b"CERTIFICATE"),
    "PEM with unlike ends": spki(public_key_of(ec_key())).replace(b"END PUBLIC", b"END RSA PUBLIC"),
    "PEM that is no text": spki(public_key_of(ec_key())).replace(b"M", b"\xff"),
    "request for a certificate": b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
    "JWK text": '{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}',
    "JWK Set": {"keys": [oct_jwk(SECRET)]},
    "empty JWK": {},
    "JWK that is no JSON": {"kty": "oct", "k": object()},
    "JWK with a number that is none": {"kty": "oct", "k": b64u(SECRET), "x": float("nan")},
    "JWK with a lone surrogate": {"kty": "oct", "k": b64u(SECRET), "x": "\ud800"},
    "secret with a lone surrogate": "s" * 40 + "\ud800",
}


@pytest.mark.parametrize("material", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_an_invalid_key(material: Any) -> None:
    with pytest.raises(JWKError) as caught:
        Key(material)
    assert caught.value.code == "invalid_key"


@pytest.mark.parametrize("name", ["JWK that is no JSON", "secret with a lone surrogate"])
def test_a_verifier_says_the_same_of_it(name: str) -> None:
    with pytest.raises(JWKError) as caught:
        Verifier(BROKEN[name], algorithms="HS256")
    assert caught.value.code == "invalid_key"


@pytest.mark.parametrize(
    "make", [Key, lambda secret: sign_token({}, secret, algorithm="HS256")], ids=["Key", "sign_token"]
)
def test_a_secret_that_is_no_text_is_not_quoted(make: Any) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of whichever class, the secret is not in it
        make("a-secret-that-stays-one\ud800")
    error = caught.value
    assert "stays" not in f"{error!r}{error.args!r}{error.__context__!r}{error.__cause__!r}"


@pytest.mark.parametrize(
    "wrong", [None, 1, 1.5, True, bytearray(b"s" * 32), memoryview(b"s" * 32), [], ["s" * 32], object()]
)
def test_material_of_another_type_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="material must be"):
        Key(wrong)


def test_arguments_of_another_type_are_type_errors() -> None:
    make: Any = Key
    wrong: list[dict[str, Any]] = [
        {"kid": 1},
        {"kid": b"k"},
        {"algorithm": ["HS256"]},
        {"allow_short_secret": "yes"},
        {"unknown": 1},
    ]
    for arguments in wrong:
        with pytest.raises(TypeError):
            make(SECRET, **arguments)
    with pytest.raises(TypeError):
        make(SECRET, "kid")
    with pytest.raises(TypeError):
        make()


@pytest.mark.parametrize("name", ["", "none", "hs256", "HS256 ", "ES256k", "RS1", "*", "Ed448"])
def test_an_algorithm_that_is_not_supported_is_a_value_error(name: str) -> None:
    with pytest.raises(ValueError, match="is not an algorithm that is supported") as caught:
        Key(SECRET, algorithm=name)
    assert not isinstance(caught.value, JWKError)


@pytest.mark.parametrize("algorithm", RSA)
def test_a_key_bound_to_an_algorithm_verifies_no_other(algorithm: str) -> None:
    key = Key(spki(public_key_of(rsa_key())), algorithm=algorithm)
    assert key.algorithms == [algorithm]
    assert Verifier(key).verify(create_token(algorithm)) == CLAIMS
    other = next(name for name in RSA if name != algorithm)
    with pytest.raises(ValueError, match="cannot be used with"):
        Verifier(key, algorithms=[other])


def test_both_names_of_ed25519_bind_alike() -> None:
    for name in ["EdDSA", "Ed25519"]:
        assert Key(jwk(public_key_of(ed_key())), algorithm=name).algorithms == ["EdDSA"]


@pytest.mark.parametrize(("material", "algorithm"), [
    pytest.param(spki(public_key_of(rsa_key())), "HS256", id="RSA as a secret"),
    pytest.param(spki(public_key_of(rsa_key())), "ES256", id="RSA as EC"),
    pytest.param(spki(public_key_of(ec_key())), "ES384", id="EC on another curve"),
    pytest.param(spki(public_key_of(ed_key())), "RS256", id="Ed25519 as RSA"),
    pytest.param(SECRET, "RS256", id="secret as RSA"),
    pytest.param(jwk(public_key_of(rsa_key()), alg="RS256"), "RS512", id="JWK with another alg"),
])  # fmt: skip
def test_a_key_cannot_be_bound_to_what_it_cannot_do(material: Any, algorithm: str) -> None:
    with pytest.raises(JWKError, match="cannot be used with") as caught:
        Key(material, algorithm=algorithm)
    assert caught.value.code == "invalid_key"


def test_a_jwk_brings_its_name_and_its_algorithm() -> None:
    key = Key(oct_jwk(SECRET, kid="own", alg="HS384"))
    assert (key.kid, key.algorithms) == ("own", ["HS384"])
    assert Key(oct_jwk(SECRET, kid="own"), kid="given").kid == "given"
    assert Key(SECRET, kid="given").kid == "given"
    assert Key(SECRET, kid="").kid == ""


def test_a_name_makes_the_key_stand_for_its_tokens() -> None:
    verifier = Verifier([Key(SECRET, kid="a"), Key(b"o" * 64, kid="b")], algorithms="HS256")
    assert verifier.verify(create_token(kid="a")) == CLAIMS
    assert verifier.verify(create_token(kid="b", key=b"o" * 64)) == CLAIMS
    with pytest.raises(Exception, match="Signature verification failed"):
        verifier.verify(create_token(kid="b"))


@pytest.mark.parametrize(
    "material",
    [SECRET, SECRET.hex(), oct_jwk(SECRET), spki(public_key_of(ec_key())), jwk(public_key_of(ed_key()))],
    ids=["secret", "secret as str", "secret as JWK", "PEM", "JWK"],
)
def test_nothing_shows_the_material(material: Any) -> None:
    key = Key(material, kid="name")
    shown = f"{key} {key!r} {key.algorithms} {[getattr(key, name) for name in dir(key) if not name.startswith('_')]}"
    assert repr(key) == f'<fastjose.Key kid="name" algorithms=[{", ".join(key.algorithms)}]>'
    parts = [str(part) for part in (material.values() if isinstance(material, dict) else [material])]
    assert not [part for part in parts if len(part) > 8 and part in shown]


def test_a_key_is_not_copied_nor_changed() -> None:
    key: Any = Key(SECRET)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            attempt(key)
    with pytest.raises(AttributeError):
        key.kid = "other"
    key.algorithms.clear()
    assert key.algorithms == HMAC


@pytest.mark.parametrize(("bits", "code"), [(2047, "weak_key"), (2048, None), (8192, None), (8193, "invalid_key")])
def test_the_size_of_an_rsa_key_is_that_of_its_modulus(bits: int, code: str | None) -> None:
    made = {"kty": "RSA", "n": encode_uint(2 ** (bits - 1) + 1), "e": "AQAB"}
    if code is None:
        assert Key(made).algorithms == RSA
        return
    with pytest.raises(JWKError) as caught:
        Key(made)
    assert caught.value.code == code


def test_every_curve_has_its_algorithm() -> None:
    assert {CURVE_OF[Key(jwk(public_key_of(ec_key(curve)))).algorithms[0]] for curve in CURVE_OF.values()} == set(
        CURVE_OF.values()
    )
