"""User claims in the native core: `RequestAuthenticator`, and the functions that check a mapping of claims."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import ExpiredSignatureError, JWTClaimsError, JWTError, RemoteKeySet, Verifier, sign_token
from fastjose._core import (
    PendingVerification,
    RequestAuthenticator,
    reject_sender_constrained,
    require_subject,
    user_fields,
)
from support.tokens.attack_tokens.cases import CASES
from support.tokens.jose_builder import NOW, SECRET
from support.tokens.jose_builder import create_token as sign_raw_token
from support.tokens.verification_results import call_and_record, create_verifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.tokens.attack_tokens.case import Case

CLAIMS = {"sub": "user-1", "exp": NOW + 100, "email": "ada@example.com", "name": "Ada", "role": "admin"}
ADA = {"user_id": "user-1", "email": "ada@example.com", "name": "Ada"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def hs256_verifier(**options: Any) -> Verifier:
    return Verifier(SECRET, algorithms="HS256", **options)


def make_token(**claims: Any) -> str:
    return sign_token({**CLAIMS, **claims}, SECRET, algorithm="HS256")


@pytest.mark.parametrize("case", [case for case in CASES if case.needs_verifier], ids=lambda case: case.id)
def test_request_authenticator_agrees_with_verify_and_user_fields(case: Case) -> None:
    expected = call_and_record("", lambda: bearer_fields_of_claims(create_verifier(case).verify(case.token))).verdict
    for checked_verifier in (create_verifier(case), create_verifier(case, cache_size=100)):
        for _ in range(2):
            assert call_and_record("", partial(bearer_fields, checked_verifier, case.token)).verdict == expected


def bearer_fields(verifier: Verifier, text: str | bytes) -> dict[str, str | None]:
    """Return the fields of the user of the bearer token `text`, whose key is cached."""
    fields = RequestAuthenticator(verifier, user_fields, build_from_fields=lambda fields: fields).authenticate_user(
        text
    )
    assert not isinstance(fields, PendingVerification), "every key is cached"
    return fields


def bearer_fields_of_claims(claims: dict[str, Any]) -> dict[str, str | None]:
    reject_sender_constrained(claims)
    return user_fields(claims)


@pytest.mark.parametrize("cache_size", [0, 10])
def test_request_authenticator_returns_user_fields(cache_size: int) -> None:
    verifier = hs256_verifier(cache_size=cache_size)
    for _ in range(3):
        assert bearer_fields(verifier, make_token()) == ADA
        assert bearer_fields(verifier, make_token(name=None)) == {**ADA, "name": None}
        assert bearer_fields(verifier, sign_token({"sub": "u", "exp": NOW + 1}, SECRET, algorithm="HS256")) == {
            "user_id": "u",
            "email": None,
            "name": None,
        }


@pytest.mark.parametrize("cache_size", [0, 10])
@pytest.mark.parametrize(
    ("claims", "error", "code", "claim"),
    [
        ({"cnf": {"jkt": "x"}}, JWTClaimsError, "invalid_claim", "cnf"),
        ({"cnf": None}, JWTClaimsError, "invalid_claim", "cnf"),
        ({"cnf": {}, "sub": ""}, JWTClaimsError, "invalid_claim", "cnf"),
        ({"sub": " \t"}, JWTError, "missing_claim", "sub"),
        ({"sub": "user\0"}, JWTError, "missing_claim", "sub"),
        ({"sub": "", "email": 5}, JWTError, "missing_claim", "sub"),
        ({"email": ["a"], "name": 5}, JWTClaimsError, "invalid_claim", "email"),
        ({"name": False}, JWTClaimsError, "invalid_claim", "name"),
        ({"exp": NOW}, ExpiredSignatureError, "expired", "exp"),
    ],
)
def test_request_authenticator_rejects_tokens_without_a_user_or_with_cnf(
    cache_size: int, claims: dict[str, Any], error: type[JWTError], code: str, claim: str
) -> None:
    verifier = hs256_verifier(cache_size=cache_size)
    for _ in range(2):
        with pytest.raises(JWTError) as rejected:
            bearer_fields(verifier, make_token(**claims))
        assert (type(rejected.value), rejected.value.code, rejected.value.claim) == (error, code, claim)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"sub":"u","exp":%d,"\\u0065mail":"a@b.c"}', {"user_id": "u", "email": "a@b.c", "name": None}),
        (b'{"sub":"u","exp":%d,"\\u0063nf":{}}', "cnf"),
        (b'{"exp":%d,"s\\u0075b":" "}', "sub"),
        (b'{"sub":"u","exp":%d,"name":"\\u0041da"}', {"user_id": "u", "email": None, "name": "Ada"}),
        (b'{"sub":"u\\u0000","exp":%d}', "sub"),
    ],
)
def test_request_authenticator_reads_escaped_claim_names(payload: bytes, expected: dict[str, Any] | str) -> None:
    text = sign_raw_token("HS256", payload % (NOW + 10))
    for checked_verifier in (hs256_verifier(), hs256_verifier(cache_size=10)):
        for _ in range(2):
            if isinstance(expected, dict):
                assert bearer_fields(checked_verifier, text) == expected
                continue
            with pytest.raises(JWTError) as rejected:
                bearer_fields(checked_verifier, text)
            assert rejected.value.claim == expected


def test_verify_accepts_a_cached_token_that_is_rejected_as_bearer_token() -> None:
    verifier, constrained_token = hs256_verifier(cache_size=10), make_token(cnf={"jkt": "x"})
    with pytest.raises(JWTClaimsError):
        bearer_fields(verifier, constrained_token)
    assert verifier.verify(constrained_token)["cnf"] == {"jkt": "x"}
    with pytest.raises(JWTClaimsError):
        bearer_fields(verifier, constrained_token)


def test_changing_user_fields_does_not_change_the_cache() -> None:
    verifier = hs256_verifier(cache_size=10)
    for _ in range(3):
        fields = bearer_fields(verifier, make_token())
        assert fields == ADA
        fields["user_id"] = "root"
    assert verifier.verify(make_token()) == CLAIMS


def test_request_authenticator_rejects_an_expired_cached_token(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = hs256_verifier(cache_size=10)
    assert bearer_fields(verifier, make_token()) == ADA
    monkeypatch.setattr("time.time", lambda: float(NOW + 100))
    with pytest.raises(ExpiredSignatureError):
        bearer_fields(verifier, make_token())


def test_request_authenticator_with_uncached_key_returns_pending_verification() -> None:
    verifier = Verifier(RemoteKeySet("http://127.0.0.1:9/jwks"))
    asymmetric = sign_raw_token("EdDSA", CLAIMS, kid="k")
    assert isinstance(
        RequestAuthenticator(verifier, dict, build_from_fields=dict).authenticate_user(asymmetric), PendingVerification
    )


@pytest.mark.parametrize("make", [dict, MappingProxyType, type("Claims", (dict,), {})])
def test_claim_functions_accept_any_mapping(make: Any) -> None:
    claims: Mapping[str, Any] = make(CLAIMS)
    assert user_fields(claims) == ADA
    assert require_subject(claims) == "user-1"
    reject_sender_constrained(claims)
    assert user_fields(make({"sub": "u", "email": None})) == {"user_id": "u", "email": None, "name": None}
    with pytest.raises(JWTError, match='missing required key "sub" among claims'):
        require_subject(make({}))
    with pytest.raises(JWTClaimsError, match="sender-constrained"):
        reject_sender_constrained(make({"cnf": None}))


@pytest.mark.parametrize("function", [user_fields, require_subject, reject_sender_constrained])
def test_claim_functions_reject_other_types(function: Any) -> None:
    for wrong in (None, "sub", [("sub", "u")], 5):
        with pytest.raises(TypeError):
            function(wrong)


def test_claim_functions_reject_wrongly_typed_values() -> None:
    for wrong in (5, ["u"], b"u", "\ud800"):
        with pytest.raises(JWTClaimsError, match="Subject must be a string"):
            require_subject({"sub": wrong})
    with pytest.raises(JWTClaimsError, match="Email must be a string"):
        user_fields({"sub": "u", "email": "\ud800"})
