"""`Key` and key material: every accepted encoding, and every encoding that must not be accepted as a secret."""

from __future__ import annotations

import base64
from types import MappingProxyType
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from jose import jwt as jose_jwt

from fastjose import JWKError, Key, Verifier, jwt, sign_token, verify_token
from support.tokens.attack_tokens.signatures import public_key_encodings
from support.tokens.jose_builder import (
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


def encode_public_keys() -> list[Any]:
    """Return each public key in each accepted encoding."""
    encoded: dict[str, tuple[str, Any]] = {}
    for kind, key in PRIVATE_KEYS.items():
        encoded[f"{kind} SPKI PEM"] = kind, spki(public_key_of(key))
        encoded[f"{kind} SPKI PEM as str"] = kind, spki(public_key_of(key)).decode()
        encoded[f"{kind} SPKI DER"] = kind, spki(public_key_of(key), pem=False)
        encoded[f"{kind} certificate PEM"] = kind, certificate(key)
        encoded[f"{kind} certificate PEM as str"] = kind, certificate(key).decode()
        encoded[f"{kind} certificate DER"] = kind, certificate(key, pem=False)
        encoded[f"{kind} JWK"] = kind, jwk(public_key_of(key))
        encoded[f"{kind} JWK in a mapping"] = kind, MappingProxyType(jwk(public_key_of(key)))
    encoded["RSA PKCS #1 PEM"] = "RSA", pkcs1(rsa_key().public_key())
    encoded["RSA PKCS #1 PEM as str"] = "RSA", pkcs1(rsa_key().public_key()).decode()
    encoded["RSA PKCS #1 DER"] = "RSA", pkcs1(rsa_key().public_key(), pem=False)
    return [pytest.param(kind, material, id=name) for name, (kind, material) in encoded.items()]


@pytest.mark.parametrize(("kind", "material"), encode_public_keys())
def test_key_accepts_every_encoding_of_a_public_key(kind: str, material: Any) -> None:
    key = Key(material)
    assert key.algorithms == ALGORITHMS[kind]
    assert key.kid is None
    for algorithm in ALGORITHMS[kind]:
        signed_token = create_token(algorithm, key=PRIVATE_KEYS[kind])
        assert Verifier(key, algorithms=algorithm).verify(signed_token) == CLAIMS
        assert verify_token(signed_token, material, algorithms=algorithm) == CLAIMS


@pytest.mark.parametrize("reformat", [
    lambda pem: b"\xef\xbb\xbf" + pem,
    lambda pem: b"\n \t" + pem,
    lambda pem: pem.replace(b"\n", b"\r\n"),
    lambda pem: pem.rstrip(b"\n"),
    lambda pem: pem + b"\n\n",
], ids=["byte order mark", "leading whitespace", "CRLF", "no final line feed", "trailing empty lines"])  # fmt: skip
def test_key_accepts_pem_with_editor_whitespace(reformat: Any) -> None:
    assert Key(reformat(spki(public_key_of(ed_key())))).algorithms == ["EdDSA"]


def test_key_from_certificate_chain_uses_first_certificate() -> None:
    chain = certificate(ec_key()) + certificate(rsa_key())
    assert Key(chain).algorithms == ["ES256"]


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_key_accepts_common_rsa_sizes(bits: int) -> None:
    key = rsa_key(bits)
    for algorithm in ["RS256", "PS512"]:
        signed_token = create_token(algorithm, key=key)
        assert verify_token(signed_token, spki(public_key_of(key)), algorithms=algorithm) == CLAIMS


@pytest.mark.parametrize(
    ("size", "algorithms"), [(32, HMAC[:1]), (47, HMAC[:1]), (48, HMAC[:2]), (64, HMAC), (999, HMAC)]
)
@pytest.mark.parametrize("form", [bytes, bytes.decode, oct_jwk])
def test_key_from_secret_supports_algorithms_by_length(size: int, algorithms: list[str], form: Any) -> None:
    assert Key(form(b"s" * size)).algorithms == algorithms


@pytest.mark.parametrize("form", [bytes, bytes.decode, oct_jwk])
def test_key_from_short_secret_raises_weak_key(form: Any) -> None:
    with pytest.raises(JWKError, match="at least 32 bytes") as raised:
        Key(form(b"s" * 31))
    assert raised.value.code == "weak_key"


@pytest.mark.parametrize("secret", ["s", b"s", "s" * 31, "\U0001f511"])
def test_key_from_short_secret_with_opt_in_is_accepted(secret: str | bytes) -> None:
    key = Key(secret, allow_short_secret=True)
    assert key.algorithms == HMAC
    signing_key = secret if isinstance(secret, bytes) else secret.encode()
    assert Verifier(key, algorithms="HS512").verify(create_token("HS512", key=signing_key)) == CLAIMS


@pytest.mark.parametrize("allow_short_secret", [True, False])
@pytest.mark.parametrize("empty", ["", b""])
def test_key_from_empty_secret_is_rejected(empty: str | bytes, allow_short_secret: bool) -> None:  # noqa: FBT001
    with pytest.raises(JWKError) as raised:
        Key(empty, allow_short_secret=allow_short_secret)
    assert raised.value.code == "invalid_key"


def test_key_from_secret_counts_length_in_bytes() -> None:
    assert Key("\U0001f511" * 8).algorithms == ["HS256"]


DISGUISES = [
    pytest.param(material, id=f"{kind} {name}")
    for kind in ("RSA", "P-256", "Ed25519")
    for name, material in public_key_encodings(PRIVATE_KEYS[kind]).items()
]


@pytest.mark.parametrize("material", DISGUISES)
def test_key_from_disguised_public_key_is_not_a_secret(material: bytes) -> None:
    for form in _list_bytes_and_text(material):
        assert not set(_algorithms_or_error_code(form)) & {*HMAC, "weak_key"}


@pytest.mark.parametrize("material", DISGUISES)
def test_key_from_disguised_public_key_with_short_secrets_allowed_is_rejected(material: bytes) -> None:
    for form in _list_bytes_and_text(material):
        with pytest.raises(JWKError) as raised:
            Key(form, allow_short_secret=True)
        assert raised.value.code == "invalid_key"


@pytest.mark.parametrize("last", [b" ", b"\t", b"\n", b"\x0c", b"\r"])
def test_key_from_der_ending_in_whitespace_byte_is_rejected_as_secret(last: bytes) -> None:
    """A key that ends in such a byte cannot be distinguished from a key with whitespace appended."""
    spki = bytes.fromhex("302a300506032b6570032100") + b"k" * 31 + last
    for material in (spki, spki + b"\n", b"\n" + spki + b"\r\n"):
        with pytest.raises(JWKError) as raised:
            Key(material, allow_short_secret=True)
        assert raised.value.code == "invalid_key"


@pytest.mark.parametrize("form", ["pem", "der", "ssh", "jwk", "certificate"])
def test_key_from_oct_jwk_holding_public_key_is_rejected(form: str) -> None:
    with pytest.raises(JWKError) as raised:
        Key(oct_jwk(public_key_encodings(rsa_key())[form]))
    assert raised.value.code == "invalid_key"


def _list_bytes_and_text(material: bytes) -> list[str | bytes]:
    try:
        return [material, material.decode()]
    except UnicodeDecodeError:
        return [material]


def _algorithms_or_error_code(material: str | bytes) -> list[str]:
    """Return the algorithms of the key, or the error code; `weak_key` also means that it was read as a secret."""
    try:
        return Key(material).algorithms
    except JWKError as error:
        return [] if error.code == "invalid_key" else [error.code]


@pytest.mark.parametrize("secret", [
    "ssshh-this-is-only-a-secret-of-mine-not-a-key",
    "0" * 44,
    b64u(bytes(range(48))),
    '{"a":"JSON text that is not a key, as a secret"}',
    "MIIBCgKCAQEA-looks-like-DER-but-is-not-DER",
])  # fmt: skip
def test_key_from_secret_resembling_a_key_is_accepted(secret: str) -> None:
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
def test_key_from_private_pem_is_rejected_with_advice(pem: bytes) -> None:
    for form in (pem, pem.decode(), b"\n" + pem):
        with pytest.raises(JWKError, match="private key; a token is verified with its public key") as raised:
            Key(form)
        assert raised.value.code == "invalid_key"


@pytest.mark.parametrize("pem", PRIVATE_FORMS)
def test_key_from_private_pem_with_short_secrets_allowed_is_rejected(pem: bytes) -> None:
    with pytest.raises(JWKError):
        Key(pem, allow_short_secret=True)


@pytest.mark.parametrize("pem", PRIVATE_FORMS[:5])
def test_key_from_private_der_is_rejected(pem: bytes) -> None:
    body = b"".join(line for line in pem.splitlines() if not line.startswith(b"-"))
    with pytest.raises(JWKError) as raised:
        Key(base64.b64decode(body))
    assert raised.value.code == "invalid_key"


def _encode_public_pem(key: Any) -> bytes:
    signed_token: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return signed_token


UNSUPPORTED = {
    "P-224": _encode_public_pem(ec.generate_private_key(ec.SECP224R1())),
    "Ed448": _encode_public_pem(ed448.Ed448PrivateKey.generate()),
    "X25519": _encode_public_pem(x25519.X25519PrivateKey.generate()),
    "DSA": _encode_public_pem(dsa.generate_private_key(2048)),
    "OpenSSH RSA": openssh(public_key_of(rsa_key())),
    "OpenSSH EC": openssh(public_key_of(ec_key())),
    "OpenSSH Ed25519": openssh(public_key_of(ed_key())),
}


@pytest.mark.parametrize("material", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_key_of_unsupported_type_is_rejected(material: bytes) -> None:
    with pytest.raises(JWKError) as raised:
        Key(material)
    assert raised.value.code == "invalid_key"


BROKEN: dict[str, Any] = {
    "PEM without an end": spki(public_key_of(ec_key()))[:100],
    "empty PEM": b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
    "PEM of other bytes": b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "PEM with another label": spki(public_key_of(ec_key())).replace(b"PUBLIC KEY", b"CERTIFICATE"),
    "PEM with different labels": spki(public_key_of(ec_key())).replace(b"END PUBLIC", b"END RSA PUBLIC"),
    "PEM that is not ASCII": spki(public_key_of(ec_key())).replace(b"M", b"\xff"),
    "certificate request": b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
    "JWK text": '{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}',
    "JWK Set": {"keys": [oct_jwk(SECRET)]},
    "empty JWK": {},
    "JWK that is not JSON": {"kty": "oct", "k": object()},
    "JWK with NaN": {"kty": "oct", "k": b64u(SECRET), "x": float("nan")},
    "JWK with a lone surrogate": {"kty": "oct", "k": b64u(SECRET), "x": "\ud800"},
    "secret with a lone surrogate": "s" * 40 + "\ud800",
}


@pytest.mark.parametrize("material", BROKEN.values(), ids=BROKEN)
def test_key_from_malformed_material_is_rejected(material: Any) -> None:
    with pytest.raises(JWKError) as raised:
        Key(material)
    assert raised.value.code == "invalid_key"


@pytest.mark.parametrize("name", ["JWK that is not JSON", "secret with a lone surrogate"])
def test_verifier_with_malformed_material_is_rejected(name: str) -> None:
    with pytest.raises(JWKError) as raised:
        Verifier(BROKEN[name], algorithms="HS256")
    assert raised.value.code == "invalid_key"


@pytest.mark.parametrize(
    "create", [Key, lambda secret: sign_token({}, secret, algorithm="HS256")], ids=["Key", "sign_token"]
)
def test_error_for_secret_with_lone_surrogate_does_not_quote_it(create: Any) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - the class of the error does not matter
        create("a-secret-that-stays-one\ud800")
    error = raised.value
    assert "stays" not in f"{error!r}{error.args!r}{error.__context__!r}{error.__cause__!r}"


@pytest.mark.parametrize(
    "wrong", [None, 1, 1.5, True, bytearray(b"s" * 32), memoryview(b"s" * 32), [], ["s" * 32], object()]
)
def test_key_with_wrong_material_type_raises_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="material must be"):
        Key(wrong)


def test_key_with_wrong_argument_types_raises_type_error() -> None:
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
def test_key_with_unsupported_algorithm_raises_value_error(name: str) -> None:
    with pytest.raises(ValueError, match="is not an algorithm that is supported") as raised:
        Key(SECRET, algorithm=name)
    assert not isinstance(raised.value, JWKError)


@pytest.mark.parametrize("algorithm", RSA)
def test_key_restricted_to_an_algorithm_rejects_others(algorithm: str) -> None:
    key = Key(spki(public_key_of(rsa_key())), algorithm=algorithm)
    assert key.algorithms == [algorithm]
    assert Verifier(key).verify(create_token(algorithm)) == CLAIMS
    other = next(name for name in RSA if name != algorithm)
    with pytest.raises(ValueError, match="cannot be used with"):
        Verifier(key, algorithms=[other])


def test_key_restricted_to_ed25519_accepts_both_names() -> None:
    for name in ["EdDSA", "Ed25519"]:
        assert Key(jwk(public_key_of(ed_key())), algorithm=name).algorithms == ["EdDSA"]


@pytest.mark.parametrize(("material", "algorithm"), [
    pytest.param(spki(public_key_of(rsa_key())), "HS256", id="RSA as a secret"),
    pytest.param(spki(public_key_of(rsa_key())), "ES256", id="RSA as EC"),
    pytest.param(spki(public_key_of(ec_key())), "ES384", id="EC on another curve"),
    pytest.param(spki(public_key_of(ed_key())), "RS256", id="Ed25519 as RSA"),
    pytest.param(jwk(public_key_of(rsa_key()), alg="RS256"), "RS512", id="JWK with another alg"),
])  # fmt: skip
def test_key_with_incompatible_algorithm_is_rejected(material: Any, algorithm: str) -> None:
    with pytest.raises(JWKError, match="cannot be used with") as raised:
        Key(material, algorithm=algorithm)
    assert raised.value.code == "invalid_key"


def test_key_from_jwk_uses_its_kid_and_alg() -> None:
    key = Key(oct_jwk(SECRET, kid="own", alg="HS384"))
    assert (key.kid, key.algorithms) == ("own", ["HS384"])
    assert Key(oct_jwk(SECRET, kid="own"), kid="given").kid == "given"
    assert Key(SECRET, kid="given").kid == "given"
    assert Key(SECRET, kid="").kid == ""


def test_verifier_selects_named_key_by_kid() -> None:
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
def test_key_repr_and_attributes_hide_the_material(material: Any) -> None:
    key = Key(material, kid="name")
    shown = f"{key} {key!r} {key.algorithms} {[getattr(key, name) for name in dir(key) if not name.startswith('_')]}"
    assert repr(key) == f'<fastjose.Key kid="name" algorithms=[{", ".join(key.algorithms)}]>'
    parts = [str(part) for part in (material.values() if isinstance(material, dict) else [material])]
    assert not [part for part in parts if len(part) > 8 and part in shown]


def test_key_cannot_be_modified() -> None:
    key: Any = Key(SECRET)
    with pytest.raises(AttributeError):
        key.kid = "other"
    key.algorithms.clear()
    assert key.algorithms == HMAC


@pytest.mark.parametrize(("bits", "code"), [(2047, "weak_key"), (2048, None), (8192, None), (8193, "invalid_key")])
def test_key_size_limits_apply_to_rsa_modulus(bits: int, code: str | None) -> None:
    signed_token = {"kty": "RSA", "n": encode_uint(2 ** (bits - 1) + 1), "e": "AQAB"}
    if code is None:
        assert Key(signed_token).algorithms == RSA
        return
    with pytest.raises(JWKError) as raised:
        Key(signed_token)
    assert raised.value.code == code


def test_key_on_each_curve_has_one_algorithm() -> None:
    assert {CURVE_OF[Key(jwk(public_key_of(ec_key(curve)))).algorithms[0]] for curve in CURVE_OF.values()} == set(
        CURVE_OF.values()
    )


ACCEPTED_EXPONENTS = [3, 65537, 2**32 + 1, 2**33 - 1]
REJECTED_EXPONENTS = [1, 2, 65536, 2**33 + 1, 2**34 - 1, 2**64 + 1]


@pytest.mark.parametrize(
    ("exponent", "is_accepted"),
    [*((number, True) for number in ACCEPTED_EXPONENTS), *((number, False) for number in REJECTED_EXPONENTS)],
)
def test_key_limits_rsa_exponents_to_odd_numbers_of_33_bits(exponent: int, is_accepted: bool) -> None:  # noqa: FBT001
    material = {**jwk(public_key_of(rsa_key())), "e": encode_uint(exponent)}
    if is_accepted:
        assert Key(material).algorithms == RSA
        return
    with pytest.raises(JWKError, match="exponent must be odd, at least 3, and have at most 33 bits"):
        Key(material)


def test_key_with_even_rsa_modulus_is_rejected() -> None:
    modulus = rsa_key().public_key().public_numbers().n
    for even in (modulus - 1, modulus + 1, modulus * 2):
        with pytest.raises(JWKError, match="modulus must be odd"):
            Key({**jwk(public_key_of(rsa_key())), "n": encode_uint(even)})


@pytest.mark.parametrize(
    "key_ops",
    [["verify", "verify"], ["verify", "sign", "verify"], ["sign", "sign"], ["sign"], ["encrypt"], []],
)
def test_key_with_key_ops_that_do_not_allow_verification_is_rejected(key_ops: Any) -> None:
    with pytest.raises(JWKError, match="key_ops"):
        Key({**jwk(public_key_of(rsa_key())), "key_ops": key_ops})
    assert Key({**jwk(public_key_of(rsa_key())), "key_ops": ["sign", "verify"]}).algorithms == RSA


def rsa_jwk_with_zeros(in_modulus: int, in_exponent: int) -> dict[str, Any]:
    """Return a JWK with leading zero octets, as Java's `BigInteger.toByteArray()` writes them."""
    numbers = rsa_key().public_key().public_numbers()
    modulus = bytes(in_modulus) + numbers.n.to_bytes(256, "big")
    exponent = bytes(in_exponent) + numbers.e.to_bytes(3, "big")
    return {"kty": "RSA", "alg": "RS256", "n": b64u(modulus), "e": b64u(exponent)}


@pytest.mark.parametrize("zeros", [(1, 0), (0, 1), (1, 1), (7, 0), (0, 5), (256, 300)], ids=str)
def test_rsa_jwk_with_leading_zero_octets_is_accepted(zeros: tuple[int, int]) -> None:
    key, token = rsa_jwk_with_zeros(*zeros), create_token("RS256")
    for keys in (key, {"keys": [key]}, [Key(key)]):
        assert Verifier(keys).verify(token) == CLAIMS
    assert jwt.decode(token, key, ["RS256"], {"verify_exp": False}) == CLAIMS


def test_rsa_jwk_of_zero_octets_alone_is_rejected() -> None:
    for name in ("n", "e"):
        with pytest.raises(JWKError):
            Key({**rsa_jwk_with_zeros(0, 0), name: b64u(bytes(256))})
    weak = rsa.generate_private_key(65_537, 1_024).public_key().public_numbers()  # noqa: S505 - rejected
    with pytest.raises(JWKError, match="this has 1024") as caught:
        Key({**rsa_jwk_with_zeros(0, 0), "n": b64u(weak.n.to_bytes(256, "big"))})
    assert caught.value.code == "weak_key"


@pytest.mark.parametrize(
    "members",
    [
        {"x5c": "MIIB"},
        {"x5c": {}, "x5t": 1, "x5t#S256": [], "x5u": None},
        {"d": 5, "p": [], "q": {}, "dp": 1.5, "oth": "none"},
        {"ext": "yes", "exp": "never", "nbf": [], "issuer": 5, "crv": 1, "k": 2},
    ],
    ids=",".join,
)
def test_unused_jwk_member_of_wrong_type_is_ignored(members: dict[str, Any]) -> None:
    key, token = {**members, **rsa_jwk_with_zeros(0, 0)}, create_token("RS256")
    assert Verifier({"keys": [key]}).verify(token) == CLAIMS
    assert Key(key).algorithms == ["RS256"]


def test_unused_private_member_of_wrong_type_does_not_cost_a_public_key() -> None:
    key, token = {**rsa_jwk_with_zeros(0, 0), "p": 5, "q": [], "dp": None, "x5c": 1}, create_token("RS256")
    for library in (jose_jwt, jwt):
        assert library.decode(token, key, ["RS256"], {"verify_exp": False}) == CLAIMS
    with pytest.raises(JWKError, match="wrong type"):
        jwt.decode(token, {**key, "d": 5}, ["RS256"])


@pytest.mark.parametrize(
    ("use", "is_accepted"), [("sig", True), ("jwt-svid", True), ("x509-svid", False), ("enc", False)]
)
def test_jwk_use_of_spiffe_counts_as_sig(use: str, is_accepted: bool) -> None:  # noqa: FBT001 - a parameter
    for kind, algorithm in (("RSA", "RS256"), ("P-256", "ES256")):
        key = {**jwk(public_key_of(PRIVATE_KEYS[kind])), "use": use}
        if is_accepted:
            assert Verifier({"keys": [key]}, algorithms=algorithm).verify(create_token(algorithm)) == CLAIMS
        else:
            with pytest.raises(JWKError, match="no usable key"):
                Verifier({"keys": [key]}, algorithms=algorithm)
