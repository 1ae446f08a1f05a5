"""User claims in the native core: `user_fields`, `require_subject`, `reject_sender_constrained`."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from corpus import CASES
from fastjose import ExpiredSignatureError, JWTClaimsError, JWTError, RemoteKeySet, Verifier, sign_token
from fastjose._core import reject_sender_constrained, require_subject, user_fields
from raw_jose import NOW, SECRET
from raw_jose import token as raw_token
from verdicts import outcome, verifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corpus_case import Case

CLAIMS = {"sub": "user-1", "exp": NOW + 100, "email": "ada@example.com", "name": "Ada", "role": "admin"}
ADA = {"user_id": "user-1", "email": "ada@example.com", "name": "Ada"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def hs256(**options: Any) -> Verifier:
    return Verifier(SECRET, algorithms="HS256", **options)


def token(**claims: Any) -> str:
    return sign_token({**CLAIMS, **claims}, SECRET, algorithm="HS256")


@pytest.mark.parametrize("case", [case for case in CASES if case.needs_verifier], ids=lambda case: case.id)
def test_identifies_what_verify_accepts_and_the_claims_name(case: Case) -> None:
    expected = outcome("", lambda: _identity_by_claims(verifier(case).verify(case.token))).verdict
    for own in (verifier(case), verifier(case, cache_size=100)):
        for _ in range(2):
            assert outcome("", partial(_identity, own, case.token)).verdict == expected


def _identity(own: Verifier, text: bytes) -> dict[str, Any]:
    found = own.identify_at_hand(text)
    assert found is not None, "every key is at hand"
    return found


def _identity_by_claims(claims: dict[str, Any]) -> dict[str, Any]:
    reject_sender_constrained(claims)
    return user_fields(claims)


@pytest.mark.parametrize("cache_size", [0, 10])
def test_who_bears_a_token(cache_size: int) -> None:
    verifier = hs256(cache_size=cache_size)
    for _ in range(3):
        assert verifier.identify_at_hand(token()) == ADA
        assert verifier.identify_at_hand(token(name=None)) == {**ADA, "name": None}
        assert verifier.identify_at_hand(sign_token({"sub": "u", "exp": NOW + 1}, SECRET, algorithm="HS256")) == {
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
def test_a_token_that_names_no_bearer(
    cache_size: int, claims: dict[str, Any], error: type[JWTError], code: str, claim: str
) -> None:
    verifier = hs256(cache_size=cache_size)
    for _ in range(2):
        with pytest.raises(JWTError) as refused:
            verifier.identify_at_hand(token(**claims))
        assert (type(refused.value), refused.value.code, refused.value.claim) == (error, code, claim)


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
def test_a_name_that_is_written_otherwise_is_the_same(payload: bytes, expected: dict[str, Any] | str) -> None:
    text = raw_token("HS256", payload % (NOW + 10))
    for own in (hs256(), hs256(cache_size=10)):
        for _ in range(2):
            if isinstance(expected, dict):
                assert own.identify_at_hand(text) == expected
                continue
            with pytest.raises(JWTError) as refused:
                own.identify_at_hand(text)
            assert refused.value.claim == expected


def test_what_a_cache_refuses_to_identify_it_still_verifies() -> None:
    verifier, bound = hs256(cache_size=10), token(cnf={"jkt": "x"})
    with pytest.raises(JWTClaimsError):
        verifier.identify_at_hand(bound)
    assert verifier.verify(bound)["cnf"] == {"jkt": "x"}
    with pytest.raises(JWTClaimsError):
        verifier.identify_at_hand(bound)


def test_an_identity_belongs_to_its_caller() -> None:
    verifier = hs256(cache_size=10)
    for _ in range(3):
        found = verifier.identify_at_hand(token())
        assert found == ADA
        found["user_id"] = "root"
    assert verifier.verify(token()) == CLAIMS


def test_a_remembered_token_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = hs256(cache_size=10)
    assert verifier.identify_at_hand(token()) == ADA
    monkeypatch.setattr("time.time", lambda: float(NOW + 100))
    with pytest.raises(ExpiredSignatureError):
        verifier.identify_at_hand(token())


def test_what_is_not_at_hand_is_none() -> None:
    verifier = Verifier(RemoteKeySet("http://127.0.0.1:9/jwks"))
    asymmetric = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ.e30." + "A" * 86
    assert verifier.identify_at_hand(asymmetric) is None


@pytest.mark.parametrize("make", [dict, MappingProxyType, type("Claims", (dict,), {})])
def test_any_mapping_of_claims_will_do(make: Any) -> None:
    claims: Mapping[str, Any] = make(CLAIMS)
    assert user_fields(claims) == ADA
    assert require_subject(claims) == "user-1"
    reject_sender_constrained(claims)
    assert user_fields(make({"sub": "u", "email": None})) == {"user_id": "u", "email": None, "name": None}
    with pytest.raises(JWTError, match='missing required key "sub" among claims'):
        require_subject(make({}))
    with pytest.raises(JWTClaimsError, match="bound to a key"):
        reject_sender_constrained(make({"cnf": None}))


@pytest.mark.parametrize("function", [user_fields, require_subject, reject_sender_constrained])
def test_what_is_no_mapping_is_a_type_error(function: Any) -> None:
    for wrong in (None, "sub", [("sub", "u")], 5):
        with pytest.raises(TypeError):
            function(wrong)


def test_claims_that_came_from_no_token_are_functiond_alike() -> None:
    for wrong in (5, ["u"], b"u", "\ud800"):
        with pytest.raises(JWTClaimsError, match="Subject must be a string"):
            require_subject({"sub": wrong})
    with pytest.raises(JWTClaimsError, match="Email must be a string"):
        user_fields({"sub": "u", "email": "\ud800"})
