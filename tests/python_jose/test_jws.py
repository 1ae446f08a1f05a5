"""`fastjose.jws`: which keys a token is held against, and who carries the work out."""

from __future__ import annotations

import json
import warnings
from collections import UserDict
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import jwk, jws
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWKError, JWSError
from support.jose_builder import SECRET, certificate, ec_key, ed_key, oct_jwk, private_pem, rsa_key, signed, spki
from support.jose_builder import jwk as public_jwk

if TYPE_CHECKING:
    from collections.abc import Iterator

PAYLOAD = b'{"a":1}'
RSA = public_jwk(rsa_key().public_key(), kid="rsa")
OTHER_RSA = public_jwk(rsa_key(other=True).public_key(), kid="other")
EC = public_jwk(ec_key().public_key(), kid="ec")
FAILED = "Signature verification failed."
NOT_ALLOWED = "The specified alg value is not allowed"


def token(algorithm: str = "HS256", **header: Any) -> str:
    return signed({"alg": algorithm, **header}, PAYLOAD, algorithm)


def verdict(text: str | bytes, key: Any, algorithms: Any = None) -> str:
    """Return "" for a token that is accepted, otherwise the class and the text of the refusal."""
    try:
        assert jws.verify(text, key, algorithms) == PAYLOAD
    except Exception as error:  # noqa: BLE001 - its class is the verdict
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    """Leave the tables of algorithms as they were."""
    keys, supported = dict(ALGORITHMS.KEYS), set(ALGORITHMS.SUPPORTED)
    yield
    ALGORITHMS.KEYS.clear()
    ALGORITHMS.KEYS.update(keys)
    ALGORITHMS.SUPPORTED.intersection_update(supported)


class Reversing(jwk.Key):
    """A key whose signature is the message, backwards."""

    def __init__(self, key: Any, algorithm: str) -> None:
        self.key, self.algorithm = key, algorithm

    def sign(self, msg: bytes) -> bytes:
        return msg[::-1]

    def verify(self, msg: bytes, sig: bytes) -> bool:
        return sig == msg[::-1]


class Failing(Reversing):
    def verify(self, msg: bytes, sig: bytes) -> bool:
        raise OSError(len(msg) + len(sig))


class Interrupted(Reversing):
    def verify(self, msg: bytes, sig: bytes) -> bool:
        raise KeyboardInterrupt(len(msg) + len(sig))


class ScreeningHMACKey(jwk.HMACKey):
    """A subclass of a key of ours that has its own mind."""

    def verify(self, msg: str | bytes, sig: str | bytes) -> bool:
        return not (msg or sig)


@pytest.mark.parametrize(
    "key",
    [
        [EC, OTHER_RSA, RSA],
        {"keys": [EC, OTHER_RSA, RSA]},
        json.dumps({"keys": [EC, OTHER_RSA, RSA]}),
        json.dumps({"keys": [EC, OTHER_RSA, RSA]}).encode(),
        bytearray(json.dumps({"keys": [EC, OTHER_RSA, RSA]}).encode()),
        json.dumps([EC, OTHER_RSA, RSA]),
        (dict(RSA),),
        iter([RSA]),
        {"other": spki(rsa_key(other=True).public_key()), "rsa": certificate(rsa_key()).decode()},
        [None, 5, b"", "no key", {"kty": "RSA"}, {"kty": "RSA", "n": 5, "e": []}, RSA],
        [jwk.construct(RSA, "RS256")],
    ],
)
def test_a_key_among_several_is_found_and_what_is_of_no_use_is_passed_over(key: Any) -> None:
    assert verdict(token("RS256"), key, ["RS256"]) == ""


def test_of_several_keys_those_of_that_name_count() -> None:
    renamed = {**OTHER_RSA, "kid": "rsa"}
    for several in (
        [renamed, {**RSA, "kid": "x"}],
        {"rsa": spki(rsa_key(other=True).public_key()), "x": spki(rsa_key().public_key())},
    ):
        assert verdict(token("RS256", kid="rsa"), several) == f"JWSError: {FAILED}"
        assert verdict(token("RS256", kid="unknown"), several) == ""
        assert verdict(token("RS256", kid=5), several) == ""
    assert verdict(token("RS256", kid="rsa"), [renamed, RSA]) == ""


@pytest.mark.parametrize(
    "key", [[], {"keys": []}, bytearray(b'{"keys": []}'), [EC], [None], ["", "x" * 40], {"keys": [OTHER_RSA]}]
)
def test_where_no_key_fits_the_signature_is_wrong(key: Any) -> None:
    assert verdict(token("RS256"), key, ["RS256"]) == f"JWSError: {FAILED}"


@pytest.mark.parametrize(
    "key",
    [
        *(EC, json.dumps(EC), "secret", certificate(rsa_key())[:99], None, 5, b"", object()),
        *({}, "{}", UserDict(), bytearray(b"secret"), memoryview(b"secret")),
    ],
)
def test_a_single_key_that_does_not_fit_is_the_callers_mistake(key: Any) -> None:
    assert verdict(token("RS256"), key, ["RS256"]).startswith("JWKError: ")


@pytest.mark.parametrize("secret", ["s", "keys", "AQAB", "HS256", "kid-1", "RSA"])
@pytest.mark.parametrize(
    "key",
    [
        {"keys": "secrets"},
        {"keys": {"kid-1": RSA}},
        {"e": "AQAB", "n": RSA["n"], "alg": "HS256"},
        {"k": "c2VjcmV0", "alg": "HS256"},
    ],
)
def test_what_everybody_knows_of_a_key_set_is_no_secret(key: Any, secret: str) -> None:
    forged = signed({"alg": "HS256"}, PAYLOAD, key=secret.encode())
    assert verdict(forged, key, ["HS256"]).startswith("JWKError: The JWK")


@pytest.mark.parametrize(
    "public", [spki(rsa_key().public_key()), spki(rsa_key().public_key(), pem=False), json.dumps(RSA).encode()]
)
def test_a_public_key_is_no_secret(public: bytes) -> None:
    forged = signed({"alg": "HS256"}, PAYLOAD, key=public)
    for algorithms in (None, ["HS256", "RS256"]):
        for key in (public, [public], jwk.construct(RSA, "RS256")):
            assert verdict(forged, key, algorithms).startswith(("JWKError: ", "JWSError: "))


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("HS512", SECRET),
        ("PS256", spki(rsa_key().public_key())),
        ("RS384", RSA),
        ("ES256", EC),
        ("EdDSA", public_jwk(ed_key().public_key())),
    ],
)
def test_without_an_allow_list_a_key_does_what_it_is_for(algorithm: str, key: Any) -> None:
    assert verdict(token(algorithm), key) == ""
    assert verdict(token("HS256" if algorithm != "HS512" else "RS256"), key).startswith("JWKError: ")
    assert verdict(signed({"alg": "none"}, PAYLOAD), key) == "JWKError: Unable to find an algorithm for key"


def test_an_allow_list_is_compared_whole() -> None:
    for allowed in ("HS256", ["HS256"], ("RS256", "HS256"), {"HS256"}, {"HS256": 1}, frozenset({"HS256"})):
        assert verdict(token(), SECRET, allowed) == ""
    for allowed in ("HS2567", "RS256,HS256", "", [], ["HS512"], {"hs256"}):
        assert verdict(token(), SECRET, allowed) == f"JWSError: {NOT_ALLOWED}"


@pytest.mark.parametrize("text", ['"quoted"', "null", "true", "NaN", "12", " 12 ", '"'])
def test_a_secret_is_what_it_is(text: str) -> None:
    for key in (text, text.encode()):
        assert verdict(jws.sign(PAYLOAD, key), key, "HS256") == ""
        assert verdict(signed({"alg": "HS256"}, PAYLOAD, key=text.encode()), key, "HS256") == ""


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"b64": False, "crit": ["b64"]}])
def test_an_extension_is_refused(header: dict[str, Any]) -> None:
    extended = token("HS256", **header)
    assert verdict(extended, SECRET, ["HS256"]) == "JWSError: Unsupported critical header parameter"
    assert jws.get_unverified_header(extended) == {"alg": "HS256", **header}


def test_a_class_that_was_registered_does_the_work() -> None:
    assert jwk.register_key("BACKWARDS", Reversing) is True
    text = jws.sign(PAYLOAD, "anything", algorithm="BACKWARDS")
    assert verdict(text, "anything", ["BACKWARDS"]) == ""
    assert verdict(signed({"alg": "BACKWARDS"}, PAYLOAD), "anything", ["BACKWARDS"]) == f"JWSError: {FAILED}"
    jwk.register_key("HS256", Reversing)
    assert verdict(token(), SECRET, ["HS256"]) == f"JWSError: {FAILED}"


def test_a_registry_that_is_patched_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwk.ALGORITHMS, "KEYS", {"HS256": Reversing})
    assert verdict(token(), SECRET, ["HS256"]) == f"JWSError: {FAILED}"
    monkeypatch.setattr(jwk.ALGORITHMS, "KEYS", {})
    assert verdict(token(), SECRET, ["HS256"]) == ""


def test_a_class_that_says_jws_error_is_put_into_python_joses_words() -> None:
    class Refusing(Reversing):
        def __init__(self, key: Any, algorithm: str) -> None:
            super().__init__(key, algorithm)
            raise JWSError("own words")

    jwk.register_key("REFUSING", Refusing)
    text = signed({"alg": "REFUSING"}, PAYLOAD)
    assert verdict(text, "k", ["REFUSING"]) == "JWSError: Invalid or unsupported algorithm: REFUSING"
    assert verdict(text, ["k"], ["REFUSING"]) == f"JWSError: {FAILED}"


def test_a_key_of_a_programs_own_class_is_asked() -> None:
    key = Reversing("k", "X")
    text = jws.sign(PAYLOAD, key, algorithm="HS256")
    assert verdict(text, key, ["HS256"]) == ""
    assert verdict(text, [SECRET, key], ["HS256"]) == ""
    assert verdict(text, Failing("k", "X"), ["HS256"]) == f"JWSError: {FAILED}"
    assert verdict(token(), ScreeningHMACKey(SECRET, "HS256"), ["HS256"]) == f"JWSError: {FAILED}"
    with pytest.raises(KeyboardInterrupt):
        jws.verify(text, [Interrupted("k", "X"), key], ["HS256"])


def test_a_prepared_key_does_its_own_algorithm_and_no_other_kind() -> None:
    key = jwk.construct(SECRET, "HS256")
    text = jws.sign(PAYLOAD, key, algorithm="HS512")
    assert jws.get_unverified_header(text)["alg"] == "HS512"
    assert verdict(text, key, ["HS512"]) == ""
    assert verdict(token("HS512"), key, ["HS512"]) == f"JWSError: {FAILED}"
    disguised = jws.sign(PAYLOAD, key, algorithm="RS256")
    assert verdict(disguised, key, ["RS256"]) == f"JWSError: {FAILED}"


@pytest.mark.parametrize("key", ["secret", RSA, json.dumps(RSA), ec_key().public_key()])
def test_a_token_that_names_an_algorithm_of_encryption_has_no_signature(key: Any) -> None:
    assert verdict(signed({"alg": "dir"}, PAYLOAD), key) == f"JWSError: {FAILED}"


def test_a_prepared_ec_key_does_its_own_algorithm_under_the_name_of_its_family() -> None:
    pairs = [
        ("ES256", "ES384", ""),
        ("ES256", "ES256K", f"JWSError: {FAILED}"),
        ("ES256K", "ES256", f"JWSError: {FAILED}"),
    ]
    for own, named, said in pairs:
        key = jwk.construct(private_pem(ec_key("secp256k1" if own == "ES256K" else "P-256")), own)
        assert verdict(jws.sign(PAYLOAD, key, algorithm=named), key.public_key(), [named]) == said
        assert verdict(jws.sign(PAYLOAD, key, algorithm=own), key.public_key(), [own]) == ""


def test_a_private_rsa_key_verifies_with_a_warning_and_a_private_ec_key_does_not() -> None:
    with pytest.warns(UserWarning, match="Attempting to verify a message with a private key. This is not recommended."):
        assert verdict(token("RS256"), private_pem(rsa_key()).decode(), ["RS256"]) == ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verdict(token("ES256"), private_pem(ec_key()), ["ES256"]) == f"JWSError: {FAILED}"


def test_what_a_key_says_when_signing_is_in_args() -> None:
    with pytest.raises(JWSError) as caught:
        jws.sign(PAYLOAD, "no key", algorithm="RS256")
    assert isinstance(caught.value.args[0], JWKError)
    assert caught.value.__cause__ is None
    with pytest.raises(JWSError, match=r"^Algorithm nope not supported\.$"):
        jws.sign(PAYLOAD, SECRET, algorithm="nope")
    with pytest.raises(JWSError) as caught:
        jws.sign(PAYLOAD, b"0" * 16, algorithm="A128KW")
    assert isinstance(caught.value.args[0], NotImplementedError)


def test_any_octets_are_signed() -> None:
    texts = {jws.sign(payload, SECRET) for payload in (PAYLOAD, bytearray(PAYLOAD), memoryview(PAYLOAD), {"a": 1})}
    assert len(texts) == 1
    circle: dict[str, Any] = {}
    circle["self"] = circle
    for payload in ("text", 5, None, circle):
        with pytest.raises(TypeError, match=f"a bytes-like object is required, not '{type(payload).__name__}'"):
            jws.sign(payload, SECRET)  # type: ignore[arg-type]  # that is the case


@pytest.mark.parametrize("text", [None, 5, [], object()])
def test_what_is_neither_text_nor_bytes_is_the_callers_mistake(text: Any) -> None:
    with pytest.raises(AttributeError, match=f"'{type(text).__name__}' object has no attribute 'rsplit'"):
        jws.verify(text, SECRET, ["HS256"])


def test_a_token_may_be_text_or_bytes() -> None:
    for text in (token(), token().encode(), bytearray(token().encode())):
        assert verdict(text, SECRET, ["HS256"]) == ""  # type: ignore[arg-type]  # a bytearray was taken
        assert jws.get_unverified_claims(text) == PAYLOAD  # type: ignore[arg-type]  # the same


def test_a_secret_may_be_a_jwk() -> None:
    for key in (oct_jwk(SECRET), json.dumps(oct_jwk(SECRET)), {"keys": [oct_jwk(SECRET, kid="k")]}):
        assert verdict(token(kid="k"), key, ["HS256"]) == ""
