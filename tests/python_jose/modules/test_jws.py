"""`fastjose.jws`: key selection, and the key class that signs or verifies."""

from __future__ import annotations

import json
import warnings
from collections import UserDict
from typing import TYPE_CHECKING, Any

import jose.jws
import pytest

from fastjose import jwk, jws
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JOSEError, JWKError, JWSError
from fastjose.utils import base64url_decode
from support.tokens.jose_builder import (
    SECRET,
    b64u,
    build_token,
    certificate,
    ec_key,
    ed_key,
    oct_jwk,
    private_pem,
    rsa_key,
    spki,
)
from support.tokens.jose_builder import jwk as public_jwk

if TYPE_CHECKING:
    from collections.abc import Iterator

PAYLOAD = b'{"a":1}'
RSA = public_jwk(rsa_key().public_key(), kid="rsa")
OTHER_RSA = public_jwk(rsa_key(other=True).public_key(), kid="other")
EC = public_jwk(ec_key().public_key(), kid="ec")
FAILED = "Signature verification failed."
NOT_ALLOWED = "The specified alg value is not allowed"


def sign_payload(algorithm: str = "HS256", **header: Any) -> str:
    return build_token({"alg": algorithm, **header}, PAYLOAD, algorithm)


def verify_and_describe(text: str | bytes, key: Any, algorithms: Any = None) -> str:
    """Return "" if the token is accepted, otherwise the class and text of the error."""
    try:
        assert jws.verify(text, key, algorithms) == PAYLOAD
    except Exception as error:  # noqa: BLE001 - the class is returned
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.fixture(autouse=True)
def _restore_registry() -> Iterator[None]:
    """Restore the tables of algorithms after the test."""
    keys, supported = dict(ALGORITHMS.KEYS), set(ALGORITHMS.SUPPORTED)
    yield
    ALGORITHMS.KEYS.clear()
    ALGORITHMS.KEYS.update(keys)
    ALGORITHMS.SUPPORTED.intersection_update(supported)


class ReversingKey(jwk.Key):
    """A key whose signature is the reversed message."""

    def __init__(self, key: Any, algorithm: str) -> None:
        self.key, self.algorithm = key, algorithm

    def sign(self, msg: bytes) -> bytes:
        return msg[::-1]

    def verify(self, msg: bytes, sig: bytes) -> bool:
        return sig == msg[::-1]


class FailingKey(ReversingKey):
    def verify(self, msg: bytes, sig: bytes) -> bool:
        raise OSError(len(msg) + len(sig))


class InterruptedKey(ReversingKey):
    def verify(self, msg: bytes, sig: bytes) -> bool:
        raise KeyboardInterrupt(len(msg) + len(sig))


class ScreeningHMACKey(jwk.HMACKey):
    """A subclass of `HMACKey` that rejects some messages itself."""

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
def test_verify_several_keys_skips_unusable_ones(key: Any) -> None:
    assert verify_and_describe(sign_payload("RS256"), key, ["RS256"]) == ""


def test_verify_key_set_selects_by_kid() -> None:
    renamed = {**OTHER_RSA, "kid": "rsa"}
    for several in (
        [renamed, {**RSA, "kid": "x"}],
        {"rsa": spki(rsa_key(other=True).public_key()), "x": spki(rsa_key().public_key())},
    ):
        assert verify_and_describe(sign_payload("RS256", kid="rsa"), several) == f"JWSError: {FAILED}"
        assert verify_and_describe(sign_payload("RS256", kid="unknown"), several) == ""
        assert verify_and_describe(sign_payload("RS256", kid=5), several) == ""
    assert verify_and_describe(sign_payload("RS256", kid="rsa"), [renamed, RSA]) == ""


@pytest.mark.parametrize(
    "key", [[], {"keys": []}, bytearray(b'{"keys": []}'), [EC], [None], ["", "x" * 40], {"keys": [OTHER_RSA]}]
)
def test_verify_without_matching_key_raises_signature_error(key: Any) -> None:
    assert verify_and_describe(sign_payload("RS256"), key, ["RS256"]) == f"JWSError: {FAILED}"


@pytest.mark.parametrize(
    "key",
    [
        *(EC, json.dumps(EC), "secret", certificate(rsa_key())[:99], None, 5, b"", object()),
        *({}, "{}", UserDict(), bytearray(b"secret"), memoryview(b"secret")),
    ],
)
def test_verify_single_unusable_key_raises_jwk_error(key: Any) -> None:
    assert verify_and_describe(sign_payload("RS256"), key, ["RS256"]).startswith("JWKError: ")


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
def test_verify_key_set_text_is_not_used_as_secret(key: Any, secret: str) -> None:
    forged = build_token({"alg": "HS256"}, PAYLOAD, key=secret.encode())
    assert verify_and_describe(forged, key, ["HS256"]).startswith("JWKError: The JWK")


@pytest.mark.parametrize(
    "public", [spki(rsa_key().public_key()), spki(rsa_key().public_key(), pem=False), json.dumps(RSA).encode()]
)
def test_verify_public_key_is_not_used_as_secret(public: bytes) -> None:
    forged = build_token({"alg": "HS256"}, PAYLOAD, key=public)
    for algorithms in (None, ["HS256", "RS256"]):
        for key in (public, [public], jwk.construct(RSA, "RS256")):
            assert verify_and_describe(forged, key, algorithms).startswith(("JWKError: ", "JWSError: "))


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
def test_verify_without_algorithms_uses_key_algorithm(algorithm: str, key: Any) -> None:
    assert verify_and_describe(sign_payload(algorithm), key) == ""
    assert verify_and_describe(sign_payload("HS256" if algorithm != "HS512" else "RS256"), key).startswith("JWKError: ")
    assert (
        verify_and_describe(build_token({"alg": "none"}, PAYLOAD), key)
        == "JWKError: Unable to find an algorithm for key"
    )


def test_verify_algorithms_are_compared_exactly() -> None:
    for allowed in ("HS256", ["HS256"], ("RS256", "HS256"), {"HS256"}, {"HS256": 1}, frozenset({"HS256"})):
        assert verify_and_describe(sign_payload(), SECRET, allowed) == ""
    for allowed in ("HS2567", "RS256,HS256", "", [], ["HS512"], {"hs256"}):
        assert verify_and_describe(sign_payload(), SECRET, allowed) == f"JWSError: {NOT_ALLOWED}"


@pytest.mark.parametrize("text", ['"quoted"', "null", "true", "NaN", "12", " 12 ", '"'])
def test_verify_secret_text_is_used_unchanged(text: str) -> None:
    for key in (text, text.encode()):
        assert verify_and_describe(jws.sign(PAYLOAD, key), key, "HS256") == ""
        assert verify_and_describe(build_token({"alg": "HS256"}, PAYLOAD, key=text.encode()), key, "HS256") == ""


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"b64": False, "crit": ["b64"]}])
def test_verify_critical_header_is_rejected(header: dict[str, Any]) -> None:
    extended = sign_payload("HS256", **header)
    assert verify_and_describe(extended, SECRET, ["HS256"]) == "JWSError: Unsupported critical header parameter"
    assert jws.get_unverified_header(extended) == {"alg": "HS256", **header}


def test_registered_class_signs_and_verifies() -> None:
    assert jwk.register_key("BACKWARDS", ReversingKey) is True
    text = jws.sign(PAYLOAD, "anything", algorithm="BACKWARDS")
    assert verify_and_describe(text, "anything", ["BACKWARDS"]) == ""
    assert (
        verify_and_describe(build_token({"alg": "BACKWARDS"}, PAYLOAD), "anything", ["BACKWARDS"])
        == f"JWSError: {FAILED}"
    )
    jwk.register_key("HS256", ReversingKey)
    assert verify_and_describe(sign_payload(), SECRET, ["HS256"]) == f"JWSError: {FAILED}"


def test_patched_registry_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwk.ALGORITHMS, "KEYS", {"HS256": ReversingKey})
    assert verify_and_describe(sign_payload(), SECRET, ["HS256"]) == f"JWSError: {FAILED}"
    monkeypatch.setattr(jwk.ALGORITHMS, "KEYS", {})
    assert verify_and_describe(sign_payload(), SECRET, ["HS256"]) == ""


def test_key_class_jws_error_becomes_python_jose_message() -> None:
    class RejectingKey(ReversingKey):
        def __init__(self, key: Any, algorithm: str) -> None:
            super().__init__(key, algorithm)
            raise JWSError("own words")

    jwk.register_key("REFUSING", RejectingKey)
    text = build_token({"alg": "REFUSING"}, PAYLOAD)
    assert verify_and_describe(text, "k", ["REFUSING"]) == "JWSError: Invalid or unsupported algorithm: REFUSING"
    assert verify_and_describe(text, ["k"], ["REFUSING"]) == f"JWSError: {FAILED}"


def test_custom_key_object_verifies() -> None:
    key = ReversingKey("k", "X")
    text = jws.sign(PAYLOAD, key, algorithm="HS256")
    assert verify_and_describe(text, key, ["HS256"]) == ""
    assert verify_and_describe(text, [SECRET, key], ["HS256"]) == ""
    assert verify_and_describe(text, FailingKey("k", "X"), ["HS256"]) == f"JWSError: {FAILED}"
    assert verify_and_describe(sign_payload(), ScreeningHMACKey(SECRET, "HS256"), ["HS256"]) == f"JWSError: {FAILED}"
    with pytest.raises(KeyboardInterrupt):
        jws.verify(text, [InterruptedKey("k", "X"), key], ["HS256"])


def test_custom_key_object_verifies_an_algorithm_of_its_own() -> None:
    key = ReversingKey("k", "X")
    text = build_token({"alg": "OWN"}, PAYLOAD, algorithm="HS256")
    signing_input = text.rpartition(".")[0]
    text = f"{signing_input}.{b64u(signing_input.encode()[::-1])}"
    assert verify_and_describe(text, key, ["OWN"]) == ""
    for own, expected in [("OWN", ""), ("OTHER", f"JWSError: {FAILED}"), ("HS256", f"JWSError: {FAILED}")]:
        key._algorithm = own  # type: ignore[attr-defined]
        assert verify_and_describe(text, key, ["OWN"]) == expected


@pytest.mark.parametrize(
    "template", ['{"kty":"oct","k":%s}', '{"keys":[{"kty":"oct","k":%s}]}', '[{"kty":"oct","k":%s}]']
)
def test_number_in_a_jwk_of_json_is_read_as_its_text(template: str) -> None:
    digits = "1" * 42 + "0"
    text = jws.sign(PAYLOAD, base64url_decode(digits.encode()), algorithm="HS256")
    assert verify_and_describe(text, template % digits, ["HS256"]) == ""
    assert verify_and_describe(text, template % f'"{digits}"', ["HS256"]) == ""


def test_constructed_key_verifies_only_its_algorithm() -> None:
    key = jwk.construct(SECRET, "HS256")
    text = jws.sign(PAYLOAD, key, algorithm="HS512")
    assert jws.get_unverified_header(text)["alg"] == "HS512"
    assert verify_and_describe(text, key, ["HS512"]) == f"JWSError: {FAILED}"
    assert verify_and_describe(sign_payload("HS512"), key, ["HS512"]) == f"JWSError: {FAILED}"
    disguised = jws.sign(PAYLOAD, key, algorithm="RS256")
    assert verify_and_describe(disguised, key, ["RS256"]) == f"JWSError: {FAILED}"


@pytest.mark.parametrize("key", ["secret", RSA, json.dumps(RSA), ec_key().public_key()])
def test_verify_encryption_algorithm_in_header_is_rejected(key: Any) -> None:
    assert verify_and_describe(build_token({"alg": "dir"}, PAYLOAD), key) == f"JWSError: {FAILED}"


def test_constructed_ec_key_does_not_verify_other_ec_algorithm_name() -> None:
    for own, named in [("ES256", "ES384"), ("ES256", "ES256K"), ("ES256K", "ES256")]:
        key = jwk.construct(private_pem(ec_key("secp256k1" if own == "ES256K" else "P-256")), own)
        disguised = jws.sign(PAYLOAD, key, algorithm=named)
        assert verify_and_describe(disguised, key.public_key(), [named]) == f"JWSError: {FAILED}"
        assert verify_and_describe(jws.sign(PAYLOAD, key, algorithm=own), key.public_key(), [own]) == ""


def test_constructed_key_verifies_both_names_of_ed25519() -> None:
    for own, named in [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")]:
        key = jwk.construct(private_pem(ed_key()), own)
        assert verify_and_describe(jws.sign(PAYLOAD, key, algorithm=named), key.public_key(), [named]) == ""


def test_key_object_of_another_class_verifies_only_its_algorithm() -> None:
    class OwnKey(jwk.RSAKey):
        """A class of an application, which the core does not replace."""

    key = OwnKey(spki(rsa_key().public_key()), "RS512")
    disguised = build_token({"alg": "RS256"}, PAYLOAD, algorithm="RS512", key=rsa_key())
    assert verify_and_describe(disguised, key, ["RS256"]) == f"JWSError: {FAILED}"
    assert verify_and_describe(sign_payload("RS512"), key, ["RS512"]) == ""


ERROR_DOCUMENTS: dict[str, dict[str, Any]] = {
    "not found": {"message": "Not Found"},
    "not found with a code": {"code": 404, "text": "known"},
    "nested error": {"error": {"message": "known"}},
    "OAuth error": {"error": "known", "error_description": "known"},
    "problem details": {"title": "known", "status": 404, "detail": "known"},
    "validation error": {"detail": [{"msg": "known"}]},
    "discovery document": {"issuer": "https://issuer.example", "jwks_uri": "known", "scopes_supported": ["openid"]},
    "texts": {"a": "known", "b": "Not Found"},
    "bytes": {"a": b"known"},
    "texts and numbers": {"text": "known", "number": 404},
    "a list of texts": {"a": ["known", "Not Found"]},
    "a JWK without kty": {"a": {"k": "a25vd24"}},
    "null": {"a": None},
}


@pytest.mark.parametrize("document", ERROR_DOCUMENTS.values(), ids=list(ERROR_DOCUMENTS))
@pytest.mark.parametrize("secret", ["Not Found", "known", "404", "None", "a", "message"])
def test_verify_mapping_without_keys_raises_jwk_error(document: dict[str, Any], secret: str) -> None:
    for kid in (None, "unknown", 5, "message", "error", "detail", "text", "number", "jwks_uri", "title"):
        forged = build_token({"alg": "HS256", "kid": kid}, PAYLOAD, key=secret.encode())
        forms: list[Any] = [document, UserDict(document)]
        if not isinstance(document.get("a"), bytes):
            forms += [json.dumps(document), json.dumps(document).encode()]
        for form in forms:
            for algorithms in (["HS256"], None):
                assert verify_and_describe(forged, form, algorithms).startswith("JWKError: The mapping must be a JWK,")


def test_verify_mapping_uses_a_secret_only_for_its_kid() -> None:
    mapping = {"k1": "secret-1", "k2": b"secret-2", "k3": spki(rsa_key().public_key()).decode(), "k4": EC}
    for kid, secret in [("k1", b"secret-1"), ("k2", b"secret-2")]:
        assert verify_and_describe(build_token({"alg": "HS256", "kid": kid}, PAYLOAD, key=secret), mapping) == ""
        for other in ("k1", "k2", "k3", "k4", "k5", None):
            if other != kid:
                forged = build_token({"alg": "HS256", "kid": other}, PAYLOAD, key=secret)
                assert verify_and_describe(forged, mapping, ["HS256"]) != ""
    assert verify_and_describe(sign_payload("RS256"), mapping, ["RS256"]) == ""
    assert verify_and_describe(sign_payload("RS256", kid="k3"), mapping, ["RS256"]) == ""
    assert verify_and_describe(sign_payload("ES256", kid="k5"), mapping, ["ES256"]) == ""
    assert verify_and_describe(sign_payload("RS256", kid="k1"), mapping, ["RS256"]) != ""


RESTRICTED: list[tuple[dict[str, Any], bool]] = [
    ({"use": "sig"}, True),
    ({"use": None, "alg": None, "key_ops": None}, True),
    ({"alg": "HS256", "use": "sig", "key_ops": ["sign", "verify"]}, True),
    ({"alg": "HS512"}, False),
    ({"alg": "RS256"}, False),
    ({"alg": "dir"}, False),
    ({"alg": "hs256"}, False),
    ({"alg": ["HS256"]}, False),
    ({"alg": ""}, False),
    ({"use": "enc"}, False),
    ({"use": "SIG"}, False),
    ({"use": ["sig"]}, False),
    ({"key_ops": []}, False),
    ({"key_ops": ["encrypt"]}, False),
    ({"key_ops": "verify sign"}, False),
    ({"key_ops": 5}, False),
    ({"key_ops": {"deriveKey": "verify"}}, False),
]


@pytest.mark.parametrize(("restrictions", "is_allowed"), RESTRICTED, ids=str)
def test_jwk_is_used_only_as_it_allows(restrictions: dict[str, Any], is_allowed: bool) -> None:  # noqa: FBT001 - parametrized
    members, other = {**oct_jwk(SECRET), **restrictions}, oct_jwk(b"other")
    text = sign_payload()
    for key in (members, json.dumps(members), [members], {"keys": [other, members]}, {"a": members}):
        assert (verify_and_describe(text, key, ["HS256"]) == "") == is_allowed, key
    for use in (lambda: jws.sign(PAYLOAD, members), lambda: jwk.construct(members, "HS256")):
        if is_allowed:
            use()
        else:
            with pytest.raises((JWSError, JWKError), match="The JWK's "):
                use()


def test_jwk_key_ops_allow_each_operation_by_itself() -> None:
    signing, verifying = ({**oct_jwk(SECRET), "key_ops": [name]} for name in ("sign", "verify"))
    text = jws.sign(PAYLOAD, signing)
    assert verify_and_describe(text, verifying, ["HS256"]) == ""
    assert verify_and_describe(text, signing, ["HS256"]).startswith("JWKError: The JWK's use and key_ops")
    with pytest.raises(JWSError, match="The JWK's use and key_ops"):
        jws.sign(PAYLOAD, verifying)


def test_jwk_alg_other_than_the_token_is_a_signature_error() -> None:
    for key in ({**RSA, "alg": "RS512"}, {**RSA, "alg": "PS256"}, {**RSA, "alg": "RSA-OAEP"}):
        assert verify_and_describe(sign_payload("RS256"), key, ["RS256"]) == f"JWSError: {FAILED}"
    assert verify_and_describe(sign_payload("RS256"), {"keys": [{**RSA, "alg": "RS512"}, RSA]}, ["RS256"]) == ""


def test_private_rsa_key_verifies_with_warning_unlike_ec() -> None:
    with pytest.warns(UserWarning, match="Attempting to verify a message with a private key. This is not recommended."):
        assert verify_and_describe(sign_payload("RS256"), private_pem(rsa_key()).decode(), ["RS256"]) == ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verify_and_describe(sign_payload("ES256"), private_pem(ec_key()), ["ES256"]) == f"JWSError: {FAILED}"


@pytest.mark.parametrize("headers", [None, {}, {"kid": "k"}, {"typ": "at+jwt"}, {"alg": "HS512"}, {"a": 1, "z": None}])
def test_sign_writes_the_header_of_python_jose(headers: dict[str, Any] | None) -> None:
    for algorithm in ("HS256", "HS384"):
        expected = jose.jws.sign({"a": 1}, SECRET, headers=headers, algorithm=algorithm)
        assert jws.sign({"a": 1}, SECRET, headers=headers, algorithm=algorithm) == expected


def test_sign_error_args_contain_key_error() -> None:
    with pytest.raises(JWSError) as caught:
        jws.sign(PAYLOAD, "no key", algorithm="RS256")
    assert isinstance(caught.value.args[0], JWKError)
    assert caught.value.__cause__ is None
    with pytest.raises(JWSError, match=r"^Algorithm nope not supported\.$"):
        jws.sign(PAYLOAD, SECRET, algorithm="nope")
    assert caught.value.code == "invalid_key"
    with pytest.raises(JWSError) as caught:
        jws.sign(PAYLOAD, b"0" * 16, algorithm="A128KW")
    assert isinstance(caught.value.args[0], NotImplementedError)
    assert caught.value.code == JOSEError.code


def test_verify_without_verification_returns_the_payload() -> None:
    forged = build_token({"alg": "HS256"}, PAYLOAD, key=b"another secret")
    assert jws.verify(forged, SECRET, ["HS256"], verify=False) == jws.get_unverified_claims(forged) == PAYLOAD
    assert jws.get_unverified_headers(forged) == jws.get_unverified_header(forged) == {"alg": "HS256"}
    assert verify_and_describe(forged, SECRET, ["HS256"]) == f"JWSError: {FAILED}"


def test_sign_accepts_any_bytes() -> None:
    texts = {jws.sign(payload, SECRET) for payload in (PAYLOAD, bytearray(PAYLOAD), memoryview(PAYLOAD), {"a": 1})}
    assert len(texts) == 1
    circle: dict[str, Any] = {}
    circle["self"] = circle
    for payload in ("text", 5, None, circle):
        with pytest.raises(TypeError, match=f"a bytes-like object is required, not '{type(payload).__name__}'"):
            jws.sign(payload, SECRET)  # type: ignore[arg-type]  # the wrong type is intended


@pytest.mark.parametrize("text", [None, 5, [], object()])
def test_verify_token_of_wrong_type_raises_as_python_jose(text: Any) -> None:
    with pytest.raises(AttributeError, match=f"'{type(text).__name__}' object has no attribute 'rsplit'"):
        jws.verify(text, SECRET, ["HS256"])


def test_verify_accepts_str_and_bytes() -> None:
    for text in (sign_payload(), sign_payload().encode(), bytearray(sign_payload().encode())):
        assert verify_and_describe(text, SECRET, ["HS256"]) == ""  # type: ignore[arg-type]  # python-jose accepts a bytearray
        assert jws.get_unverified_claims(text) == PAYLOAD  # type: ignore[arg-type]  # python-jose accepts a bytearray


def test_sign_and_verify_accept_secret_jwk() -> None:
    for key in (oct_jwk(SECRET), json.dumps(oct_jwk(SECRET)), {"keys": [oct_jwk(SECRET, kid="k")]}):
        assert verify_and_describe(sign_payload(kid="k"), key, ["HS256"]) == ""
