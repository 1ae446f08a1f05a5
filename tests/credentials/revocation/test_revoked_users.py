"""Revoked users whose id is in another claim than `sub`: the list is asked for the id that the application knows."""

# FastAPI reads the annotations of routes, which name local variables: so no `annotations` import.

import time
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose.fastapi import BearerAuth, CredentialAuth, JwtCredentials, OpaqueTokens
from fastjose.revocation import RedisRevocations, RevocationList
from fastjose.starlette import JwtAuthenticationBackend
from fastjose.testing import TokenIssuer, serve_jwks
from support.clients.http_client import HttpClient
from support.servers.introspection_server import ACTIVE, TOKEN, introspect_at
from support.servers.lookup_server import reply_json, serve_lookups

pytestmark = pytest.mark.http

SECRET = "a-secret-of-at-least-thirty-two-bytes"
ISSUER = "https://login.example.com"


class Member(BaseModel):
    user_id: str
    team: str = "none"


def mint_token(**claims: Any) -> str:
    now = int(time.time())
    return sign_token({"iss": ISSUER, "iat": now - 60, "exp": now + 600, **claims}, SECRET, algorithm="HS256")


def build_verifier(revocations: Any, cache_size: int = 0) -> Verifier:
    return Verifier(SECRET, algorithms="HS256", issuer=ISSUER, revocations=revocations, cache_size=cache_size)


def build_app(auth: Any) -> FastAPI:
    """Return an application with a route for each kind of dependency. All have the id of the user."""
    app = FastAPI()

    @app.get("/user")
    async def user(user: Annotated[Any, Depends(auth.current_user)]) -> str:
        return str(user.user_id)

    @app.get("/id")
    async def user_id(user_id: Annotated[str, Depends(auth.user_id)]) -> str:
        return user_id

    @app.get("/claims")
    async def claims(claims: Annotated[dict[str, Any], Depends(auth.current_claims)]) -> str:
        return str(claims["oid"])

    return app


def build_starlette_app(verifier: Verifier) -> Starlette:
    @requires("authenticated")
    async def me(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.user.user_id)

    backend = JwtAuthenticationBackend(verifier, user_id_claim="oid")
    return Starlette(routes=[Route("/", me)], middleware=[backend.middleware()])


APPS: dict[str, tuple[Callable[[Verifier], Any], list[str]]] = {
    "BearerAuth": (
        lambda verifier: build_app(BearerAuth(verifier, user_id_claim="oid")),
        ["/user", "/id", "/claims"],
    ),
    "BearerAuth of a model": (
        lambda verifier: build_app(BearerAuth(verifier, user_id_claim="oid", user_model=Member)),
        ["/user", "/id", "/claims"],
    ),
    "BearerAuth of issuers": (
        lambda verifier: build_app(BearerAuth([verifier], user_id_claim="oid")),
        ["/user", "/id", "/claims"],
    ),
    "CredentialAuth": (
        lambda verifier: build_app(CredentialAuth(JwtCredentials(verifier, user_id_claim="oid"))),
        ["/user", "/id", "/claims"],
    ),
    "CredentialAuth of issuers": (
        lambda verifier: build_app(CredentialAuth(JwtCredentials([verifier], user_id_claim="oid"))),
        ["/user", "/id", "/claims"],
    ),
    "Starlette": (build_starlette_app, ["/"]),
}


def statuses(app: Any, paths: list[str], token: str) -> list[int]:
    with HttpClient(app) as client:
        return [client.get(path, token).status_code for path in paths]


@pytest.mark.parametrize("cache_size", [0, 10])
@pytest.mark.parametrize("kind", APPS)
@pytest.mark.parametrize(
    ("claims", "user_id"),
    [
        ({"sub": "pairwise-1", "oid": "user-1"}, "user-1"),
        ({"oid": "user-1"}, "user-1"),
        ({"oid": 77}, "77"),
        ({"oid": 2**63}, str(2**63)),
        ({"sub": "pairwise-1", "oid": "user-1"}, "pairwise-1"),
    ],
    ids=str,
)
def test_user_is_revoked_by_the_id_of_the_application_and_by_sub(
    claims: dict[str, Any], user_id: str, kind: str, cache_size: int
) -> None:
    build, paths = APPS[kind]
    revocations = RevocationList()
    app, token = build(build_verifier(revocations, cache_size)), mint_token(**claims)
    assert statuses(app, paths, token) == [200] * len(paths)
    revocations.revoke_user(user_id)
    assert statuses(app, paths, token) == [401] * len(paths)
    later, other = mint_token(**{**claims, "iat": int(time.time()) + 300}), mint_token(sub="pairwise-2", oid="user-2")
    assert statuses(app, paths, later) == statuses(app, paths, other) == [200] * len(paths)


@pytest.mark.parametrize("cache_size", [0, 10])
def test_user_of_a_token_whose_key_was_fetched_is_revoked(cache_size: int) -> None:
    issuer, revocations = TokenIssuer(ISSUER, user_id_claim="oid"), RevocationList()
    revocations.revoke_user("user-1")
    with serve_jwks(issuer) as server:
        verifier = Verifier(
            RemoteKeySet(server.url),
            issuer=ISSUER,
            audience=issuer.audience,
            cache_size=cache_size,
            revocations=revocations,
        )
        app = build_app(BearerAuth(verifier, user_id_claim="oid"))
        issued_before = issuer.mint_token("user-1", sub="pairwise-1", iat=int(time.time()) - 60)
        assert statuses(app, ["/id"], issued_before) == [401]
        assert server.request_count == 1
        assert statuses(app, ["/id"], issuer.mint_token("user-2", sub="pairwise-2")) == [200]


def test_applications_with_one_cache_have_their_own_ids() -> None:
    revocations = RevocationList()
    verifier, token = build_verifier(revocations, 10), mint_token(sub="pairwise-1", oid="user-1")
    by_oid, by_sub = build_app(BearerAuth(verifier, user_id_claim="oid")), build_app(BearerAuth(verifier))
    assert [*statuses(by_oid, ["/id"], token), *statuses(by_sub, ["/id"], token)] == [200, 200]
    revocations.revoke_user("user-1")
    assert [*statuses(by_oid, ["/id"], token), *statuses(by_sub, ["/id"], token)] == [401, 200]


def test_verify_token_asks_for_the_id_of_the_application() -> None:
    revocations, token = RevocationList(), mint_token(sub="pairwise-1", oid="user-1")
    for verifier in (build_verifier(revocations), build_verifier(revocations, 10)):
        assert BearerAuth(verifier, user_id_claim="oid").verify_token(token).sub == "user-1"
    revocations.revoke_user("user-1")
    for verifier in (build_verifier(revocations), build_verifier(revocations, 10)):
        with pytest.raises(Exception, match="Token has been revoked") as raised:
            BearerAuth(verifier, user_id_claim="oid").verify_token(token)
        assert getattr(raised.value, "status_code", None) == 401


@pytest.mark.parametrize("kind", APPS)
def test_user_is_not_accepted_while_the_list_is_not_synchronised(kind: str) -> None:
    build, paths = APPS[kind]
    revocations = RedisRevocations("redis://127.0.0.1:1")
    app = build(build_verifier(revocations, 10))
    revocations.local.trust_for(3_600)
    token = mint_token(oid="user-1")
    assert statuses(app, paths, token) == [200] * len(paths)
    revocations.local.revoke_user("user-1")
    assert statuses(app, paths, token) == [401] * len(paths)
    revocations.local.distrust()
    for oid in ("user-1", "user-2"):
        assert statuses(app, paths, mint_token(oid=oid)) == [503] * len(paths)


@pytest.mark.parametrize(
    ("revoke", "is_rejected"),
    [
        (lambda revocations: revocations.revoke_user("user-1"), True),
        (lambda revocations: revocations.revoke_user("u1"), True),
        (lambda revocations: revocations.revoke_token("token-1"), True),
        (lambda revocations: revocations.revoke_session("session-1"), True),
        (lambda revocations: revocations.revoke_user("user-1", at=time.time() - 600), False),
        (lambda revocations: revocations.revoke_user("user-2"), False),
        (lambda revocations: revocations.revoke_token("session-1"), False),
    ],
)
def test_opaque_token_is_revoked_by_each_of_its_ids(
    revoke: Callable[[RevocationList], None],
    is_rejected: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    revocations = RevocationList()
    answer = {**ACTIVE, "oid": "user-1", "jti": "token-1", "sid": "session-1", "iat": int(time.time()) - 60}
    with serve_lookups(lambda _: reply_json(answer)) as server:
        opaque = OpaqueTokens(introspect_at(server), user_id_claim="oid", revocations=revocations)
        app = build_app(CredentialAuth(opaque))
        assert statuses(app, ["/id"], TOKEN) == [200]
        revoke(revocations)
        assert statuses(app, ["/id"], TOKEN) == [401 if is_rejected else 200]


def test_opaque_tokens_take_a_list_alone() -> None:
    wrong: Any = {"local": 1}
    with serve_lookups(lambda _: reply_json(ACTIVE)) as server, pytest.raises(TypeError, match="revocations must be"):
        OpaqueTokens(introspect_at(server), revocations=wrong)
