"""Revoked tokens: rejected on every path that returns claims or a user, with a cache and without."""

# FastAPI reads the annotations of routes, which name local variables: so no `annotations` import.

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

from fastjose import RemoteKeySet, Verifier, verify_token
from fastjose.better_auth import OAUTH, api_verifier, oauth_verifier
from fastjose.exceptions import ExpiredSignatureError, JOSEError, JWTError, StoreUnavailableError
from fastjose.fastapi import BearerAuth
from fastjose.revocation import RevocationList
from fastjose.testing import TokenIssuer, serve_jwks
from support.clients.http_client import HttpClient

URL = "https://app.example.com"
ISSUER = TokenIssuer(URL)
IDENTIFIERS = {"jti": "token-1", "sid": "session-1"}


class Claims(BaseModel):
    sub: str


def mint_token(**claims: Any) -> str:
    return ISSUER.mint_token("user-1", **{**IDENTIFIERS, **claims})


def build_verifier(revocations: RevocationList | None, keys: Any = None, **options: Any) -> Verifier:
    keys = ISSUER.jwk_set if keys is None else keys
    return Verifier(keys, issuer=ISSUER.url, audience=ISSUER.audience, revocations=revocations, **options)


REVOKE: dict[str, Callable[[RevocationList], None]] = {
    "token": lambda revocations: revocations.revoke_token("token-1"),
    "session": lambda revocations: revocations.revoke_session("session-1"),
    "user": lambda revocations: revocations.revoke_user("user-1"),
}

VERIFY: dict[str, Callable[[Verifier, str], Any]] = {
    "verify": lambda verifier, token: verifier.verify(token),
    "verify_into": lambda verifier, token: verifier.verify(token, into=Claims),
    "try_verify": lambda verifier, token: verifier.try_verify(token),
    "verify_async": lambda verifier, token: asyncio.run(_await(verifier, token)),
    "bearer_auth": lambda verifier, token: asyncio.run(_call(BearerAuth(verifier).current_user, token)),
    "bearer_claims": lambda verifier, token: asyncio.run(_call(BearerAuth(verifier).current_claims, token)),
}


async def _await(verifier: Verifier, token: str) -> Any:
    return await verifier.verify_async(token)


async def _call(dependency: Any, token: str) -> Any:
    return await dependency(token)


def detail_of(attempt: Callable[[], object]) -> str:
    """Return the text of the error that `attempt` raises, or the detail of the response."""
    with pytest.raises((JOSEError, HTTPException)) as raised:
        attempt()
    if isinstance(raised.value, HTTPException):
        assert raised.value.status_code == 401
        return raised.value.detail.removeprefix("Invalid token: ")
    assert type(raised.value) is JWTError
    assert (raised.value.code, raised.value.claim) == ("revoked", None)
    return str(raised.value)


@pytest.mark.parametrize("cache_size", [0, 10])
@pytest.mark.parametrize("subject", REVOKE)
@pytest.mark.parametrize("path", VERIFY)
def test_revoked_token_is_rejected_also_after_it_was_accepted(path: str, subject: str, cache_size: int) -> None:
    revocations = RevocationList()
    verifier, token = build_verifier(revocations, cache_size=cache_size), mint_token()
    for _ in range(2):
        assert VERIFY[path](verifier, token)
    REVOKE[subject](revocations)
    for _ in range(2):
        assert detail_of(lambda: VERIFY[path](verifier, token)) == "Token has been revoked"
    other = ISSUER.mint_token("user-2", jti="token-2", sid="session-2")
    assert VERIFY[path](verifier, other)


@pytest.mark.parametrize("path", ["verify", "verify_async", "bearer_auth", "bearer_claims"])
def test_revoked_token_is_rejected_after_its_key_was_fetched(path: str) -> None:
    with serve_jwks(ISSUER) as server:
        revocations = RevocationList()
        revocations.revoke_session("session-1")
        verifier = build_verifier(revocations, RemoteKeySet(server.url), cache_size=10)
        assert detail_of(lambda: VERIFY[path](verifier, mint_token())) == "Token has been revoked"
        assert server.request_count == 1
        assert VERIFY[path](verifier, mint_token(sid="session-2"))


@pytest.mark.parametrize("cache_size", [0, 10])
@pytest.mark.parametrize("path", VERIFY)
def test_token_that_was_accepted_is_not_while_the_list_is_not_synchronised(path: str, cache_size: int) -> None:
    revocations = RevocationList(policy="closed")
    revocations.trust_for(3_600)
    verifier, token = build_verifier(revocations, cache_size=cache_size), mint_token()
    assert VERIFY[path](verifier, token)
    revocations.distrust()
    with pytest.raises((StoreUnavailableError, HTTPException)) as raised:
        VERIFY[path](verifier, token)
    if isinstance(raised.value, HTTPException):
        assert (raised.value.status_code, raised.value.headers) == (503, {"Retry-After": "1"})
    else:
        assert isinstance(raised.value, StoreUnavailableError)
        assert raised.value.retry_after_seconds == 1.0
    revocations.trust_for(3_600)
    assert VERIFY[path](verifier, token)


@pytest.mark.parametrize("cache_size", [0, 10])
def test_open_list_accepts_while_it_is_not_synchronised(cache_size: int) -> None:
    revocations = RevocationList(policy="open")
    verifier = build_verifier(revocations, cache_size=cache_size)
    assert verifier.verify(mint_token())
    revocations.revoke_token("token-1")
    assert detail_of(lambda: verifier.verify(mint_token())) == "Token has been revoked"


def test_verify_token_asks_the_list() -> None:
    revocations = RevocationList()
    arguments: dict[str, Any] = {"issuer": ISSUER.url, "audience": ISSUER.audience, "revocations": revocations}
    assert verify_token(mint_token(), ISSUER.jwk_set, **arguments)
    revocations.revoke_token("token-1")
    assert detail_of(lambda: verify_token(mint_token(), ISSUER.jwk_set, **arguments)) == "Token has been revoked"


@pytest.mark.parametrize("cache_size", [0, 10])
def test_token_of_a_later_second_than_the_revocation_of_its_user_is_accepted(cache_size: int) -> None:
    revocations, now = RevocationList(), int(time.time())
    verifier = build_verifier(revocations, cache_size=cache_size)
    tokens = {iat: mint_token(iat=iat) for iat in (now - 11, now - 10, now - 9)}
    for token in tokens.values():
        verifier.verify(token)
    revocations.revoke_user("user-1", at=now - 10 + 0.999)
    for iat in (now - 11, now - 10):
        assert detail_of(lambda iat=iat: verifier.verify(tokens[iat])) == "Token has been revoked"  # type: ignore[misc]
    assert verifier.verify(tokens[now - 9])["iat"] == now - 9


def test_token_without_iat_counts_as_issued_before() -> None:
    revocations, token = RevocationList(), mint_token(omit=["iat"])
    verifier = build_verifier(revocations)
    assert "iat" not in verifier.verify(token)
    revocations.revoke_user("user-1", at=1)
    assert detail_of(lambda: verifier.verify(token)) == "Token has been revoked"


def test_session_id_of_another_type_is_rejected_only_with_a_list() -> None:
    revocations = RevocationList()
    revocations.revoke_session("17")
    assert detail_of(lambda: build_verifier(revocations).verify(mint_token(sid=17))) == "Token has been revoked"
    assert build_verifier(revocations).verify(mint_token(sid=None))
    for number in (2**63 - 1, 2**63, -(2**63) - 1, 10**40):
        token = mint_token(sid=number)
        assert build_verifier(revocations).verify(token)["sid"] == number
        revocations.revoke_session(str(number))
        assert detail_of(lambda token=token: build_verifier(revocations).verify(token)) == "Token has been revoked"  # type: ignore[misc]
    for sid in (["session-1"], {"id": "session-1"}, 1.5, True):
        token = mint_token(sid=sid)
        with pytest.raises(JWTError) as raised:
            build_verifier(revocations).verify(token)
        assert (raised.value.code, raised.value.claim) == ("invalid_claim", "sid")
        assert build_verifier(None).verify(token)


def test_other_errors_come_before_the_revocation() -> None:
    revocations = RevocationList()
    revocations.revoke_session("session-1")
    with pytest.raises(ExpiredSignatureError):
        build_verifier(revocations).verify(mint_token(exp=1))


def test_every_dependency_of_a_request_asks_the_list() -> None:
    revocations = RevocationList()
    auth, app = BearerAuth(build_verifier(revocations, cache_size=10)), FastAPI()

    @app.get("/user")
    async def user(user: Annotated[Any, Depends(auth.current_user)]) -> str:
        return str(user.user_id)

    @app.get("/claims")
    async def claims(claims: Annotated[dict[str, Any], Depends(auth.current_claims)]) -> str:
        return str(claims["sub"])

    @app.get("/id")
    async def user_id(user_id: Annotated[str, Depends(auth.user_id)]) -> str:
        return user_id

    @app.get("/role")
    async def role(user: Annotated[Any, Depends(auth.require_role("admin"))]) -> str:
        return str(user.user_id)

    @app.get("/optional")
    async def optional(user: Annotated[Any, Depends(auth.current_user_optional)]) -> str:
        return str(user.user_id) if user else "guest"

    token = mint_token(role="admin")
    paths = ["/user", "/claims", "/id", "/role", "/optional"]
    with HttpClient(app) as client:
        assert [client.get(path, token).json() for path in paths] == ["user-1"] * 5
        revocations.revoke_session("session-1")
        rejected = [client.get(path, token) for path in paths]
        assert [response.status_code for response in rejected] == [401, 401, 401, 401, 200]
        assert rejected[0].json() == {"detail": "Invalid token: Token has been revoked"}
        assert rejected[0].headers["www-authenticate"] == "Bearer"
        assert rejected[-1].json() == "guest"
    assert detail_of(lambda: auth.verify_token(token)) == "Token has been revoked"


def test_verifiers_of_better_auth_take_a_list() -> None:
    revocations = RevocationList()
    api = api_verifier(URL, keys=ISSUER.jwk_set, revocations=revocations)
    oauth = oauth_verifier(URL, audience="https://api.example.com", keys=ISSUER.jwk_set, revocations=revocations)
    access: dict[str, Any] = {
        "iss": OAUTH.issuer(URL),
        "aud": "https://api.example.com",
        "client_id": "web",
        **IDENTIFIERS,
    }
    access_token = ISSUER.mint_token("user-1", header={"typ": "at+jwt"}, **access)
    assert api.verify(mint_token())
    assert oauth.verify(access_token)
    revocations.revoke_session("session-1")
    assert detail_of(lambda: api.verify(mint_token())) == "Token has been revoked"
    assert detail_of(lambda: oauth.verify(access_token)) == "Token has been revoked"


def test_object_with_a_local_list_takes_its_place() -> None:
    class Shared:
        local = RevocationList()

    verifier = build_verifier(Shared())  # type: ignore[arg-type]
    assert verifier.verify(mint_token())
    Shared.local.revoke_session("session-1")
    assert detail_of(lambda: verifier.verify(mint_token())) == "Token has been revoked"


@pytest.mark.parametrize("revocations", ["list", {"local": 1}, RevocationList, object()])
def test_other_object_is_not_a_list(revocations: Any) -> None:
    with pytest.raises(TypeError, match="revocations must be a RevocationList, RedisRevocations or None"):
        build_verifier(revocations)


def test_leeway_must_not_outlive_the_entries() -> None:
    assert build_verifier(RevocationList(), leeway_seconds=300)
    assert build_verifier(None, leeway_seconds=301)
    with pytest.raises(ValueError, match="leeway_seconds must be at most 300 with revocations"):
        build_verifier(RevocationList(), leeway_seconds=301)


def test_entry_outlives_the_leeway_of_the_token() -> None:
    revocations, now = RevocationList(), int(time.time())
    token = mint_token(exp=now - 100)
    verifier = build_verifier(revocations, leeway_seconds=200)
    assert verifier.verify(token)
    revocations.revoke_token("token-1", until=now - 100)
    assert detail_of(lambda: verifier.verify(token)) == "Token has been revoked"
