"""Which bearer token is introspected beside other credentials, and the forms of real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastjose import Verifier
from fastjose.fastapi import CredentialAuth, CurrentUser, JwtCredentials, OpaqueTokens, SessionTokens
from fastjose.testing import TokenIssuer
from support.applications.opaque_token_app import IntrospectionServer, build_app
from support.servers.introspection_server import ACTIVE, TOKEN, introspect_at
from support.servers.lookup_server import Request, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSION_SECRET = "a-secret-of-at-least-thirty-two-bytes"
UNSIGNED = "a" * 32
SIGNED = f"{UNSIGNED}.{'b' * 43}="


@pytest.fixture
def server() -> Iterator[IntrospectionServer]:
    with serve_lookups(lambda _: reply_json(ACTIVE)) as server:
        yield IntrospectionServer(server)


async def find_no_session(_: object) -> None:
    return None


@pytest.fixture
def issuer() -> TokenIssuer:
    return TokenIssuer("https://auth.example.com")


def jwt_credentials(issuer: TokenIssuer) -> JwtCredentials:
    return JwtCredentials(Verifier(issuer.jwk_set, issuer=issuer.url, audience=issuer.url))


@pytest.mark.http
def test_jwt_is_verified_and_every_other_token_introspected(server: IntrospectionServer, issuer: TokenIssuer) -> None:
    auth = CredentialAuth(OpaqueTokens(server.introspection()), jwt_credentials(issuer))
    with build_app(auth) as client:
        assert client.get("/me", issuer.mint_token(sub="from-the-jwt")).json()["user_id"] == "from-the-jwt"
        assert client.get("/me", issuer.mint_token(sub="x")[:-5] + "AAAAA").status_code == 401
        assert not server.requests
        opaque = [UNSIGNED, SIGNED, "ory_at_abc.def", "a.b.c.d", "a.b.c.d.e", "~"]
        for token in opaque:
            assert client.get("/me", token).json()["user_id"] == "u1"
    assert server.tokens() == opaque


@pytest.mark.http
def test_jwts_are_introspected_only_on_demand(
    server: IntrospectionServer, issuer: TokenIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    token = issuer.mint_token(sub="x")
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        assert client.get("/me", token).json() == {"detail": "Invalid token: This kind of credential is not accepted."}
    assert not server.requests
    assert "introspect_jwts" in caplog.text
    with build_app(CredentialAuth(OpaqueTokens(server.introspection(), introspect_jwts=True))) as client:
        assert client.get("/me", token).json()["user_id"] == "u1"
    assert server.tokens() == [token]


@pytest.mark.http
def test_signed_session_token_is_not_introspected(server: IntrospectionServer) -> None:
    sessions = SessionTokens(find_no_session, secrets=[SESSION_SECRET])
    with build_app(CredentialAuth(sessions, OpaqueTokens(server.introspection()))) as client:
        for token in (SIGNED, SIGNED.replace("=", "%3D"), f"{UNSIGNED}.{'%2B' * 43}%3d"):
            assert client.get("/me", token).json() == {"detail": "Invalid session"}, token
        assert not server.requests
        for token in (UNSIGNED, f"{UNSIGNED}.{'b' * 43}", f"ory_at_{'c' * 43}.{'d' * 43}"):
            assert client.get("/me", token).json()["user_id"] == "u1"


def test_credentials_with_tokens_of_one_shape_are_refused(server: IntrospectionServer, issuer: TokenIssuer) -> None:
    opaque = OpaqueTokens(server.introspection())
    unsigned = SessionTokens(find_no_session, secrets=[SESSION_SECRET], allow_unsigned=True)
    combinations: list[list[Any]] = [
        [opaque, unsigned],
        [unsigned, opaque],
        [jwt_credentials(issuer), unsigned, opaque],
    ]
    for credentials in combinations:
        with pytest.raises(ValueError, match="allow_unsigned must be False beside OpaqueTokens"):
            CredentialAuth(*credentials)
    every = OpaqueTokens(server.introspection(), introspect_jwts=True)
    with pytest.raises(ValueError, match="introspect_jwts must be False beside JwtCredentials"):
        CredentialAuth(jwt_credentials(issuer), every)
    with pytest.raises(ValueError, match="each of another kind"):
        CredentialAuth(opaque, every)
    with pytest.raises(TypeError, match="RemoteIntrospection"):
        OpaqueTokens(find_no_session)  # type: ignore[arg-type]


# The responses of real servers, from knowledge: Keycloak 26 (AccessTokenIntrospectionProvider), and Ory Hydra 2 (`POST
# /admin/oauth2/introspect`). Members that say nothing here are left out.
KEYCLOAK = {
    "exp": 4_000_000_000,
    "iat": 1_700_000_000,
    "jti": "onrtac:0e6e2c1c",
    "iss": "https://keycloak.example.com/realms/acme",
    "aud": "account",
    "sub": "4b1f7f5c",
    "typ": "Bearer",
    "azp": "web",
    "sid": "b9f2",
    "realm_access": {"roles": ["editor"]},
    "scope": "profile email",
    "username": "ada",
    "client_id": "web",
    "token_type": "Bearer",
    "active": True,
}
HYDRA = {
    "active": True,
    "scope": "tasks:read offline",
    "client_id": "web",
    "sub": "u1",
    "exp": 4_000_000_000,
    "iat": 1_700_000_000,
    "nbf": 1_700_000_000,
    "aud": [],
    "iss": "https://hydra.example.com",
    "token_type": "Bearer",
    "token_use": "access_token",
}


@pytest.mark.http
@pytest.mark.parametrize(
    ("response", "options", "refresh"),
    [
        (KEYCLOAK, {"audience": "account", "issuer": KEYCLOAK["iss"]}, {"typ": "Refresh"}),
        (KEYCLOAK, {"audience": "account"}, {"typ": "Offline"}),
        (HYDRA, {"issuer": HYDRA["iss"]}, {"token_use": "refresh_token"}),
    ],
)
def test_forms_of_keycloak_and_hydra(
    response: dict[str, Any], options: dict[str, Any], refresh: dict[str, Any]
) -> None:
    current = response

    def respond(_: Request) -> list[bytes]:
        return reply_json(current)

    with serve_lookups(respond) as provider:
        auth = CredentialAuth(
            OpaqueTokens(introspect_at(provider, **options)), roles="realm_access.roles", user_model=CurrentUser
        )
        with build_app(auth) as client:
            assert client.get("/me", TOKEN).json()["user_id"] == response["sub"]
            current = {**response, **refresh}
            assert client.get("/me", TOKEN).json() == {"detail": "Invalid token: Invalid token type"}
            current = {"active": False}
            assert client.get("/me", TOKEN).status_code == 401
