"""`verify_token`, outside a dependency: the claims of a token, or the response to a rejected one."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fastapi import HTTPException

from fastjose import Verifier, sign_token
from fastjose.fastapi import BearerAuth, CredentialAuth, JwtCredentials

KEYS = {"one": "1" * 32, "two": "2" * 32}


def create_verifier(issuer: str) -> Verifier:
    return Verifier(KEYS[issuer], algorithms=["HS256"], issuer=issuer)


def sign(issuer: str = "one", **claims: Any) -> str:
    stated = {"sub": "user-1", "iss": issuer, "exp": int(time.time()) + 60, **claims}
    return sign_token(stated, KEYS[issuer], algorithm="HS256")


def reject(auth: BearerAuth | CredentialAuth[Any], token: str) -> tuple[int, str, Any]:
    """Return the status, the detail and the challenge of the response to a token."""
    with pytest.raises(HTTPException) as caught:
        auth.verify_token(token)
    assert caught.value.__suppress_context__
    return caught.value.status_code, caught.value.detail, (caught.value.headers or {}).get("WWW-Authenticate")


@pytest.mark.parametrize("is_list", [False, True])
@pytest.mark.parametrize("create", [BearerAuth, lambda verifier: CredentialAuth(JwtCredentials(verifier))])
def test_verify_token_returns_the_claims_or_raises_the_response(create: Any, is_list: bool) -> None:  # noqa: FBT001 - pytest
    auth = create([create_verifier(issuer) for issuer in KEYS] if is_list else create_verifier("one"))
    for issuer in KEYS if is_list else ("one",):
        payload = auth.verify_token(sign(issuer, email="ada@example.com"))
        assert (payload.sub, payload.iss, payload.email) == ("user-1", issuer, "ada@example.com")
    assert reject(auth, sign(exp=1)) == (401, "Token has expired", "Bearer")
    assert reject(auth, sign(sub=" ")) == (401, "Could not validate credentials", "Bearer")
    assert reject(auth, sign(email=5))[:2] == (401, "Invalid token claims: Email must be a string.")
    assert reject(auth, sign(iss="three"))[:2] == (401, "Invalid token claims: Invalid issuer")
    assert reject(auth, sign("two", iss="one"))[:2] == (401, "Invalid token: Signature verification failed.")


def test_verify_token_follows_the_policy() -> None:
    by_account = BearerAuth(create_verifier("one"), user_id_claim="account")
    assert by_account.verify_token(sign(account="a-1")).sub == "a-1"
    assert reject(by_account, sign())[0] == 401
    by_plan = BearerAuth(create_verifier("one"), accept=lambda claims: claims.get("plan") == "pro")
    assert by_plan.verify_token(sign(plan="pro")).sub == "user-1"
    assert reject(by_plan, sign())[0] == 401


def test_hint_is_that_of_the_token(caplog: pytest.LogCaptureFixture) -> None:
    reject(BearerAuth(create_verifier("one")), sign(iss="three"))
    (record,) = caplog.records
    assert record.getMessage().startswith("wrong_issuer")
