"""A program that replaces a private function by one that calls the original: every verdict stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from fastjose import jws, jwt
from fastjose.exceptions import JWKError, JWSError, JWTError
from fastjose.utils import calculate_at_hash
from support.tokens.jose_builder import NOW, SECRET, build_token, create_token, ec_key, oct_jwk, public_key_of
from support.tokens.jose_builder import jwk as to_jwk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

ACCESS_TOKEN = "access-token"
AT_HASH = calculate_at_hash(ACCESS_TOKEN, jwt.ALGORITHMS.HASHES["HS256"])
CLAIMS = {"sub": "u", "iss": "i", "aud": "api", "exp": NOW + 60}
FORGED = b"another secret of 32 characters!"
EXPECTED: dict[str, Any] = {"audience": "api", "issuer": "i", "subject": "u"}

REPLACED = [
    *((jws, name) for name in ("verify", "_load", "_verify_signature", "_sig_matches_keys", "_get_keys")),
    *((jwt, f"_validate_{name}") for name in ("aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash", "claims")),
]
CALLS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "accepted": ({}, {}),
    "an option beside the signature": ({}, {"options": {"leeway": 5}}),
    "forged": ({"key": FORGED}, {}),
    "forged, with an option": ({"key": FORGED}, {"options": {"leeway": 5}}),
    "forged, the signature is verified": ({"key": FORGED}, {"options": {"verify_signature": True}}),
    "forged, the signature is not verified": ({"key": FORGED}, {"options": {"verify_signature": False}}),
    "another algorithm": ({}, {"algorithms": ["HS384"]}),
    "a longer name of an algorithm": ({}, {"algorithms": "HS2567"}),
    "several names in one": ({}, {"algorithms": "RS256,HS256"}),
    "a single name": ({}, {"algorithms": "HS256"}),
    "any algorithm": ({}, {"algorithms": None}),
    "no alg": ({"header": {}}, {}),
    "an alg that is not text": ({"header": {"alg": ["HS256"]}}, {}),
    "another issuer": ({"claims": {"iss": "j"}}, {}),
    "several issuers": ({}, {"issuer": ["j", "i"]}),
    "no issuer": ({"claims": {"iss": None}}, {"issuer": None}),
    "another subject": ({"claims": {"sub": "v"}}, {}),
    "a subject that is not text": ({"claims": {"sub": 5}}, {"subject": None}),
    "another audience": ({"claims": {"aud": ["x"]}}, {}),
    "an unexpected audience": ({}, {"audience": None}),
    "the audience is not checked": ({"claims": {"aud": "x"}}, {"options": {"verify_aud": False}}),
    "expired": ({"claims": {"exp": NOW - 9}}, {}),
    "expired within the leeway": ({"claims": {"exp": NOW - 9}}, {"options": {"leeway": 9}}),
    "expired beyond the leeway": ({"claims": {"exp": NOW - 9}}, {"options": {"leeway": 8}}),
    "not yet valid": ({"claims": {"nbf": NOW + 1}}, {}),
    "not yet valid, within the leeway": ({"claims": {"nbf": NOW + 9}}, {"options": {"leeway": 9}}),
    "not yet valid, beyond the leeway": ({"claims": {"nbf": NOW + 9}}, {"options": {"leeway": 8}}),
    "iat is not a number": ({"claims": {"iat": "x"}}, {}),
    "jti is not text": ({"claims": {"jti": 5}}, {}),
    "a required claim is missing": ({}, {"options": {"require_jti": True}}),
    "a required claim is wrong": ({"claims": {"jti": 5}}, {"options": {"require_jti": True, "verify_jti": False}}),
    "the hash of the access token": ({"claims": {"at_hash": AT_HASH}}, {"access_token": ACCESS_TOKEN}),
    "the hash of another access token": ({"claims": {"at_hash": AT_HASH}}, {"access_token": "other"}),
    "a hash without an access token": ({"claims": {"at_hash": AT_HASH}}, {}),
    "the hash is not checked": ({"claims": {"at_hash": "x"}}, {"options": {"verify_at_hash": False}}),
    "claims that are not an object": ({"payload": b"[]"}, {}),
    "a critical header": ({"header": {"alg": "HS256", "crit": ["exp"], "exp": 1}}, {}),
    "an unencoded payload": ({"header": {"alg": "HS256", "b64": False}}, {}),
    "an encoded payload": ({"header": {"alg": "HS256", "b64": True}}, {}),
    "several keys": ({}, {"key": [b"x" * 32, SECRET]}),
    "several keys, none is right": ({"key": FORGED}, {"key": [b"x" * 32, SECRET]}),
    "a key set": ({"header": {"alg": "HS256", "kid": "k"}}, {"key": {"keys": [oct_jwk(SECRET, kid="k")]}}),
}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def decode_and_describe(token: dict[str, Any], arguments: dict[str, Any]) -> Any:
    """Return the claims, or what a caller sees of the error."""
    claims = {name: value for name, value in {**CLAIMS, **token.get("claims", {})}.items() if value is not None}
    text = build_token(
        token.get("header", {"alg": "HS256"}), token.get("payload", claims), "HS256", token.get("key", SECRET)
    )
    try:
        return jwt.decode(text, **{"key": SECRET, "algorithms": ["HS256"], **EXPECTED, **arguments})
    except JWTError as error:
        return type(error), str(error), error.code, error.claim


def call_original(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return another function with the results of `original`."""

    def replacement(*arguments: Any, **options: Any) -> Any:
        return original(*arguments, **options)

    return replacement


@pytest.mark.parametrize(("module", "name"), REPLACED, ids=[name for _, name in REPLACED])
def test_function_replaced_by_an_equal_one_changes_no_verdict(
    module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {call: decode_and_describe(*arguments) for call, arguments in CALLS.items()}
    monkeypatch.setattr(module, name, call_original(getattr(module, name)))
    assert {call: decode_and_describe(*arguments) for call, arguments in CALLS.items()} == expected


def test_calls_that_are_compared_have_the_intended_verdicts() -> None:
    accepted = {call for call, arguments in CALLS.items() if isinstance(decode_and_describe(*arguments), dict)}
    assert accepted == {
        "accepted",
        "an option beside the signature",
        "forged, the signature is not verified",
        "a single name",
        "any algorithm",
        "several issuers",
        "no issuer",
        "the audience is not checked",
        "expired within the leeway",
        "not yet valid, within the leeway",
        "the hash of the access token",
        "the hash is not checked",
        "an encoded payload",
        "several keys",
        "a key set",
    }


def test_forged_token_is_rejected_with_replaced_validation_and_other_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwt, "_validate_exp", lambda *_, **__: None)
    forged = build_token({"alg": "HS256"}, CLAIMS, "HS256", FORGED)
    for options in ({"leeway": 5}, {"verify_aud": False}, {"require_exp": True}, {"verify_signature": True}):
        with pytest.raises(JWTError, match="Signature verification failed"):
            jwt.decode(forged, SECRET, ["HS256"], options, **EXPECTED)
    assert jwt.decode(forged, SECRET, ["HS256"], {"verify_signature": False}, **EXPECTED) == CLAIMS


def test_replaced_load_leaves_the_key_of_a_mapping_to_its_kid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jws, "_load", call_original(jws._load))
    named, unnamed = (build_token({"alg": "HS256", **header}, CLAIMS) for header in ({"kid": "k1"}, {}))
    assert jwt.decode(named, {"k1": SECRET}, ["HS256"], **EXPECTED) == CLAIMS
    with pytest.raises(JWKError, match="The mapping must be a JWK,"):
        jwt.decode(unnamed, {"k1": SECRET}, ["HS256"], **EXPECTED)
    with pytest.raises(JWKError):
        jwt.decode(create_token("ES256"), SECRET, ["ES256"])


def test_replaced_load_gets_what_verify_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    token = build_token({"alg": "HS256"}, CLAIMS, "HS256", FORGED)
    for _ in range(2):
        assert jwt.jws.verify(token, SECRET, ["HS256"], verify=False) == jws.get_unverified_claims(token)
        assert jws.get_unverified_header(token) == jws.get_unverified_headers(token) == {"alg": "HS256"}
        with pytest.raises(JWSError, match="Signature verification failed"):
            jws.verify(token, SECRET, ["HS256"])
        monkeypatch.setattr(jws, "_load", call_original(jws._load))


MAPPINGS: dict[str, Any] = {
    "an error": {"message": "Not Found"},
    "an error as text": '{"message": "Not Found"}',
    "an error as bytes": b'{"error": {"message": "Not Found"}}',
    "texts": {"a": "known", "b": "Not Found"},
    "a list of texts": {"a": ["known", "Not Found"]},
    "secrets": {"k1": SECRET, "k2": b"Not Found"},
    "a secret and a JWK": {"k1": SECRET, "k2": "Not Found", "jwk": oct_jwk(b"another secret" * 3)},
    "a secret and public keys": {"k1": SECRET, "k2": "Not Found", "ec": to_jwk(public_key_of(ec_key("P-256")))},
    "no members": {},
    "a JWK": oct_jwk(SECRET),
    "a JWK Set": {"keys": [oct_jwk(SECRET), "Not Found"]},
}


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=list(MAPPINGS))
@pytest.mark.parametrize(("module", "name"), [(jws, "_load"), (jws, "_sig_matches_keys"), (jwt, "_validate_exp")])
def test_secret_in_a_mapping_verifies_only_a_token_with_its_kid(
    mapping: Any, module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [
        build_token({"alg": "HS256", **header}, CLAIMS, "HS256", secret)
        for header in ({}, *({"kid": kid} for kid in ("k1", "k2", "jwk", "ec", "a", "b", "message", "unknown", 5)))
        for secret in (SECRET, b"Not Found", b"another secret" * 3, b"forged")
    ]
    tokens += [create_token("ES256", kid=kid) for kid in ("ec", "k1")]

    def is_accepted(token: str, algorithms: list[str] | None) -> bool:
        try:
            jwt.decode(token, mapping, algorithms, {"verify_aud": False})
        except (JWTError, JWKError):
            return False
        return True

    calls = [(token, algorithms) for token in tokens for algorithms in (["HS256", "ES256"], None)]
    expected = [is_accepted(*arguments) for arguments in calls]
    monkeypatch.setattr(module, name, call_original(getattr(module, name)))
    assert [is_accepted(*arguments) for arguments in calls] == expected


def test_replaced_function_gets_each_key_that_may_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[Any] = []

    def accept(keys: Iterable[Any], *_: Any) -> bool:
        received.append(list(keys))
        return True

    monkeypatch.setattr(jws, "_sig_matches_keys", accept)
    jwks = [oct_jwk(SECRET, kid="a"), oct_jwk(b"another secret" * 3, kid="b")]
    token = build_token({"alg": "HS256", "kid": "k1"}, CLAIMS)
    for key, keys in (
        ({"keys": jwks}, jwks),
        (jwks[0], [jwks[0]]),
        (jwks, jwks),
        (SECRET, [SECRET]),
        ({"k1": SECRET, "k2": jwks[0]}, [SECRET]),
        ({"k2": SECRET, "k3": jwks[0], "k4": jwks[1]}, jwks),
    ):
        jws.verify(token, key, ["HS256"])
        assert received.pop() == keys


def test_keys_of_a_replaced_function_are_those_of_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    token = build_token({"alg": "HS256"}, CLAIMS)
    monkeypatch.setattr(jws, "_get_keys", lambda key: (SECRET,) if key == {"name": "alias"} else ())
    for name in ("_load", "_sig_matches_keys"):
        monkeypatch.setattr(jws, name, call_original(getattr(jws, name)))
        assert jwt.decode(token, {"name": "alias"}, ["HS256"], **EXPECTED) == CLAIMS
        with pytest.raises(JWTError, match="Signature verification failed"):
            jwt.decode(token, {"name": "other"}, ["HS256"], **EXPECTED)


@pytest.mark.parametrize("document", ["an error", "an error as text", "an error as bytes", "a list of texts"])
def test_mapping_without_keys_raises_the_error_of_the_core(document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jws, "_sig_matches_keys", lambda *_: True)
    forged = build_token({"alg": "HS256"}, CLAIMS, "HS256", b"Not Found")
    with pytest.raises(JWKError, match="The mapping must be a JWK,"):
        jws.verify(forged, MAPPINGS[document], ["HS256"])


@pytest.mark.parametrize(
    ("header", "algorithms", "code"),
    [
        ({}, ["HS256"], "malformed"),
        ({"alg": ""}, None, "malformed"),
        ({"alg": "HS256"}, ["HS384"], "algorithm_not_allowed"),
        ({"alg": "HS256"}, "RS256,HS256", "algorithm_not_allowed"),
        ({"alg": ["HS256"]}, None, "algorithm_not_allowed"),
        ({"alg": "HS256", "crit": ["exp"]}, ["HS384"], "algorithm_not_allowed"),
        ({"alg": "HS256", "crit": ["exp"]}, ["HS256"], "unsupported_header"),
        ({"alg": "HS256", "crit": None}, None, "unsupported_header"),
        ({"alg": "HS256", "b64": False}, ["HS256"], "unsupported_header"),
        ({"alg": "HS256", "b64": 1}, ["HS256"], "unsupported_header"),
        ({"alg": "HS256", "b64": None}, ["HS256"], "unsupported_header"),
    ],
)
def test_header_is_checked_beside_a_replaced_function(
    header: dict[str, Any], algorithms: Any, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jws, "_sig_matches_keys", lambda *_: True)
    with pytest.raises(JWSError) as raised:
        jws._verify_signature(b"e30.e30", header, b"", SECRET, algorithms)
    assert raised.value.code == code


def test_signature_is_not_verified_without_a_key() -> None:
    signing_input, header, signature = b"e30.e30", {"alg": "HS256"}, b"x" * 32
    with pytest.raises(JWKError):
        jws._verify_signature(signing_input, header, signature)


def test_key_of_a_registered_class_is_used_for_its_algorithm_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class EqualKey(jws.Key):
        def verify(self, msg: bytes, sig: bytes) -> bool:
            return msg == sig

    monkeypatch.setitem(jwt.ALGORITHMS.KEYS, "EQUAL", EqualKey)
    assert jws._sig_matches_keys(["k"], b"e30.e30", b"e30.e30", "EQUAL") is True
    assert jws._sig_matches_keys(["k"], b"e30.e30", b"e30", "EQUAL") is False
    ec_jwk = to_jwk(public_key_of(ec_key("P-256")))
    with pytest.raises(JWKError):
        jws._sig_matches_keys([ec_jwk], b"e30.e30", b"e30", "HS256")
