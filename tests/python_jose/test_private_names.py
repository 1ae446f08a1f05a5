"""Private names of python-jose that public programs use: same results and errors, and a replacement takes effect."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import time_machine

from fastjose import JWSError, JWTClaimsError, JWTError, jwe, jwk, jws, jwt
from support.python_jose.differential.library import FASTJOSE, JOSE, Call, Library, call, outcome
from support.tokens.jose_builder import (
    NOW,
    SECRET,
    append_signature,
    b64u,
    build_token,
    create_token,
    ec_key,
    public_key_of,
)
from support.tokens.jose_builder import jwk as to_jwk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = {"alg": "HS256"}
TOKEN = build_token(HEADER, {"sub": "u", "exp": NOW + 60})


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=[JOSE, FASTJOSE], ids=repr)
def library(request: pytest.FixtureRequest) -> Library:
    """Return each of the two libraries."""
    chosen: Library = request.param
    return chosen


def test_load_returns_four_parts(library: Library) -> None:
    signing_input, _, signature = TOKEN.rpartition(".")
    header, payload, signed, decoded = library.module("jws")._load(TOKEN)
    assert (header, signed, b64u(decoded)) == (HEADER, signing_input.encode(), signature)
    assert json.loads(payload) == {"sub": "u", "exp": NOW + 60}


@pytest.mark.parametrize("token", ["", "a.b", "e30.a.AA", "e30.e30.a", f"{b64u(b'[]')}.e30.AA", f"{b64u(b'x')}.e30.AA"])
def test_load_of_malformed_token_raises_jws_error(token: str) -> None:
    results = [outcome(library, call("jws._load", token)) for library in (JOSE, FASTJOSE)]
    assert results[0].text == results[1].text
    assert results[1].kind == "exceptions.JWSError"


EC_JWK = to_jwk(public_key_of(ec_key("P-256")))
SIGNATURE_CALLS: list[tuple[str, Any, Any, str]] = [
    (TOKEN, SECRET, ["HS256"], ""),
    (TOKEN, SECRET, "HS256", ""),
    (TOKEN, SECRET, None, ""),
    (TOKEN, [b"other", SECRET], ["HS256"], ""),
    (TOKEN, "other", ["HS256"], "Signature verification failed."),
    (TOKEN, SECRET, ["HS384"], "The specified alg value is not allowed"),
    (build_token({}), SECRET, ["HS256"], "No algorithm was specified in the JWS header."),
    (create_token("ES256"), EC_JWK, ["ES256"], ""),
    (create_token("ES256"), {"keys": [EC_JWK]}, ["ES256"], ""),
    (create_token("ES256"), to_jwk(ec_key("P-256").public_key()), ["RS256"], "The specified alg value is not allowed"),
]


@pytest.mark.parametrize(("token", "key", "algorithms", "error"), SIGNATURE_CALLS)
def test_verify_signature_checks_loaded_parts(
    library: Library, token: str, key: Any, algorithms: Any, error: str
) -> None:
    module = library.module("jws")
    header, _, signing_input, signature = module._load(token)
    arguments = {"signing_input": signing_input, "header": header, "signature": signature}
    if not error:
        assert module._verify_signature(**arguments, key=key, algorithms=algorithms) is None
        return
    with pytest.raises(library.module("exceptions").JWSError) as caught:
        module._verify_signature(**arguments, key=key, algorithms=algorithms)
    assert str(caught.value) == error


def test_verify_signature_rejects_critical_header_and_public_key_as_secret() -> None:
    header, _, signing_input, signature = jws._load(create_token("HS256", crit=["x"]))
    with pytest.raises(JWSError, match="critical header"):
        jws._verify_signature(signing_input, header, signature, SECRET, ["HS256"])
    with pytest.raises(JWSError, match=r"^Signature verification failed\.$"):
        jws._verify_signature(signing_input, {"alg": "HS256"}, signature[:-1], SECRET, ["HS256"])


GET_KEYS: list[Any] = [
    {},
    {"kty": "oct", "k": "AA"},
    {"keys": [{}, {}]},
    '{"keys": [{}, {}]}',
    b'{"kty": "oct", "k": "AA"}',
    "secret",
    b"secret",
    ("a", "b"),
    ["a", {"b": 1}],
    "[1, 2.5]",
    "12",
    5,
    None,
]


@pytest.mark.parametrize("key", GET_KEYS, ids=repr)
def test_get_keys_returns_the_keys_of_python_jose(key: Any) -> None:
    theirs, ours = (library.module("jws")._get_keys(key) for library in (JOSE, FASTJOSE))
    assert type(theirs) is type(ours)
    assert theirs == ours


def test_get_keys_returns_values_of_mapping_and_key_object(library: Library) -> None:
    module = library.module("jws")
    assert list(module._get_keys({"kid-1": "a", "kid-2": "b"})) == ["a", "b"]
    key = library.module("jwk").construct("secret", "HS256")
    assert module._get_keys(key) == (key,)


def test_get_keys_returns_a_text_that_is_no_key_set_unchanged(library: Library) -> None:
    nested = "[" * 100_000
    assert library.module("jws")._get_keys(nested) == (nested,)
    for text in ('"quoted"', "null", "true"):  # python-jose takes what the JSON says for the key
        assert jws._get_keys(text) == (text,)
        assert jws._get_keys(text.encode()) == (text.encode(),)


def test_sig_matches_keys_tries_each_key(library: Library) -> None:
    module = library.module("jws")
    _, _, signing_input, signature = module._load(TOKEN)
    key = library.module("jwk").construct(SECRET, "HS256")
    assert module._sig_matches_keys(["other", SECRET], signing_input, signature, "HS256") is True
    assert module._sig_matches_keys([key], signing_input, signature, "HS256") is True
    assert module._sig_matches_keys(["other"], signing_input, signature, "HS256") is False
    assert module._sig_matches_keys([], signing_input, signature, "HS256") is False


VALIDATIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *(("iat", {"iat": value}, {}) for value in (1, "1", "x", 1.5)),
    *((claim, {claim: NOW + late}, {}) for claim in ("nbf", "exp") for late in (-1, 0, 1)),
    *(("nbf", {"nbf": NOW + 10}, {"leeway": leeway}) for leeway in (0, 9, 10, timedelta(seconds=10).total_seconds())),
    *(("exp", {"exp": NOW - 10}, {"leeway": leeway}) for leeway in (0, 9, 10, 10.5)),
    *(("exp", claims, {}) for claims in ({}, {"exp": NOW}, {"exp": "soon"}, {"exp": str(NOW)}, {"exp": NOW - 1})),
    *(("aud", {"aud": aud}, {"audience": "api"}) for aud in ("api", ["x", "api"], "x", [], 5, [1])),
    ("aud", {"aud": "api"}, {}),
    ("aud", {}, {"audience": "api"}),
    *(("iss", {"iss": "a"}, {"issuer": issuer}) for issuer in ("a", ["b", "a"], "b", (), None)),
    ("iss", {}, {"issuer": "a"}),
    *(("sub", {"sub": sub}, {"subject": "a"}) for sub in ("a", "b", 5)),
    *(("jti", {"jti": jti}, {}) for jti in ("a", 5)),
    *(("at_hash", {"at_hash": "x"}, {"access_token": token, "algorithm": "HS256"}) for token in ("t", "", None)),
    ("at_hash", {}, {"access_token": None, "algorithm": None}),
]


@pytest.mark.parametrize(("claim", "claims", "arguments"), VALIDATIONS)
def test_validation_of_one_claim_answers_as_python_jose(
    claim: str, claims: dict[str, Any], arguments: dict[str, Any]
) -> None:
    theirs, ours = (outcome(one, Call(f"jwt._validate_{claim}", (claims,), arguments)) for one in (JOSE, FASTJOSE))
    assert theirs == ours


ALL_CHECKS = {f"verify_{name}": True for name in ("aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash")}


@pytest.mark.parametrize(
    ("claims", "arguments"),
    [
        ({"exp": NOW + 1, "aud": "a", "iss": "i"}, {"audience": "a", "issuer": "i", "options": ALL_CHECKS}),
        ({"exp": NOW - 9}, {"options": {**ALL_CHECKS, "leeway": timedelta(seconds=9)}}),
        ({"exp": NOW - 9}, {"options": {**ALL_CHECKS, "leeway": 8}}),
        ({"exp": NOW - 9}, {"options": {}}),
        ({"exp": NOW - 9}, {"options": {"require_exp": True, "verify_exp": False}}),
        ({}, {"options": {"require_exp": True}}),
        ({"foo": 1}, {"options": {"require_foo": True, "require_bar": False}}),
        ({"aud": "b", "iss": "j"}, {"audience": "a", "issuer": "i", "options": ALL_CHECKS}),
        ({"iat": "x", "nbf": "x"}, {"options": ALL_CHECKS}),
        ({}, {"audience": ["a"], "options": ALL_CHECKS}),
        ({"at_hash": "x"}, {"algorithm": "HS256", "access_token": "t", "options": ALL_CHECKS}),
    ],
)
def test_validate_claims_answers_as_python_jose(claims: dict[str, Any], arguments: dict[str, Any]) -> None:
    results, options = [], []
    for library in (JOSE, FASTJOSE):
        own = dict(arguments["options"])
        results.append(outcome(library, Call("jwt._validate_claims", (claims,), {**arguments, "options": own})))
        options.append(own)
    assert results[0] == results[1]


def test_validate_claims_without_options_validates_everything() -> None:
    jwt._validate_claims({"exp": NOW + 1})
    with pytest.raises(JWTError, match="expired"):
        jwt._validate_claims({"exp": NOW - 1})
    options: dict[str, Any] = {"require_exp": True}
    jwt._validate_claims({"exp": NOW + 1}, options=options)
    assert options["verify_exp"] is True  # as in python-jose


def test_errors_of_private_validation_have_codes() -> None:
    with pytest.raises(JWTClaimsError) as caught:
        jwt._validate_aud({"aud": "x"}, audience="api")
    assert (caught.value.code, caught.value.claim) == ("wrong_audience", "aud")
    with pytest.raises(JWTError) as missing:
        jwt._validate_claims({}, options={"require_tenant": True})
    assert (missing.value.code, missing.value.claim) == ("missing_claim", "tenant")


def fail(*_: Any, **__: Any) -> Any:
    raise JWTClaimsError("patched")


@pytest.mark.parametrize("name", ["iat", "nbf", "exp", "aud", "iss", "sub", "jti", "at_hash", "claims"])
def test_replaced_validation_takes_effect_and_ends(name: str) -> None:
    for _ in range(2):
        with mock.patch(f"fastjose.jwt._validate_{name}", side_effect=fail):
            with pytest.raises(JWTClaimsError, match=r"^patched$"):
                jwt.decode(TOKEN, SECRET, ["HS256"])
            with pytest.raises(JWTError, match="Signature verification failed"):
                jwt.decode(TOKEN, "other", ["HS256"])
        assert jwt.decode(TOKEN, SECRET, ["HS256"])["sub"] == "u"
        assert not jwt._replaced


def test_validation_replaced_by_nothing_leaves_the_other_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    expired = build_token(HEADER, {"exp": NOW - 10, "aud": "api"})
    monkeypatch.setattr(jwt, "_validate_exp", lambda *_, **__: None)
    assert jwt.decode(expired, SECRET, ["HS256"], audience="api") == {"exp": NOW - 10, "aud": "api"}
    with pytest.raises(JWTClaimsError, match="Invalid audience"):
        jwt.decode(expired, SECRET, ["HS256"])
    with pytest.raises(JWTError, match='missing required key "jti"'):
        jwt.decode(expired, SECRET, ["HS256"], {"require_jti": True}, "api")
    with pytest.raises(JWTError, match="Invalid payload string: must be a json object"):
        jwt.decode(build_token(HEADER, b"[]"), SECRET, ["HS256"])
    monkeypatch.undo()
    with pytest.raises(JWTError, match="expired"):
        jwt.decode(expired, SECRET, ["HS256"], audience="api")


def test_replaced_load_takes_effect(library: Library) -> None:
    parts = ({"alg": "HS256", "x": 1}, b'{"a":1}', b"", b"")
    names = library.module("jws"), library.module("jwt")
    with mock.patch.object(names[0], "_load", return_value=parts):
        assert names[1].get_unverified_header("t") == {"alg": "HS256", "x": 1}
        assert names[1].get_unverified_claims("t") == {"a": 1}
        assert names[1].decode("t", "", options={"verify_signature": False}) == {"a": 1}


@pytest.mark.parametrize("name", ["_sig_matches_keys", "_verify_signature", "verify"])
def test_replaced_signature_check_takes_effect(library: Library, name: str) -> None:
    forged = TOKEN[:-4] + "AAAA"
    value = b'{"sub":"u"}' if name == "verify" else True
    decode = library.module("jwt").decode
    with mock.patch.object(library.module("jws"), name, return_value=value) as replacement:
        assert decode(forged, "x", ["HS256"])["sub"] == "u"
    assert replacement.called
    with pytest.raises(library.module("exceptions").JWTError, match="Signature verification failed"):
        decode(forged, "x", ["HS256"])


def test_replaced_sig_matches_keys_leaves_the_allow_list() -> None:
    with mock.patch("fastjose.jws._sig_matches_keys", return_value=False):
        with pytest.raises(JWTError, match="Signature verification failed") as caught:
            jwt.decode(TOKEN, SECRET, ["HS256"])
        assert caught.value.code == "bad_signature"
    with mock.patch("fastjose.jws._sig_matches_keys", return_value=True):
        for algorithms in (["HS384"], "HS", []):
            with pytest.raises(JWTError, match="alg value is not allowed"):
                jwt.decode(TOKEN, SECRET, algorithms)
        with pytest.raises(JWTError, match="No algorithm"):
            jwt.decode(append_signature("e30.e30"), SECRET, ["HS256"])


def test_replaced_get_keys_takes_effect(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    module, decode = library.module("jws"), library.module("jwt").decode
    original: Callable[[Any], Any] = module._get_keys
    monkeypatch.setattr(module, "_get_keys", lambda key: (SECRET,) if key == "alias" else original(key))
    assert decode(TOKEN, "alias", ["HS256"])["sub"] == "u"
    assert decode(TOKEN, SECRET, ["HS256"])["sub"] == "u"
    wrong_keys: list[Any] = ["other", ["other"], {"keys": []}]
    for key in wrong_keys:
        with pytest.raises(library.module("exceptions").JWTError, match="Signature verification failed"):
            decode(TOKEN, key, ["HS256"])


def test_replaced_get_keys_leaves_the_rejection_of_critical_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jws, "_get_keys", lambda _: (SECRET,))
    with pytest.raises(JWTError, match="critical header"):
        jwt.decode(create_token("HS256", crit=["x"]), "alias", ["HS256"])


def test_patched_datetime_takes_effect_in_private_validation() -> None:
    with mock.patch("fastjose.jwt.datetime") as clock:
        clock.now.return_value = datetime.fromtimestamp(NOW + 1_000, timezone.utc)
        with pytest.raises(JWTError, match="expired"):
            jwt._validate_exp({"exp": NOW + 60})


def test_replaced_key_wrapping_takes_effect(library: Library) -> None:
    module = library.module("jwe")
    cek, wrapped = b"c" * 32, b"wrapped"
    with mock.patch.object(module, "_get_key_wrap_cek", return_value=(cek, wrapped)) as replacement:
        token = module.encrypt(b"text", b"k" * 16, encryption="A256GCM", algorithm="A128KW")
    assert token.split(b".")[1] == b64u(wrapped).encode()
    enc, key = replacement.call_args.args
    assert (enc, type(key).__name__) in {("A256GCM", "AESKey"), ("A256GCM", "CryptographyAESKey")}


def test_get_key_wrap_cek_returns_key_and_wrapped_key(library: Library) -> None:
    key = library.module("jwk").construct(b"k" * 16, "A128KW")
    for enc, size in (("A128GCM", 16), ("A256GCM", 32), ("A256CBC-HS512", 64)):
        cek, wrapped = library.module("jwe")._get_key_wrap_cek(enc=enc, key=key)
        assert (len(cek), key.unwrap_key(wrapped)) == (size, cek)
    with pytest.raises(NotImplementedError):
        library.module("jwe")._get_key_wrap_cek("A128KW", key)
    assert isinstance(jwe._get_key_wrap_cek("A128GCM", jwk.construct(b"k" * 16, "A128KW")), tuple)
