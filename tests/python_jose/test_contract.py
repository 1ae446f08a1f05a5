"""The contract of python-jose: API, defaults, order of checks and every message, tested on both libraries.

On python-jose, the tests show that the contract is described correctly. On fastjose, they show that it is kept.
`test_differential` finds differences that this module does not list.
"""

from __future__ import annotations

import inspect
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from support.python_jose.differential.library import FASTJOSE, JOSE, Call, Library, call, named_value, outcome
from support.tokens.jose_builder import (
    NOW,
    append_signature,
    b64u,
    build_token,
    create_token,
    jwk,
    public_key_of,
    rsa_key,
    spki,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARIES = [JOSE, FASTJOSE]
SECRET = b"secret"
RSA_PEM = named_value("RSA public PEM", spki(public_key_of(rsa_key())).decode())
HS256 = ["HS256"]
CLAIMS: dict[str, Any] = {"sub": "user-1", "exp": NOW + 60}

SIGNATURES = {
    "jwt.encode": "(claims, key, algorithm='HS256', headers=None, access_token=None)",
    "jwt.decode": "(token, key, algorithms=None, options=None, audience=None, issuer=None, subject=None,"
    " access_token=None)",
    **{f"jwt.get_unverified_{name}": "(token)" for name in ("header", "headers", "claims")},
    "jws.sign": "(payload, key, headers=None, algorithm='HS256')",
    "jws.verify": "(token, key, algorithms, verify=True)",
    **{f"jws.get_unverified_{name}": "(token)" for name in ("header", "headers", "claims")},
    "jwk.construct": "(key_data, algorithm=None)",
    "jwk.get_key": "(algorithm)",
    "jwk.register_key": "(algorithm, key_class)",
    "jwe.encrypt": "(plaintext, key, encryption='A256GCM', algorithm='dir', zip=None, cty=None, kid=None)",
    "jwe.decrypt": "(jwe_str, key)",
    "jwe.get_unverified_header": "(jwe_str)",
}
BASE_CLASSES = {
    "JWSError": "JOSEError",
    "JWSSignatureError": "JWSError",
    "JWSAlgorithmError": "JWSError",
    "JWTError": "JOSEError",
    "JWTClaimsError": "JWTError",
    "ExpiredSignatureError": "JWTError",
    "JWKError": "JOSEError",
    "JWEError": "JOSEError",
    "JWEParseError": "JWEError",
    "JWEInvalidAuth": "JWEError",
    "JWEAlgorithmUnsupportedError": "JWEError",
}


@pytest.fixture(autouse=True, scope="module")
def _freeze_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=LIBRARIES, ids=repr)
def library(request: pytest.FixtureRequest) -> Library:
    """Return each of the two libraries."""
    chosen: Library = request.param
    return chosen


@pytest.mark.parametrize("name", SIGNATURES)
def test_function_has_python_jose_signature(library: Library, name: str) -> None:
    module, _, function = name.partition(".")
    parameters = inspect.signature(getattr(library.module(module), function)).parameters.values()
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in parameters]
    assert str(inspect.Signature(plain)) == SIGNATURES[name]


@pytest.mark.parametrize("name", BASE_CLASSES)
def test_exception_has_python_jose_base_class(library: Library, name: str) -> None:
    exceptions = library.module("exceptions")
    assert getattr(exceptions, name).__bases__ == (getattr(exceptions, BASE_CLASSES[name]),)
    assert exceptions.JOSEError.__bases__ == (Exception,)


@pytest.mark.parametrize("keyword", ["leeway", "algorithm", "verify"])
def test_decode_pyjwt_keyword_raises_type_error(library: Library, keyword: str) -> None:
    with pytest.raises(TypeError, match=keyword):
        library.function("jwt.decode")("a.b.c", "secret", HS256, **{keyword: 0})


def decode_call(claims: dict[str, Any], **options: Any) -> Call:
    return call("jwt.decode", create_token("HS256", claims, SECRET), "secret", HS256, **options)


def read_call(text: Any, function: str = "jws.get_unverified_header") -> Call:
    return call(function, text)


def decode_call_with_header(header: bytes, payload: bytes = b"{}") -> Call:
    return call("jwt.decode", append_signature(f"{b64u(header)}.{b64u(payload)}", "HS256", SECRET), "secret", HS256)


JWS, JWT, CLAIM, JWK = (
    "exceptions.JWSError",
    "exceptions.JWTError",
    "exceptions.JWTClaimsError",
    "exceptions.JWKError",
)
EXPIRED = "exceptions.ExpiredSignatureError"
TIME = "claim ({}) must be an integer."
PUBLIC_AS_SECRET = (
    "The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret."
)
GOOD = create_token("HS256", CLAIMS, SECRET)

ERRORS: list[tuple[Call, str, str]] = [
    # Token format
    (read_call(""), JWS, "Not enough segments"),
    (read_call("a.b"), JWS, "Not enough segments"),
    (call("jws.verify", "e30.a.AA", "secret", None, verify=False), JWS, "Invalid payload padding"),
    (call("jws.verify", "e30.e30.a", "secret", None, verify=False), JWS, "Invalid crypto padding"),
    (read_call(f"{b64u(b'[]')}.e30.AA"), JWS, "Invalid header string: must be a json object"),
    (
        read_call(f"{b64u(b'{')}.e30.AA"),
        JWS,
        "Invalid header string: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    ),
    (read_call("a", "jwt.get_unverified_header"), JWT, "Error decoding token headers."),
    (read_call("a", "jwt.get_unverified_headers"), JWT, "Error decoding token headers."),
    (read_call("a", "jwt.get_unverified_claims"), JWT, "Error decoding token claims."),
    (read_call("e30.W10.AA", "jwt.get_unverified_claims"), JWT, "Invalid claims string: must be a json object"),
    (
        read_call("e30..AA", "jwt.get_unverified_claims"),
        JWT,
        "Invalid claims string: Expecting value: line 1 column 1 (char 0)",
    ),
    (read_call(None), "builtins.AttributeError", "'NoneType' object has no attribute 'rsplit'"),
    (decode_call_with_header(b'{"alg":"HS256"}', b"[]"), JWT, "Invalid payload string: must be a json object"),
    (
        decode_call_with_header(b'{"alg":"HS256"}', b"x"),
        JWT,
        "Invalid payload string: Expecting value: line 1 column 1 (char 0)",
    ),
    # Algorithm and signature
    (decode_call_with_header(b"{}"), JWT, "No algorithm was specified in the JWS header."),
    (decode_call_with_header(b'{"alg":""}'), JWT, "No algorithm was specified in the JWS header."),
    (decode_call_with_header(b'{"alg":"none"}'), JWT, "The specified alg value is not allowed"),
    (call("jwt.decode", GOOD, "other", HS256), JWT, "Signature verification failed."),
    (call("jws.verify", GOOD, "other", HS256), JWS, "Signature verification failed."),
    # Claims
    (decode_call({"exp": NOW - 1}), EXPIRED, "Signature has expired."),
    (decode_call({"exp": "1.5"}), CLAIM, f"Expiration Time {TIME.format('exp')}"),
    (decode_call({"nbf": NOW + 1}), CLAIM, "The token is not yet valid (nbf)"),
    (decode_call({"nbf": "x"}), CLAIM, f"Not Before {TIME.format('nbf')}"),
    (decode_call({"iat": "x"}), CLAIM, f"Issued At {TIME.format('iat')}"),
    (decode_call({"aud": "api"}), CLAIM, "Invalid audience"),
    (decode_call({"aud": "api"}, audience="web"), CLAIM, "Invalid audience"),
    (decode_call({"aud": {}}, audience="api"), CLAIM, "Invalid claim format in token"),
    (decode_call({"aud": ["api", 1]}, audience="api"), CLAIM, "Invalid claim format in token"),
    (decode_call({}, audience=["api"]), JWT, "audience must be a string or None"),
    (decode_call({}, audience=["api"], options={"verify_aud": False}), JWT, "audience must be a string or None"),
    (decode_call({}, issuer="x"), CLAIM, "Invalid issuer"),
    (decode_call({"iss": "y"}, issuer=["x"]), CLAIM, "Invalid issuer"),
    (decode_call({"sub": 1}), CLAIM, "Subject must be a string."),
    (decode_call({"sub": "a"}, subject="b"), CLAIM, "Invalid subject"),
    (decode_call({"jti": 1}), CLAIM, "JWT ID must be a string."),
    (decode_call({"at_hash": "x"}), CLAIM, "No access_token provided to compare against at_hash claim."),
    (decode_call({"at_hash": "x"}, access_token="a"), CLAIM, "at_hash claim does not match access_token."),
    (decode_call({}, options={"require_exp": True}), JWT, 'missing required key "exp" among claims'),
    (decode_call({}, options={"require_foo": True}), JWT, 'missing required key "foo" among claims'),
    # Signing
    (call("jwt.encode", {}, "secret", "none"), JWS, "Algorithm none not supported."),
    (call("jws.sign", b"", RSA_PEM), JWS, PUBLIC_AS_SECRET),
    (call("jws.sign", b"", 1), JWS, "Expecting a string- or bytes-formatted key."),
    (call("jws.sign", "text", "secret"), "builtins.TypeError", "a bytes-like object is required, not 'str'"),
    # Keys
    (call("jwk.construct", "secret"), JWK, "Unable to find an algorithm for key"),
    (call("jwk.construct", "secret", "x"), JWK, "Unable to find an algorithm for key"),
    (call("jwk.construct", RSA_PEM, "HS256"), JWK, PUBLIC_AS_SECRET),
    (
        call("jwk.construct", jwk(public_key_of(rsa_key())), "ES256"),
        JWK,
        "Incorrect key type. Expected: 'EC', Received: RSA",
    ),
    (call("jwk.construct", {"kty": "EC"}, "ES256"), JWK, "Mandatory parameters are missing"),
    (
        call("jwk.construct", {**jwk(public_key_of(rsa_key())), "d": "AQ", "p": "AQ"}, "RS256"),
        JWK,
        "Precomputed private key parameters are incomplete.",
    ),
    (call("jwt.decode", GOOD, RSA_PEM, HS256), JWK, PUBLIC_AS_SECRET),
    (call("key.to_pem", RSA_PEM, "RS256", "XX"), "builtins.ValueError", "Invalid format specified: 'XX'"),
    (call("key.encrypt", "secret", "HS256", b""), "builtins.NotImplementedError", ""),
    (call("jwk.register_key", "x", dict), "builtins.TypeError", "Key class is not a subclass of jwk.Key"),
    # JWE
    (call("jwe.decrypt", "a", "secret"), "exceptions.JWEParseError", "Not enough segments"),
    (call("jwe.decrypt", "e30....", "secret"), "exceptions.JWEParseError", "alg and enc headers are required!"),
    (
        call("jwe.decrypt", "a" * 256_001, "secret"),
        "exceptions.JWEError",
        "JWE string 256001 bytes exceeds 256000 bytes",
    ),
    (call("jwe.encrypt", b"", bytes(15), "A128GCM", "A128KW"), JWK, "Key must be 128 bit for alg A128KW"),
    (call("jwe.encrypt", b"", bytes(32), zip="GZ"), "builtins.NotImplementedError", "ZIP GZ is not supported!"),
]


@pytest.mark.parametrize(
    ("attempt", "kind", "text"), ERRORS, ids=[f"{attempt.operation}: {text}" for attempt, _, text in ERRORS]
)
def test_invalid_call_raises_python_jose_message(library: Library, attempt: Call, kind: str, text: str) -> None:
    answer = outcome(library, attempt)
    assert (answer.kind, answer.text) == (kind, text)


@pytest.mark.parametrize("operation", ["jwt.encode", "jws.sign"])
def test_claim_that_is_not_json_raises_python_jose_message_with_its_name(library: Library, operation: str) -> None:
    answer = outcome(library, call(operation, {"ok": 1, "a": {1}}, "secret"))
    assert answer.kind == "builtins.TypeError"
    assert answer.text.removesuffix(" (claim 'a')") == "Object of type set is not JSON serializable"
    assert answer.text.endswith("(claim 'a')") == (library is not JOSE)


def test_jwt_error_contains_jws_error(library: Library) -> None:
    exceptions = library.module("exceptions")
    with pytest.raises(exceptions.JWTError) as caught:
        library.function("jwt.decode")(GOOD, "other", HS256)
    assert type(caught.value.args[0]) is exceptions.JWSError
    assert caught.value.__cause__ is None


# Every claim is invalid, and every expected value differs. The errors follow in the order of the checks.
WRONG_CLAIMS = {"iat": "x", "nbf": NOW + 9, "exp": NOW - 9, "aud": 1, "iss": "x", "sub": 1, "jti": 1, "at_hash": "x"}
EXPECTED: dict[str, Any] = {"audience": "api", "issuer": "y", "subject": "b", "access_token": "a"}
IN_ORDER = [
    (f"Issued At {TIME.format('iat')}", "iat"),
    ("The token is not yet valid (nbf)", "nbf"),
    ("Signature has expired.", "exp"),
    ("Invalid claim format in token", "aud"),
    ("Invalid issuer", "iss"),
    ("Subject must be a string.", "sub"),
    ("JWT ID must be a string.", "jti"),
    ("at_hash claim does not match access_token.", "at_hash"),
]


@pytest.mark.parametrize("index", range(len(IN_ORDER)), ids=[claim for _, claim in IN_ORDER])
def test_claims_are_validated_in_order(library: Library, index: int) -> None:
    options = {f"verify_{claim}": False for _, claim in IN_ORDER[:index]}
    assert outcome(library, decode_call(WRONG_CLAIMS, options=options, **EXPECTED)).text == IN_ORDER[index][0]


@pytest.mark.parametrize("claim", ["aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash"])
def test_required_claim_is_validated_despite_verify_false(library: Library, claim: str) -> None:
    options = {f"verify_{one}": False for _, one in IN_ORDER} | {f"require_{claim}": True}
    assert (
        outcome(library, decode_call(WRONG_CLAIMS, options=options, **EXPECTED)).text
        == {one: text for text, one in IN_ORDER}[claim]
    )


def test_required_claims_are_checked_in_order(library: Library) -> None:
    required = ["aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash"]
    options = {f"require_{claim}": True for claim in ("foo", *reversed(required))}
    for place, claim in enumerate([*required, "foo"]):
        claims = {"aud": "api", "iat": 1, "exp": NOW, "nbf": 1, "iss": "x", "sub": "a", "jti": "a", "at_hash": "x"}
        there = {name: claims[name] for name in required[:place]}
        message = outcome(library, decode_call(there, options=options, audience="api", access_token="a")).text
        assert message == f'missing required key "{claim}" among claims'


def test_token_parts_are_validated_in_order(library: Library) -> None:
    """Every token fixes the first error of the token before it and keeps all later errors."""
    header, other = b64u(b'{"alg":"none"}'), build_token({"alg": "HS256"}, b"x", "HS256", b"other")
    tokens = {
        "Not enough segments": "a.a",
        "Invalid header string: must be a json object": f"{b64u(b'[]')}.a.a",
        "Invalid payload padding": f"{header}.a.a",
        "Invalid crypto padding": f"{header}.eA.a",
        "The specified alg value is not allowed": f"{header}.eA.AA",
        "Signature verification failed.": other,
        "Invalid payload string: Expecting value: line 1 column 1 (char 0)": build_token(
            {"alg": "HS256"}, b"x", "HS256", SECRET
        ),
    }
    options = {"require_foo": True}
    for text, attempt in tokens.items():
        assert outcome(library, call("jwt.decode", attempt, "secret", HS256, options, ["no audience"])).text == text
    missing = outcome(library, decode_call({}, options=options, audience=["no audience"]))
    assert missing.text == 'missing required key "foo" among claims'


ACCEPTED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *(({"exp": time}, {}) for time in (NOW, NOW + 0.9, str(NOW), f" {NOW} ", "9_999_999_999", 10**18)),
    ({"exp": NOW - 10}, {"options": {"leeway": 10}}),
    ({"exp": NOW - 10}, {"options": {"leeway": timedelta(seconds=10, microseconds=999_999)}}),
    ({"exp": NOW - 10, "nbf": NOW + 10}, {"options": {"leeway": 10.5}}),
    ({"nbf": NOW}, {}),
    ({"iat": NOW + 999}, {}),
    ({}, {"audience": "api"}),
    ({"aud": ["web", "api"]}, {"audience": "api"}),
    ({"aud": "api"}, {"options": {"verify_aud": False}}),
    ({"iss": "x"}, {"issuer": ["x", "y"]}),
    ({"iss": 5}, {}),
    ({"sub": "a"}, {"subject": "a"}),
    ({"a": 1e300, "b": [1, {"c": None}]}, {}),
    ({}, {"options": {"no_option": 1}}),
]


@pytest.mark.parametrize(("claims", "arguments"), ACCEPTED)
def test_decode_valid_claims_returns_claims(
    library: Library, claims: dict[str, Any], arguments: dict[str, Any]
) -> None:
    assert library.function("jwt.decode")(create_token("HS256", claims, SECRET), "secret", HS256, **arguments) == claims


def test_decode_leaves_options_unchanged(library: Library) -> None:
    options = {"require_exp": True, "verify_exp": False}
    library.function("jwt.decode")(GOOD, "secret", HS256, options)
    assert options == {"require_exp": True, "verify_exp": False}


def test_encode_writes_python_jose_json(library: Library) -> None:
    claims = {"b": "é", "a": [1.0, 1e22, True, None], 1: float("nan"), "exp": datetime.fromtimestamp(NOW, timezone.utc)}
    headers = {"kid": "k", "a": {"d": 1, "c": 2}, "typ": "at+jwt"}
    attempt = library.function("jwt.encode")(claims, "secret", headers=headers, access_token="access")
    header, payload, _ = attempt.split(".")
    assert decode_segment(header) == '{"a":{"c":2,"d":1},"alg":"HS256","kid":"k","typ":"at+jwt"}'
    written = f'{{"b":"\\u00e9","a":[1.0,1e+22,true,null],"1":NaN,"exp":{NOW},"at_hash":"{claims["at_hash"]}"}}'
    assert decode_segment(payload) == written
    assert claims["exp"] == NOW


def decode_segment(segment: str) -> str:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode()
