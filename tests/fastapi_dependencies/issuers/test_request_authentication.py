"""The authentication of requests by one verifier, or by that of the issuer of their token, with available keys."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from fastjose import Verifier, sign_token
from fastjose._core import PendingVerification
from fastjose._places.bearer_token import BearerToken
from fastjose._verifiers import request_authentication
from fastjose._verifiers.bearer_policy import BearerPolicy
from fastjose._verifiers.request_authentication import create_authentication
from fastjose.exceptions import JOSEError, JWTClaimsError, JWTError
from support.servers.remote_issuer import serve_issuers

KEYS = {"one": "1" * 32, "two": "2" * 32}


def create_verifier(issuer: str) -> Verifier:
    return Verifier(KEYS[issuer], algorithms=["HS256"], issuer=issuer)


ONE, BOTH = "one", "both"
VERIFIERS: dict[str, Any] = {ONE: create_verifier("one"), BOTH: [create_verifier(issuer) for issuer in KEYS]}
each_kind = pytest.mark.parametrize("kind", VERIFIERS)


def sign(issuer: str = "one", **claims: Any) -> str:
    stated = {"sub": f"user of {issuer}", "iss": issuer, "exp": int(time.time()) + 60, **claims}
    return sign_token(stated, KEYS[issuer], algorithm="HS256")


def scope_of(token: str | None) -> dict[str, Any]:
    headers = [] if token is None else [(b"authorization", b"Bearer " + token.encode())]
    return {"type": "http", "headers": headers}


def build_user(claims: dict[str, Any]) -> str:
    """Return a user that shows which claims it was built from."""
    return f"{claims['sub']}, {claims.get('iss')}"


def create(kind: str, policy: BearerPolicy | None = None) -> Any:
    return create_authentication(VERIFIERS[kind], policy or BearerPolicy(), build_user)[1]


@each_kind
def test_user_and_claims_of_a_request_are_those_of_its_token(kind: str) -> None:
    authentication, token = create(kind), sign()
    assert authentication.authenticate_user_of_request(scope_of(token)) == "user of one, one"
    assert authentication.authenticate_claims_of_request(scope_of(token))["sub"] == "user of one"
    assert asyncio.run(authentication.verify_user(token)) == "user of one, one"
    assert asyncio.run(authentication.verify_claims(token))["sub"] == "user of one"


def test_request_has_the_verifier_of_its_issuer_at_once() -> None:
    authentication = create(BOTH)
    for issuer in KEYS:
        scope = scope_of(sign(issuer))
        assert authentication.authenticate_user_of_request(scope) == f"user of {issuer}, {issuer}"
        assert authentication.authenticate_claims_of_request(scope)["iss"] == issuer
    for authenticate in (authentication.authenticate_user_of_request, authentication.authenticate_claims_of_request):
        for token in (None, "no token", sign(iss="three"), sign(iss=None)):
            assert authenticate(scope_of(token)) is None, "another way answers"
        with pytest.raises(JWTError):
            authenticate(scope_of(sign("two", iss="one")))


@each_kind
def test_token_of_a_request_is_verified_once(kind: str) -> None:
    calls: list[dict[str, Any]] = []

    def accept(claims: dict[str, Any]) -> bool:
        calls.append(claims)
        return True

    authentication = create(kind, BearerPolicy(accept=accept))
    scope = scope_of(sign())
    for _ in range(2):
        authentication.authenticate_user_of_request(scope)
        authentication.authenticate_claims_of_request(scope)
    token = BearerToken.of_request(sign(), scope_of(None))
    for _ in range(2):
        asyncio.run(authentication.verify_user(token))
        asyncio.run(authentication.verify_claims(token))
    assert len(calls) == 2


@each_kind
def test_policy_decides_on_each_way(kind: str) -> None:
    policies = BearerPolicy("account"), BearerPolicy(accept=lambda claims: claims.get("plan") == "pro")
    by_account, by_plan = (create(kind, policy) for policy in policies)
    assert by_account.authenticate_claims_of_request(scope_of(sign(account="a-1")))["account"] == "a-1"
    assert by_plan.authenticate_user_of_request(scope_of(sign(plan="pro"))) == "user of one, one"
    for authentication in (by_account, by_plan):
        for method in (authentication.authenticate_user_of_request, authentication.authenticate_claims_of_request):
            with pytest.raises(JOSEError):
                method(scope_of(sign(plan="free")))
        for verify in (authentication.verify_user, authentication.verify_claims):
            with pytest.raises(JOSEError):
                asyncio.run(verify(sign(plan="free")))


FIELDS = "{'user_id': 'user of one', 'email': None, 'name': None}"


@each_kind
def test_user_is_built_from_fields_if_they_suffice(kind: str) -> None:
    authentication = create_authentication(VERIFIERS[kind], BearerPolicy(), build_user, str)[1]
    assert authentication.authenticate_user_of_request(scope_of(sign())) == FIELDS
    assert asyncio.run(authentication.verify_user(sign())) == FIELDS


@each_kind
def test_user_of_claims_is_that_of_its_request_or_of_an_override(kind: str) -> None:
    authentication: Any = create_authentication(VERIFIERS[kind], BearerPolicy(), build_user, str)[1]
    first, second = scope_of(sign()), scope_of(None)
    claims: list[Any] = [
        authentication.authenticate_claims_of_request(first),
        asyncio.run(authentication.verify_claims(BearerToken.of_request(sign(), second))),
    ]
    for scope, found in zip((first, second), claims, strict=True):
        assert isinstance(found, dict)
        assert authentication.get_user_of_claims(found, scope) == FIELDS
        assert authentication.get_user_of_claims({"sub": "overridden"}, scope) == "overridden, None"
    assert authentication.get_user_of_claims({"sub": "overridden"}, scope_of(None)) == "overridden, None"


def test_two_choices_keep_their_results_apart_in_one_scope() -> None:
    first = create_authentication(VERIFIERS[BOTH], BearerPolicy(), lambda claims: ("first", claims["sub"]))[1]
    second = create_authentication(VERIFIERS[BOTH], BearerPolicy(), lambda claims: ("second", claims["sub"]))[1]
    scope = scope_of(sign())
    for name, authentication in (("first", first), ("second", second)):
        claims: Any = authentication.authenticate_claims_of_request(scope)
        assert authentication.get_user_of_claims(claims, scope) == (name, "user of one")


@each_kind
@pytest.mark.parametrize("method", ["user", "claims"])
def test_token_whose_key_must_be_fetched_is_verified_with_the_key(kind: str, method: str) -> None:
    with serve_issuers("remote") as (issuer,):
        remote = issuer.create_verifier()
        verifier: Any = remote if kind == ONE else [remote, *VERIFIERS[BOTH]]
        authentication: Any = create_authentication(verifier, BearerPolicy(), build_user)[1]
        token = issuer.create_token()
        found = getattr(authentication, f"authenticate_{method}_of_request")(scope_of(token))
        assert isinstance(found, PendingVerification) if kind == ONE else found is None
        result = asyncio.run(getattr(authentication, f"verify_{method}")(token))
        assert (result if method == "user" else build_user(result)) == f"user of remote, {issuer.origin}"


def test_telemetry_has_the_verifiers_and_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(request_authentication, "observe_verifier", seen.append)
    monkeypatch.setattr(request_authentication, "measure_authentication", lambda *arguments: seen.append(arguments[1:]))
    one = VERIFIERS[ONE]
    assert create_authentication(one, BearerPolicy("account"), build_user)[0] is one
    issuers: Any = create_authentication(VERIFIERS[BOTH], BearerPolicy("account"), build_user)[0]
    assert seen == [one, (one, "account"), (issuers, "account")]
    assert [issuers.find(issuer).verifier for issuer in KEYS] == VERIFIERS[BOTH]


def test_choice_has_no_pending_verification() -> None:
    authentication = create(BOTH)
    for method in (authentication.get_user, authentication.get_claims):
        with pytest.raises(NotImplementedError):
            method(None, "token")


def test_token_of_an_unknown_issuer_is_rejected() -> None:
    authentication = create(BOTH)
    for verify in (authentication.verify_user, authentication.verify_claims):
        for token in (sign(iss="three"), sign(iss=None)):
            with pytest.raises(JWTClaimsError):
                asyncio.run(verify(token))
