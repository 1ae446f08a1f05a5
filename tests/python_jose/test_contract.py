"""python-jose's contract, written down: surface, defaults, order of checks and every text, held against both libraries.

Run on python-jose, it shows that what is written here is true; run on fastjose, that it is kept. `test_differential`
finds what nobody thought of writing down.
"""

from __future__ import annotations

import inspect
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from support.differential.library import FASTJOSE, JOSE, Call, Library, call, named, outcome
from support.jose_builder import NOW, b64u, jwk, public, rsa_key, sealed, signed, spki, token

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARIES = [JOSE, FASTJOSE]
SECRET = b"secret"
RSA_PEM = named("RSA public PEM", spki(public(rsa_key())).decode())
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
TREE = {
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
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=LIBRARIES, ids=repr)
def library(request: pytest.FixtureRequest) -> Library:
    """Return each of the two."""
    chosen: Library = request.param
    return chosen


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(library: Library, name: str) -> None:
    module, _, function = name.partition(".")
    parameters = inspect.signature(getattr(library.module(module), function)).parameters.values()
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in parameters]
    assert str(inspect.Signature(plain)) == SIGNATURES[name]


@pytest.mark.parametrize("name", TREE)
def test_tree_of_exceptions(library: Library, name: str) -> None:
    exceptions = library.module("exceptions")
    assert getattr(exceptions, name).__bases__ == (getattr(exceptions, TREE[name]),)
    assert exceptions.JOSEError.__bases__ == (Exception,)


@pytest.mark.parametrize("keyword", ["leeway", "algorithm", "verify"])
def test_keywords_of_pyjwt_are_none_here(library: Library, keyword: str) -> None:
    with pytest.raises(TypeError, match=keyword):
        library.function("jwt.decode")("a.b.c", "secret", HS256, **{keyword: 0})


def decoding(claims: dict[str, Any], **options: Any) -> Call:
    return call("jwt.decode", token("HS256", claims, SECRET), "secret", HS256, **options)


def reading(text: Any, function: str = "jws.get_unverified_header") -> Call:
    return call(function, text)


def of_header(header: bytes, payload: bytes = b"{}") -> Call:
    return call("jwt.decode", sealed(f"{b64u(header)}.{b64u(payload)}", "HS256", SECRET), "secret", HS256)


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
GOOD = token("HS256", CLAIMS, SECRET)

SAID: list[tuple[Call, str, str]] = [
    # The form of the token.
    (reading(""), JWS, "Not enough segments"),
    (reading("a.b"), JWS, "Not enough segments"),
    (reading("e30.a.AA"), JWS, "Invalid payload padding"),
    (reading("e30.e30.a"), JWS, "Invalid crypto padding"),
    (reading(f"{b64u(b'[]')}.e30.AA"), JWS, "Invalid header string: must be a json object"),
    (
        reading(f"{b64u(b'{')}.e30.AA"),
        JWS,
        "Invalid header string: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    ),
    (reading("a", "jwt.get_unverified_header"), JWT, "Error decoding token headers."),
    (reading("a", "jwt.get_unverified_headers"), JWT, "Error decoding token headers."),
    (reading("a", "jwt.get_unverified_claims"), JWT, "Error decoding token claims."),
    (reading("e30.W10.AA", "jwt.get_unverified_claims"), JWT, "Invalid claims string: must be a json object"),
    (
        reading("e30..AA", "jwt.get_unverified_claims"),
        JWT,
        "Invalid claims string: Expecting value: line 1 column 1 (char 0)",
    ),
    (reading(None), "builtins.AttributeError", "'NoneType' object has no attribute 'rsplit'"),
    (of_header(b'{"alg":"HS256"}', b"[]"), JWT, "Invalid payload string: must be a json object"),
    (of_header(b'{"alg":"HS256"}', b"x"), JWT, "Invalid payload string: Expecting value: line 1 column 1 (char 0)"),
    # Algorithm and signature.
    (of_header(b"{}"), JWT, "No algorithm was specified in the JWS header."),
    (of_header(b'{"alg":""}'), JWT, "No algorithm was specified in the JWS header."),
    (of_header(b'{"alg":"none"}'), JWT, "The specified alg value is not allowed"),
    (call("jwt.decode", GOOD, "other", HS256), JWT, "Signature verification failed."),
    (call("jws.verify", GOOD, "other", HS256), JWS, "Signature verification failed."),
    # Claims.
    (decoding({"exp": NOW - 1}), EXPIRED, "Signature has expired."),
    (decoding({"exp": "1.5"}), CLAIM, f"Expiration Time {TIME.format('exp')}"),
    (decoding({"nbf": NOW + 1}), CLAIM, "The token is not yet valid (nbf)"),
    (decoding({"nbf": "x"}), CLAIM, f"Not Before {TIME.format('nbf')}"),
    (decoding({"iat": "x"}), CLAIM, f"Issued At {TIME.format('iat')}"),
    (decoding({"aud": "api"}), CLAIM, "Invalid audience"),
    (decoding({"aud": "api"}, audience="web"), CLAIM, "Invalid audience"),
    (decoding({"aud": {}}, audience="api"), CLAIM, "Invalid claim format in token"),
    (decoding({"aud": ["api", 1]}, audience="api"), CLAIM, "Invalid claim format in token"),
    (decoding({}, audience=["api"]), JWT, "audience must be a string or None"),
    (decoding({}, audience=["api"], options={"verify_aud": False}), JWT, "audience must be a string or None"),
    (decoding({}, issuer="x"), CLAIM, "Invalid issuer"),
    (decoding({"iss": "y"}, issuer=["x"]), CLAIM, "Invalid issuer"),
    (decoding({"sub": 1}), CLAIM, "Subject must be a string."),
    (decoding({"sub": "a"}, subject="b"), CLAIM, "Invalid subject"),
    (decoding({"jti": 1}), CLAIM, "JWT ID must be a string."),
    (decoding({"at_hash": "x"}), CLAIM, "No access_token provided to compare against at_hash claim."),
    (decoding({"at_hash": "x"}, access_token="a"), CLAIM, "at_hash claim does not match access_token."),
    (decoding({}, options={"require_exp": True}), JWT, 'missing required key "exp" among claims'),
    (decoding({}, options={"require_foo": True}), JWT, 'missing required key "foo" among claims'),
    # Signing.
    (call("jwt.encode", {}, "secret", "none"), JWS, "Algorithm none not supported."),
    (call("jws.sign", b"", RSA_PEM), JWS, PUBLIC_AS_SECRET),
    (call("jws.sign", b"", 1), JWS, "Expecting a string- or bytes-formatted key."),
    (call("jws.sign", "text", "secret"), "builtins.TypeError", "a bytes-like object is required, not 'str'"),
    (call("jwt.encode", {"a": {1}}, "secret"), "builtins.TypeError", "Object of type set is not JSON serializable"),
    # Keys.
    (call("jwk.construct", "secret"), JWK, "Unable to find an algorithm for key"),
    (call("jwk.construct", "secret", "x"), JWK, "Unable to find an algorithm for key"),
    (call("jwk.construct", RSA_PEM, "HS256"), JWK, PUBLIC_AS_SECRET),
    (call("jwk.construct", jwk(public(rsa_key())), "ES256"), JWK, "Incorrect key type. Expected: 'EC', Received: RSA"),
    (call("jwk.construct", {"kty": "EC"}, "ES256"), JWK, "Mandatory parameters are missing"),
    (
        call("jwk.construct", {**jwk(public(rsa_key())), "d": "AQ", "p": "AQ"}, "RS256"),
        JWK,
        "Precomputed private key parameters are incomplete.",
    ),
    (call("jwt.decode", GOOD, RSA_PEM, HS256), JWK, PUBLIC_AS_SECRET),
    (call("key.to_pem", RSA_PEM, "RS256", "XX"), "builtins.ValueError", "Invalid format specified: 'XX'"),
    (call("key.encrypt", "secret", "HS256", b""), "builtins.NotImplementedError", ""),
    (call("jwk.register_key", "x", dict), "builtins.TypeError", "Key class is not a subclass of jwk.Key"),
    # JWE.
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


@pytest.mark.parametrize(("made", "kind", "text"), SAID, ids=[f"{made.operation}: {text}" for made, _, text in SAID])
def test_what_is_said(library: Library, made: Call, kind: str, text: str) -> None:
    answer = outcome(library, made)
    assert (answer.kind, answer.text) == (kind, text)


def test_a_jwt_error_holds_the_jws_error(library: Library) -> None:
    exceptions = library.module("exceptions")
    with pytest.raises(exceptions.JWTError) as caught:
        library.function("jwt.decode")(GOOD, "other", HS256)
    assert type(caught.value.args[0]) is exceptions.JWSError
    assert caught.value.__cause__ is None


# In the order in which they are found: each claim here is wrong, and so is each thing that is expected.
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


@pytest.mark.parametrize("mended", range(len(IN_ORDER)), ids=[claim for _, claim in IN_ORDER])
def test_claims_are_judged_in_this_order(library: Library, mended: int) -> None:
    options = {f"verify_{claim}": False for _, claim in IN_ORDER[:mended]}
    assert outcome(library, decoding(WRONG_CLAIMS, options=options, **EXPECTED)).text == IN_ORDER[mended][0]


@pytest.mark.parametrize("claim", ["aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash"])
def test_what_is_required_is_checked_even_if_switched_off(library: Library, claim: str) -> None:
    options = {f"verify_{one}": False for _, one in IN_ORDER} | {f"require_{claim}": True}
    assert (
        outcome(library, decoding(WRONG_CLAIMS, options=options, **EXPECTED)).text
        == {one: text for text, one in IN_ORDER}[claim]
    )


def test_required_claims_are_looked_for_in_this_order(library: Library) -> None:
    required = ["aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash"]
    options = {f"require_{claim}": True for claim in ("foo", *reversed(required))}
    for place, claim in enumerate([*required, "foo"]):
        claims = {"aud": "api", "iat": 1, "exp": NOW, "nbf": 1, "iss": "x", "sub": "a", "jti": "a", "at_hash": "x"}
        there = {name: claims[name] for name in required[:place]}
        said = outcome(library, decoding(there, options=options, audience="api", access_token="a")).text
        assert said == f'missing required key "{claim}" among claims'


def test_parts_of_a_token_are_judged_in_this_order(library: Library) -> None:
    """Each of the tokens is mended by what the next one has wrong, in front of all that is wrong behind it."""
    header, other = b64u(b'{"alg":"none"}'), signed({"alg": "HS256"}, b"x", "HS256", b"other")
    tokens = {
        "Not enough segments": "a.a",
        "Invalid header string: must be a json object": f"{b64u(b'[]')}.a.a",
        "Invalid payload padding": f"{header}.a.a",
        "Invalid crypto padding": f"{header}.eA.a",
        "The specified alg value is not allowed": f"{header}.eA.AA",
        "Signature verification failed.": other,
        "Invalid payload string: Expecting value: line 1 column 1 (char 0)": signed(
            {"alg": "HS256"}, b"x", "HS256", SECRET
        ),
    }
    options = {"require_foo": True}
    for text, made in tokens.items():
        assert outcome(library, call("jwt.decode", made, "secret", HS256, options, ["no audience"])).text == text
    missing = outcome(library, decoding({}, options=options, audience=["no audience"]))
    assert missing.text == 'missing required key "foo" among claims'


TAKEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
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
    ({}, {"subject": "a"}),
    ({"a": float("inf"), "b": [1, {"c": None}]}, {}),
    ({}, {"options": {"no_option": 1}}),
]


@pytest.mark.parametrize(("claims", "arguments"), TAKEN)
def test_what_is_taken(library: Library, claims: dict[str, Any], arguments: dict[str, Any]) -> None:
    assert library.function("jwt.decode")(token("HS256", claims, SECRET), "secret", HS256, **arguments) == claims


def test_options_are_not_changed(library: Library) -> None:
    options = {"require_exp": True, "verify_exp": False}
    library.function("jwt.decode")(GOOD, "secret", HS256, options)
    assert options == {"require_exp": True, "verify_exp": False}


def test_what_is_written(library: Library) -> None:
    claims = {"b": "é", "a": [1.0, 1e22, True, None], 1: float("nan"), "exp": datetime.fromtimestamp(NOW, timezone.utc)}
    headers = {"kid": "k", "a": {"d": 1, "c": 2}, "typ": "at+jwt"}
    made = library.function("jwt.encode")(claims, "secret", headers=headers, access_token="access")
    header, payload, _ = made.split(".")
    assert decoded(header) == '{"a":{"c":2,"d":1},"alg":"HS256","kid":"k","typ":"at+jwt"}'
    written = f'{{"b":"\\u00e9","a":[1.0,1e+22,true,null],"1":NaN,"exp":{NOW},"at_hash":"{claims["at_hash"]}"}}'
    assert decoded(payload) == written
    assert claims["exp"] == NOW


def decoded(segment: str) -> str:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode()
