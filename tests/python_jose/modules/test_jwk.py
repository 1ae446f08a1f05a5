"""`fastjose.jwk` compared with python-jose's: equal behaviour except for the intended differences."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from jose import jwk as jose_jwk

from fastjose import Verifier, backends, jwk, verify_token
from fastjose.backends import cryptography_backend, ecdsa_backend, native, rsa_backend
from fastjose.exceptions import JWKError
from support.tokens.jose_builder import (
    SECRET,
    b64u,
    certificate,
    create_token,
    ec_key,
    ed_key,
    encode_uint,
    oct_jwk,
    openssh,
    pkcs1,
    private_jwk,
    private_pem,
    public_key_of,
    rsa_key,
    sign_bytes,
    spki,
)
from support.tokens.jose_builder import jwk as as_jwk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.tokens.jose_builder import Jwk, PrivateKey

MESSAGE = b"header.payload"
TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL
RSA_ALGORITHMS = ["RS256", "RS384", "RS512"]
CURVES_FOR = {"ES256": ["P-256", "P-384", "P-521"], "ES384": ["P-384", "P-521"], "ES512": ["P-521"]}


def rsa_private_jwk() -> Jwk:
    """Return a private RSA key as a JWK with its primes, for any algorithm."""
    written: Jwk = jose_jwk.construct(private_pem(rsa_key()).decode(), "RS256").to_dict()
    return remove_members(written, "alg")


def remove_members(members: Jwk, *names: str) -> Jwk:
    return {name: value for name, value in members.items() if name not in names}


def key_forms() -> list[Any]:
    """Return keys in every form that both libraries parse."""
    spelled: dict[str, tuple[str, Any]] = {
        "HS256 secret": ("HS256", SECRET),
        "HS256 short secret": ("HS256", b"s"),
        "HS384 text": ("HS384", "s\u00e9cret"),
        "HS512 JWK": ("HS512", oct_jwk(SECRET)),
        "HS256 padded JWK": ("HS256", {"kty": "oct", "k": "QQ=="}),
        "RS256 certificate": ("RS256", certificate(rsa_key())),
        "RS256 padded JWK": ("RS256", pad_modulus(as_jwk(public_key_of(rsa_key())))),
        "RS256 bytes in JWK": (
            "RS256",
            {**as_jwk(public_key_of(rsa_key())), "n": as_jwk(public_key_of(rsa_key()))["n"].encode()},
        ),
        "RSA-OAEP": ("RSA-OAEP", spki(public_key_of(rsa_key()))),
        "ES256 JWK with zeros": ("ES256", pad_coordinates(as_jwk(public_key_of(ec_key())))),
        "ES256 JWK with restrictions": (
            "ES256",
            as_jwk(public_key_of(ec_key()), use="sig", alg="ES256", key_ops=["verify"], kid="k"),
        ),
        "ECDH-ES": ("ECDH-ES", spki(public_key_of(ec_key()))),
    }
    spelled |= {
        f"{algorithm} {name}": (algorithm, key) for algorithm in RSA_ALGORITHMS for name, key in rsa_key_forms().items()
    }
    for algorithm, curves in CURVES_FOR.items():
        for curve in curves:
            spelled |= {f"{algorithm} {curve} {name}": (algorithm, key) for name, key in ec_key_forms(curve).items()}
    return [pytest.param(algorithm, key, id=name) for name, (algorithm, key) in spelled.items()]


def rsa_key_forms() -> dict[str, Any]:
    return {
        **common_key_forms(rsa_key()),
        "PKCS #1": pkcs1(rsa_key().public_key()),
        "private JWK": rsa_private_jwk(),
        "4096 bits": spki(public_key_of(rsa_key(4096))),
    }


def ec_key_forms(curve: str) -> dict[str, Any]:
    return {**common_key_forms(ec_key(curve)), "private JWK": private_jwk(ec_key(curve))}


def common_key_forms(key: PrivateKey) -> dict[str, Any]:
    return {
        "PKCS #8": private_pem(key),
        "traditional": private_pem(key, TRADITIONAL).decode(),
        "SPKI": spki(public_key_of(key)),
        "SPKI as str": spki(public_key_of(key)).decode(),
        "SPKI behind space": b"\n \t" + spki(public_key_of(key)),
        "SPKI with CRLF": spki(public_key_of(key)).replace(b"\n", b"\r\n"),
        "JWK": as_jwk(public_key_of(key)),
        "private object": key,
        "public object": public_key_of(key),
    }


def pad_modulus(members: Jwk) -> Jwk:
    return {**members, "n": members["n"] + "=" * (-len(members["n"]) % 4)}


def pad_coordinates(members: Jwk) -> Jwk:
    point = ec_key().public_key().public_numbers()
    return {**members, "x": encode_uint(point.x, 40), "y": encode_uint(point.y, 33)}


@pytest.mark.parametrize(("algorithm", "key"), key_forms())
def test_construct_exports_same_jwk_and_pem(algorithm: str, key: Any) -> None:
    ours, theirs = jwk.construct(key, algorithm), jose_jwk.construct(key, algorithm)
    assert type(ours).__name__ == type(theirs).__name__.removeprefix("Cryptography")
    assert list(ours.to_dict().items()) == list(theirs.to_dict().items())
    for form in pem_arguments(algorithm):
        assert ours.to_pem(**form) == theirs.to_pem(**form)


def pem_arguments(algorithm: str) -> list[dict[str, str]]:
    if algorithm.startswith("HS"):
        return []
    return [{}, {"pem_format": "PKCS8"}, {"pem_format": "PKCS1"}] if algorithm.startswith("RS") else [{}]


@pytest.mark.parametrize(("algorithm", "key"), key_forms())
def test_signatures_interoperate_with_python_jose(algorithm: str, key: Any) -> None:
    ours, theirs = jwk.construct(key, algorithm), jose_jwk.construct(key, algorithm)
    if algorithm not in {*RSA_ALGORITHMS, *CURVES_FOR, "HS256", "HS384", "HS512"} or is_public(ours):
        return
    mine, other = find_verification_key(ours), find_verification_key(theirs)
    assert mine.verify(MESSAGE, theirs.sign(MESSAGE)) is True
    assert other.verify(MESSAGE, ours.sign(MESSAGE)) is True
    assert mine.verify(b"header.payloae", ours.sign(MESSAGE)) is False
    assert mine.verify(MESSAGE, b"") is False


def is_public(key: Any) -> bool:
    return hasattr(key, "is_public") and bool(key.is_public())


def find_verification_key(key: Any) -> Any:
    return key.public_key() if hasattr(key, "is_public") else key


@pytest.mark.parametrize("algorithm", [*RSA_ALGORITHMS, "HS256", "HS384", "HS512"])
def test_deterministic_signature_equals_python_jose(algorithm: str) -> None:
    key = SECRET if algorithm.startswith("HS") else private_pem(rsa_key())
    signature = jwk.construct(key, algorithm).sign(MESSAGE)
    assert signature == jose_jwk.construct(key, algorithm).sign(MESSAGE)


Call: TypeAlias = "Callable[[Any], object]"


def construct_call(key: Any, algorithm: Any = None) -> Call:
    """Return a call that constructs a key with either library."""
    return lambda module: module.construct(key, algorithm)


def use_call(key: Any, algorithm: str, method: str, *arguments: Any) -> Call:
    """Return a call that constructs a key and uses it."""
    return lambda module: getattr(module.construct(key, algorithm), method)(*arguments)


RSA_JWK, EC_JWK = as_jwk(public_key_of(rsa_key())), as_jwk(public_key_of(ec_key()))
DISGUISED: dict[str, Any] = {
    "SPKI": spki(public_key_of(ec_key())),
    "private PEM": private_pem(rsa_key()),
    "certificate": certificate(rsa_key()),
    "PKCS #1": pkcs1(rsa_key().public_key()),
    "OpenSSH": openssh(public_key_of(rsa_key())),
}
NO_SECRETS: dict[str, Any] = {
    "None": None,
    "a number": 1,
    "a list": [],
    "a bytearray": bytearray(b"x"),
    "an empty dict": {},
    "an RSA JWK": RSA_JWK,
    "a JWK whose kty is a number": {"kty": 1},
}
CONSTRUCTING: dict[str, Call] = {
    **{f"HS256 of {name}": construct_call(key, "HS256") for name, key in {**NO_SECRETS, **DISGUISED}.items()},
    **{f"{name} of None": construct_call(None, name) for name in ["RS256", "ES256"]},
    **{f"{name} of a secret": construct_call(oct_jwk(SECRET), name) for name in ["RS256", "ES256"]},
    "RS256 of EC": construct_call(EC_JWK, "RS256"),
    "ES256 of RSA": construct_call(RSA_JWK, "ES256"),
    "kty in another case": construct_call({**RSA_JWK, "kty": "rsa"}, "RS256"),
    "no kty": construct_call(remove_members(RSA_JWK, "kty"), "RS256"),
    "kty in a list": construct_call({**RSA_JWK, "kty": ["RSA"]}, "RS256"),
    **{
        f"no {name}": construct_call(remove_members(rsa_private_jwk(), name), "RS256")
        for name in ["p", "q", "dp", "dq", "qi"]
    },
    **{f"no {name}": construct_call(remove_members(EC_JWK, name), "ES256") for name in ["x", "y", "crv"]},
    **{f"algorithm {name!r}": construct_call(b"s", name) for name in [None, "", "none", "HS1", ["HS256"]]},
    "a JWK without alg": construct_call(RSA_JWK),
    "a JWK of unknown alg": construct_call({**RSA_JWK, "alg": "RS1"}),
    "HMAC for RSA": lambda module: module.HMACKey("x", "RS256"),
    "RSA for HMAC": lambda module: module.RSAKey("x", "HS256"),
    "EC for nothing": lambda module: module.ECKey("x", None),
    "a registered class that is not a key class": lambda module: module.register_key("ES256", object),
    "a registered object that is not a class": lambda module: module.register_key("ES256", 5),
}
NO_MESSAGES: list[Any] = [5, None, []]
USING: dict[str, Call] = {
    "P-256 with a long hash": use_call(private_pem(ec_key()), "ES512", "sign", MESSAGE),
    "P-384 with a long hash": use_call(private_pem(ec_key("P-384")), "ES512", "sign", MESSAGE),
    **{f"HMAC of {message!r}": use_call(b"s", "HS256", "sign", message) for message in NO_MESSAGES},
    **{f"HMAC verifying {signature!r}": use_call(b"s", "HS256", "verify", b"", signature) for signature in [5, None]},
    "PEM of another form": use_call(spki(public_key_of(rsa_key())), "RS256", "to_pem", "XX"),
    **{f"{name} of a secret": use_call(b"s", "HS256", name) for name in ["public_key", "to_pem"]},
    **{f"{name} by a secret": use_call(b"s", "HS256", name, b"x") for name in ["encrypt", "decrypt", "wrap_key"]},
    **{f"{name} by EC": use_call(EC_JWK, "ES256", name, b"x") for name in ["encrypt", "decrypt", "wrap_key"]},
    **{f"{name} by RSA": use_call(RSA_JWK, "RS256", name, b"x") for name in ["encrypt", "decrypt"]},
}


def catch_failure(call: Call, module: Any) -> tuple[str, str]:
    """Return the class and the text with which `call` fails."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any exception is compared
        call(module)
    return type(caught.value).__name__, str(caught.value)


@pytest.mark.parametrize("call", [*CONSTRUCTING.values(), *USING.values()], ids=[*CONSTRUCTING, *USING])
def test_invalid_use_raises_python_jose_error(call: Call) -> None:
    assert catch_failure(call, jwk) == catch_failure(call, jose_jwk)


def encrypt_private_key(key: PrivateKey) -> bytes:
    """Return a private key as password-protected PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )


SAME_CLASS_ERRORS: dict[str, tuple[str, Any]] = {
    "no PEM": ("RS256", "a key"),
    "empty": ("ES256", ""),
    "DER": ("ES256", spki(public_key_of(ec_key()), pem=False)),
    "OpenSSH": ("RS256", openssh(public_key_of(rsa_key()))),
    "encrypted RSA": ("RS256", encrypt_private_key(rsa_key())),
    "encrypted EC": ("ES256", encrypt_private_key(ec_key())),
    "number": ("RS256", 1),
    "list": ("ES256", []),
    "object": ("ES256", object()),
    "certificate object": ("RS256", serialization),
}


@pytest.mark.parametrize(("algorithm", "key"), SAME_CLASS_ERRORS.values(), ids=SAME_CLASS_ERRORS)
def test_invalid_key_raises_python_jose_class(algorithm: str, key: Any) -> None:
    ours = catch_failure(construct_call(key, algorithm), jwk)
    assert ours[0] == catch_failure(construct_call(key, algorithm), jose_jwk)[0] == "JWKError"


STRICTER_ERRORS: dict[str, tuple[str, Any, str]] = {
    "no n": ("RS256", remove_members(RSA_JWK, "n"), "Mandatory parameters are missing"),
    "no e": ("RS256", remove_members(RSA_JWK, "e"), "Mandatory parameters are missing"),
    "no k": ("HS256", {"kty": "oct"}, "Mandatory parameters are missing"),
    "n null": ("RS256", {**RSA_JWK, "n": None}, "A parameter of the JWK has the wrong type:"),
    "d null": ("RS256", {**RSA_JWK, "d": None}, "A parameter of the JWK has the wrong type:"),
    "k number": ("HS256", {"kty": "oct", "k": 1}, "A parameter of the JWK has the wrong type:"),
    "k lone surrogate": ("HS256", {"kty": "oct", "k": "\ud800"}, "A parameter of the JWK has the wrong type:"),
    "n of junk": ("RS256", {**RSA_JWK, "n": "!!!!"}, "A parameter of the JWK is not base64url:"),
    "k of one character": ("HS256", {"kty": "oct", "k": "A"}, "A parameter of the JWK is not base64url:"),
    "crv unknown": ("ES256", {**EC_JWK, "crv": "P-257"}, "The JWK's crv is not supported."),
    "crv list": ("ES256", {**EC_JWK, "crv": ["P-256"]}, "A parameter of the JWK has the wrong type:"),
    "point off its curve": ("ES256", {**EC_JWK, "y": EC_JWK["x"]}, "The EC key's point does not lie on its curve."),
    "coordinate too long": (
        "ES256",
        {**EC_JWK, "x": b64u(b"\x01" * 40)},
        "The JWK's coordinates have the wrong length for its crv.",
    ),
    "d of another key": (
        "ES256",
        {**EC_JWK, "d": private_jwk(ec_key(other=True))["d"]},
        "The EC private key does not fit its public key.",
    ),
    "wrong primes": (
        "RS256",
        {**rsa_private_jwk(), "p": rsa_private_jwk()["q"]},
        "The numbers of the RSA private key do not fit each other.",
    ),
    "e of 1": (
        "RS256",
        {**RSA_JWK, "e": "AQ"},
        "The RSA key's exponent must be odd, at least 3, and have at most 33 bits.",
    ),
    "lone surrogate": ("HS256", "s\ud800", "The key must be valid Unicode."),
}


@pytest.mark.parametrize(("algorithm", "key", "text"), STRICTER_ERRORS.values(), ids=STRICTER_ERRORS)
def test_malformed_key_raises_jwk_error_unlike_python_jose(algorithm: str, key: Any, text: str) -> None:
    kind, message = catch_failure(construct_call(key, algorithm), jwk)
    assert (kind, message[: len(text)]) == ("JWKError", text)
    assert catch_failure(construct_call(key, algorithm), jose_jwk)[0] != "JWKError"


REJECTED_KEYS: dict[str, tuple[str, Any, str]] = {
    "empty secret": ("HS256", b"", "The secret must not be empty."),
    "empty k": ("HS256", {"kty": "oct", "k": ""}, "The secret must not be empty."),
    "DER as secret": ("HS256", spki(public_key_of(ec_key()), pem=False), "should not be used as an HMAC secret"),
    "JWK as secret": ("HS256", '{"kty":"RSA","n":"AQAB","e":"AQAB"}', "should not be used as an HMAC secret"),
    "PEM as k": ("HS256", oct_jwk(spki(public_key_of(ec_key()))), "should not be used as an HMAC secret"),
    "RSA of 1024 bits": ("RS256", spki(public_key_of(rsa_key(1024))), "at least 2048 bits"),
    "another alphabet": ("HS256", {"kty": "oct", "k": "+/+/"}, "is not base64url"),
    "stray bits": ("HS256", {"kty": "oct", "k": "QR"}, "is not base64url"),
}


@pytest.mark.parametrize(("algorithm", "key", "text"), REJECTED_KEYS.values(), ids=REJECTED_KEYS)
def test_unsafe_key_is_rejected_unlike_python_jose(algorithm: str, key: Any, text: str) -> None:
    assert jose_jwk.construct(key, algorithm).to_dict()
    with pytest.raises(JWKError, match=text):
        jwk.construct(key, algorithm)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", private_jwk(rsa_key())), ("HS256", {"kty": "oct", "k": " QU\tJD\nRA== "})],
    ids=["RSA without primes", "white space and padding"],
)
def test_lenient_jwk_is_accepted(algorithm: str, key: Any) -> None:
    assert jwk.construct(key, algorithm).to_dict() == jose_jwk.construct(key, algorithm).to_dict()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("key", [rsa_key(), ec_key(), ed_key()], ids=["RSA", "EC", "Ed25519"])
def test_pem_of_other_key_type_does_not_verify(algorithm: str, key: PrivateKey) -> None:
    key_object = jwk.construct(spki(public_key_of(key)), algorithm)
    signature = sign_bytes("EdDSA" if key is ed_key() else algorithm, key, MESSAGE)
    is_valid = (algorithm == "RS256") == (key is rsa_key()) and key is not ed_key()
    assert key_object.verify(MESSAGE, signature) is is_valid


ADDED: dict[str, PrivateKey] = {
    **dict.fromkeys(["PS256", "PS384", "PS512"], rsa_key()),
    **dict.fromkeys(["EdDSA", "Ed25519"], ed_key()),
    "ES256K": ec_key("secp256k1"),
}


@pytest.mark.parametrize(("algorithm", "key"), ADDED.items())
def test_added_algorithm_signs_and_verifies(algorithm: str, key: PrivateKey) -> None:
    private = jwk.construct(private_pem(key), algorithm)
    half = private.public_key()
    assert half.verify(MESSAGE, private.sign(MESSAGE)) is True
    assert half.verify(MESSAGE, sign_bytes(algorithm, key, MESSAGE)) is True
    assert half.verify(b"header.payloae", private.sign(MESSAGE)) is False
    for key_object, form in {half: public_key_of(key), private: key}.items():
        for written in [key_object.to_dict(), key_object.to_pem(), form]:
            assert jwk.construct(written, algorithm).to_dict() == key_object.to_dict()
    assert remove_members(half.to_dict(), "alg") == as_jwk(public_key_of(key))


def test_ed25519_export_equals_openssl() -> None:
    private = jwk.construct(ed_key(), "EdDSA")
    assert private.to_dict() == {"alg": "EdDSA", **private_jwk(ed_key())}
    assert private.to_pem() == private_pem(ed_key())
    assert private.public_key().to_pem() == spki(public_key_of(ed_key()))


@pytest.mark.parametrize(("algorithm", "key"), [("ES256", ec_key()), ("EdDSA", ed_key())])
def test_certificate_of_ec_or_ed25519_key_is_accepted(algorithm: str, key: PrivateKey) -> None:
    key_object = jwk.construct(certificate(key), algorithm)
    assert key_object.verify(MESSAGE, sign_bytes(algorithm, key, MESSAGE)) is True


def test_es256k_requires_secp256k1_and_vice_versa() -> None:
    secp256k1_pem, p256_pem = private_pem(ec_key("secp256k1")), private_pem(ec_key())
    for key, algorithm in [(secp256k1_pem, "ES256"), (p256_pem, "ES256K")]:
        with pytest.raises(JWKError, match="cannot be used to sign"):
            jwk.construct(key, algorithm).sign(MESSAGE)
    signature = sign_bytes("ES256", ec_key("secp256k1"), MESSAGE)
    assert jwk.construct(secp256k1_pem, "ES256").public_key().verify(MESSAGE, signature) is False


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", rsa_key()), ("EdDSA", ed_key())])
def test_private_key_verify_warns(algorithm: str, key: PrivateKey) -> None:
    key_object = jwk.construct(key, algorithm)
    text = r"^Attempting to verify a message with a private key\. This is not recommended\.$"
    with pytest.warns(UserWarning, match=text) as caught:
        assert key_object.verify(MESSAGE, key_object.sign(MESSAGE)) is True
    assert [one.category for one in caught] == [UserWarning]


def test_private_ec_key_verify_returns_false() -> None:
    key_object = jwk.construct(ec_key(), "ES256")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert key_object.verify(MESSAGE, key_object.sign(MESSAGE)) is False


@pytest.mark.parametrize("key", [rsa_key(), ec_key(), ed_key()], ids=["RSA", "EC", "Ed25519"])
def test_public_key_cannot_sign_and_returns_itself(key: PrivateKey) -> None:
    algorithm = {rsa_key(): "RS256", ec_key(): "ES256", ed_key(): "EdDSA"}[key]
    key_object = jwk.construct(public_key_of(key), algorithm)
    assert key_object.public_key() is key_object
    with pytest.raises(JWKError, match=r"^A public key cannot sign\.$"):
        key_object.sign(MESSAGE)


def test_encryption_key_cannot_sign_or_verify() -> None:
    for library in (jwk, jose_jwk):
        key_object = library.construct(private_pem(rsa_key()), "RSA-OAEP")
        with pytest.raises(TypeError):
            key_object.public_key().verify(MESSAGE, b"")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the class depends on the library
            key_object.sign(MESSAGE)
        assert (type(caught.value).__name__, type(caught.value.args[0])) == ("JWKError", TypeError)


@pytest.mark.parametrize("wrong", ["str", 5, None])
def test_non_bytes_message_is_answered_as_python_jose(wrong: Any) -> None:
    keys: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key()}
    for algorithm, key in keys.items():
        for attempt in [
            use_call(key, algorithm, "sign", wrong),
            use_call(public_key_of(key), algorithm, "verify", wrong, b""),
            use_call(public_key_of(key), algorithm, "verify", MESSAGE, wrong),
        ]:
            assert call_or_catch(attempt, jwk) == call_or_catch(attempt, jose_jwk)


def call_or_catch(call: Call, module: Any) -> object:
    """Return what `call` returns, or the class with which it fails."""
    try:
        return call(module)
    except Exception as error:  # noqa: BLE001 - any exception is compared
        return type(error).__name__


def test_sign_and_verify_accept_buffers() -> None:
    keys: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key(), "EdDSA": ed_key()}
    for algorithm, key in keys.items():
        signature = jwk.construct(key, algorithm).sign(bytearray(MESSAGE))
        assert jwk.construct(public_key_of(key), algorithm).verify(memoryview(MESSAGE), bytearray(signature)) is True


def test_get_key_returns_class_of_algorithm() -> None:
    expected = {
        "HS256": jwk.HMACKey,
        "RS512": jwk.RSAKey,
        "PS256": jwk.RSAKey,
        "RSA-OAEP": jwk.RSAKey,
        "ES384": jwk.ECKey,
        "ES256K": jwk.ECKey,
        "ECDH-ES": jwk.ECKey,
        "EdDSA": jwk.OKPKey,
        "Ed25519": jwk.OKPKey,
        "A128KW": jwk.AESKey,
        "A256GCM": jwk.AESKey,
        "dir": jwk.DIRKey,
        "none": None,
        "PBES2-HS256+A128KW": None,
        "HS1": None,
    }
    assert {name: jwk.get_key(name) for name in expected} == expected


def test_modules_have_every_python_jose_name() -> None:
    assert {name for name in dir(jose_jwk) if not name.startswith("_")} <= set(dir(jwk))
    assert cryptography_backend.CryptographyRSAKey is rsa_backend.RSAKey is backends.RSAKey is jwk.RSAKey
    assert cryptography_backend.CryptographyECKey is ecdsa_backend.ECDSAECKey is backends.ECKey is jwk.ECKey
    assert cryptography_backend.CryptographyHMACKey is native.HMACKey is backends.HMACKey is jwk.HMACKey
    assert cryptography_backend.CryptographyAESKey is backends.AESKey is jwk.AESKey
    assert backends.DIRKey is jwk.DIRKey
    assert len(native.get_random_bytes(12)) == 12
    assert native.get_random_bytes(16) != native.get_random_bytes(16)


class CustomKey(jwk.Key):
    """A key class defined by an application."""

    def __init__(self, key: Any, algorithm: str) -> None:
        self.given = key, algorithm

    def verify(self, msg: Any, sig: Any) -> bool:
        return bool(msg == sig)


@pytest.fixture
def registry() -> Iterator[dict[str, Any]]:
    """Yield the registered classes and restore them afterwards."""
    keys, supported = jwk.ALGORITHMS.KEYS, jwk.ALGORITHMS.SUPPORTED
    keys_before, supported_before = dict(keys), set(supported)
    yield keys
    keys.clear()
    keys.update(keys_before)
    supported.intersection_update(supported_before)


@pytest.mark.parametrize("algorithm", ["ES256", "XY1"])
def test_registered_class_takes_precedence(registry: dict[str, Any], algorithm: str) -> None:
    assert jwk.register_key(algorithm, CustomKey) is True
    assert registry == {algorithm: CustomKey}
    assert algorithm in jwk.ALGORITHMS.SUPPORTED
    assert jwk.get_key(algorithm) is CustomKey
    custom_key = jwk.construct("key", algorithm)
    assert isinstance(custom_key, CustomKey)
    assert custom_key.given == ("key", algorithm)


@pytest.mark.parametrize("name", ["sign", "verify", "public_key", "to_pem", "to_dict", "wrap_key", "unwrap_key"])
def test_unimplemented_key_method_raises_not_implemented_error(name: str) -> None:
    arguments = {"sign": 1, "verify": 2, "wrap_key": 1, "unwrap_key": 1}.get(name, 0)
    with pytest.raises(NotImplementedError):
        getattr(jwk.Key("key", "HS256"), name)(*[b""] * arguments)


def test_dir_key_with_lone_surrogate_raises_jwk_error_without_the_key() -> None:
    with pytest.raises(JWKError, match=r"^The key must be valid Unicode\.$") as raised:
        jwk.construct("secret \ud800", "dir")
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


def test_dir_key_to_dict_returns_bytes() -> None:
    for key in ["secret", b"secret"]:
        assert jwk.construct(key, "dir").to_dict() == jose_jwk.construct(key, "dir").to_dict()
    assert catch_failure(construct_call(5, "dir"), jwk) == catch_failure(construct_call(5, "dir"), jose_jwk)


class PemExporter:
    """A key object of an unknown library."""

    def __init__(self, written: Any) -> None:
        self.written = written

    def to_pem(self) -> Any:
        """Return the key in PEM."""
        if isinstance(self.written, Exception):
            raise self.written
        return self.written


EXPORT_TYPES = "an exported key must be str or bytes"


def test_ec_key_accepts_object_with_to_pem() -> None:
    written = spki(public_key_of(ec_key()))
    for given in [PemExporter(written), PemExporter(written.decode()), jwk.construct(written, "ES256")]:
        assert jwk.construct(given, "ES256").to_pem() == written
    with pytest.raises(JWKError, match="Unable to parse an RSA_JWK from key"):
        jwk.construct(PemExporter(written), "RS256")
    for broken in [RuntimeError("no"), 5, None]:
        with pytest.raises(JWKError, match="cannot be exported as PEM") as raised:
            jwk.construct(PemExporter(broken), "ES256")
        assert str(raised.value.__cause__) == ("no" if isinstance(broken, Exception) else EXPORT_TYPES)


def test_construct_certificate_object_raises_jwk_error() -> None:
    loaded_certificate = x509.load_pem_x509_certificate(certificate(rsa_key()))
    with pytest.raises(JWKError, match="Unable to parse an RSA_JWK from key: <class"):
        jwk.construct(loaded_certificate, "RS256")


def test_changed_jwk_is_parsed_again() -> None:
    members = oct_jwk(SECRET)
    before = jwk.construct(members, "HS256").sign(MESSAGE)
    members["k"] = b64u(SECRET[:32])
    assert jwk.construct(members, "HS256").sign(MESSAGE) == sign_bytes("HS256", SECRET[:32], MESSAGE) != before


def test_parse_cache_distinguishes_keys() -> None:
    secrets = [str(n).encode() for n in range(1_000)]
    for secret in [*secrets, *secrets]:
        assert jwk.construct(secret, "HS256").sign(MESSAGE) == sign_bytes("HS256", secret, MESSAGE)


@pytest.mark.parametrize("key", [SECRET.hex(), private_pem(rsa_key()), private_jwk(ec_key()), oct_jwk(SECRET)])
def test_repr_omits_key_material(key: Any) -> None:
    algorithm = {"EC": "ES256", "oct": "HS256"}[key["kty"]] if isinstance(key, dict) else "RS256"
    key_object: Any = jwk.construct(key, "HS256" if isinstance(key, str) else algorithm)
    shown = f"{key_object!r}{key_object}{key_object.prepared_key!r}"
    secrets = set(key_object.to_dict().values()) - {"HS256", "RS256", "ES256", "RSA", "EC", "oct", "P-256", "AQAB"}
    assert secrets
    assert not [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize("secret", ["a-secret-that-stays-one\ud800", ("a-secret-that-stays-one",), 10**40])
@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "EdDSA"])
def test_error_does_not_contain_input(secret: Any, algorithm: str) -> None:
    with pytest.raises(JWKError) as caught:
        jwk.construct(secret, algorithm)
    texts = f"{caught.value!r}{caught.value.__cause__!r}{caught.value.__context__!r}"
    assert "stays" not in texts
    assert "0000" not in texts


KEYS_OF: dict[str, Any] = {
    "HS256": SECRET,
    "RS256": spki(public_key_of(rsa_key())),
    "PS384": private_pem(rsa_key()),
    "ES256": ec_key(),
    "ES512": as_jwk(public_key_of(ec_key("P-521"))),
    "ES256K": private_jwk(ec_key("secp256k1")),
    "EdDSA": certificate(ed_key()),
}


@pytest.mark.parametrize(("algorithm", "key"), KEYS_OF.items())
def test_verifier_restricts_key_to_its_algorithm(algorithm: str, key: Any) -> None:
    key_object = jwk.construct(key, algorithm)
    verifier = Verifier(key_object)
    assert verifier.algorithms == [algorithm]
    claims = {"exp": 4_000_000_000}
    assert verifier.verify(create_token(algorithm, claims)) == claims
    assert verify_token(create_token(algorithm, claims), key_object) == claims
    with pytest.raises(ValueError, match="cannot be used with"):
        Verifier(key_object, algorithms="RS384")


def test_verifier_with_compat_key_is_strict() -> None:
    with pytest.raises(JWKError) as caught:
        Verifier(jwk.construct(b"short", "HS256"))
    assert caught.value.code == "weak_key"
    with pytest.raises(JWKError, match="A key for ES384 cannot be used with ES256"):
        Verifier(jwk.construct(ec_key("P-384"), "ES256"))


class DerivedHMACKey(jwk.HMACKey):
    """A derived class, whose behaviour may differ from its base class."""


@pytest.mark.parametrize("key", [
    CustomKey("key", "HS256"),
    DerivedHMACKey(SECRET, "HS256"),
    jwk.construct(SECRET, "dir"),
    jwk.construct(rsa_key(), "RSA-OAEP"),
    jwk.Key,
], ids=["own", "derived", "direct", "RSA-OAEP", "class"])  # fmt: skip
def test_verifier_rejects_unsupported_key_class(key: Any) -> None:
    with pytest.raises(TypeError, match="keys must be"):
        Verifier(key, algorithms="HS256")


PEM, PRIVATE_PEM = spki(public_key_of(ec_key())).decode(), private_pem(ec_key()).decode()
LAYOUTS = {
    "one line": PEM.replace("\n", ""),
    "one line with spaces": PEM.replace("\n", " "),
    "indented": PEM.replace("\n", "\n   "),
    "behind words": f"subject=x\n{PEM}",
    "before words": f"{PEM}\nwords",
    "two keys": PEM + PEM,
    "private, then public": PRIVATE_PEM + PEM,
    "public, then private": PEM + PRIVATE_PEM,
    "behind a byte order mark": f"\ufeff{PEM}",
    "in quotes": f'"{PEM}"',
    "carriage returns alone": PEM.replace("\n", "\r"),
    "line feeds spelled out": PEM.replace("\n", "\\n"),
    "empty lines between": PEM.replace("\n", "\n\n"),
    "four dashes": PEM.replace("-----", "----"),
    "small letters": PEM.lower(),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_pem_layout_is_accepted_as_by_python_jose(text: str) -> None:
    half = use_call(text, "ES256", "is_public")
    assert call_or_catch(half, jwk) == call_or_catch(half, jose_jwk)
