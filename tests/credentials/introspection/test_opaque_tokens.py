"""`OpaqueTokens` in `CredentialAuth`: which token is introspected, the user, the responses, the log hints."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import logging
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel

from fastjose import Verifier
from fastjose.fastapi import CredentialAuth, CurrentUser, JwtCredentials, OpaqueTokens, SessionTokens
from fastjose.introspection import RemoteIntrospection
from fastjose.testing import TokenIssuer
from support.http_client import HttpClient
from support.introspection_server import ACTIVE, TOKEN, introspect_at, read_form
from support.lookup_server import LookupServer, Request, reply, reply_json, serve_lookups

SESSION_SECRET = "a-secret-of-at-least-thirty-two-bytes"
UNSIGNED = "a" * 32
SIGNED = f"{UNSIGNED}.{'b' * 43}="


class Server:
    """An introspection endpoint whose response a test replaces."""

    def __init__(self, server: LookupServer) -> None:
        self._server = server
        self.requests = server.requests

    def introspection(self, **options: Any) -> RemoteIntrospection:
        return introspect_at(self._server, **options)

    def respond(self, status: int = 200, **members: Any) -> None:
        self._server.respond = lambda _: reply_json({**ACTIVE, **members}, status)

    def tokens(self) -> list[str]:
        return [read_form(request)["token"] for request in self.requests]


@pytest.fixture
def server() -> Iterator[Server]:
    with serve_lookups(lambda _: reply_json(ACTIVE)) as server:
        yield Server(server)


async def find_no_session(_: object) -> None:
    return None


def build_app(auth: CredentialAuth[CurrentUser]) -> HttpClient:
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
        return user

    @app.get("/optional")
    async def optional(user: Annotated[CurrentUser | None, Depends(auth.current_user_optional)]) -> CurrentUser | None:
        return user

    @app.get("/claims")
    async def claims(claims: Annotated[dict[str, Any], Depends(auth.current_claims)]) -> dict[str, Any]:
        return claims

    @app.get("/tasks")
    async def tasks(user: Annotated[CurrentUser, Depends(auth.require_scope("tasks:read"))]) -> CurrentUser:
        return user

    @app.get("/session")
    async def session(session: Annotated[Any, Depends(auth.current_session)]) -> Any:
        return session.id

    @app.get("/itself")
    async def itself(user: Annotated[CurrentUser, Depends(auth.forbid_impersonation)]) -> CurrentUser:
        return user

    return HttpClient(app)


@pytest.mark.http
def test_active_token_is_a_user_with_scopes(server: Server) -> None:
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        assert client.get("/me", TOKEN).json() == {"user_id": "u1", "email": None, "name": None}
        assert client.get("/claims", TOKEN).json() == ACTIVE
        assert client.get("/tasks", TOKEN).status_code == 200
        assert client.get("/session", TOKEN).status_code == 403
        server.respond(scope="profile", sid="s1")
        assert client.get("/session", TOKEN).json() == "s1"
        response = client.get("/tasks", TOKEN)
        assert response.status_code == 403
        assert response.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="tasks:read"'


@pytest.mark.http
def test_rejected_token_is_a_401(server: Server) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"active": False}, "Invalid token: The token is not active"),
        ({"exp": 1}, "Token has expired"),
        ({"sub": None}, "Invalid token claims: Subject must be a string."),
        ({"sub": ""}, "Could not validate credentials"),
        ({"client_id": "other"}, 'Invalid token claims: Invalid claim "client_id"'),
        ({"token_type": "DPoP"}, "Invalid token: Invalid token type"),
    ]
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        for members, detail in cases:
            server.respond(**members)
            for path in ("/me", "/claims", "/tasks", "/session"):
                response = client.get(path, TOKEN)
                assert (response.status_code, response.json()) == (401, {"detail": detail}), path
                assert response.headers["www-authenticate"] == "Bearer"
            assert client.get("/optional", TOKEN).json() is None
        before = len(server.requests)
        assert client.get("/me").json() == {"detail": "Not authenticated"}
        assert client.get("/me", "a" * 16_385).status_code == 401
        assert len(server.requests) == before


@pytest.mark.http
def test_challenge_names_the_resource_metadata(server: Server) -> None:
    metadata = "https://api.example.com/.well-known/oauth-protected-resource"
    server.respond(active=False)
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()), resource_metadata=metadata)) as client:
        assert client.get("/me", TOKEN).headers["www-authenticate"] == f'Bearer resource_metadata="{metadata}"'


@pytest.mark.http
def test_token_of_a_machine_has_no_user() -> None:
    with serve_lookups(lambda _: reply_json({"active": True, "client_id": "web"})) as machines:
        auth = CredentialAuth(OpaqueTokens(introspect_at(machines)))
        with build_app(auth) as client:
            assert client.get("/me", TOKEN).json() == {"detail": "Could not validate credentials"}


@pytest.mark.http
def test_server_without_a_verdict_is_a_503(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.respond(status=401)
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        for path in ("/me", "/optional"):
            response = client.get(path, TOKEN)
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    (line,) = caplog.messages
    assert line.startswith("store_unavailable: ")
    assert "check client_id and client_secret, and that auth_method is the one" in line
    assert TOKEN not in line


def hints_for(server: Server, caplog: pytest.LogCaptureFixture, **members: Any) -> list[str]:
    """Return the lines that a rejected token causes in a new application."""
    caplog.clear()
    server.respond(**members)
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        assert client.get("/me", TOKEN).status_code == 401
    assert all(TOKEN not in line for line in caplog.messages)
    return caplog.messages


@pytest.mark.http
def test_hint_names_the_requirement_that_fails(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"aud": "other"}, "Invalid audience"),
        ({"client_id": "other"}, 'Invalid claim "client_id"'),
        ({"token_type": "DPoP"}, "Invalid token type"),
        ({"sub": ""}, '"sub"'),
    ]
    for members, text in cases:
        (line,) = hints_for(server, caplog, **members)
        assert line.startswith("opaque_token_claims: ")
        assert text in line
    assert not hints_for(server, caplog, exp=1)
    assert not hints_for(server, caplog, nbf=3_999_999_999)


@pytest.mark.http
def test_hint_about_inactive_tokens_ends_with_the_first_active_one(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    (line,) = hints_for(server, caplog, active=False)
    assert line.startswith("opaque_token_inactive: ")
    caplog.clear()
    introspection = server.introspection()
    server.respond()
    with build_app(CredentialAuth(OpaqueTokens(introspection))) as client:
        assert client.get("/me", TOKEN).status_code == 200
        server.respond(active=False)
        assert client.get("/me", TOKEN).status_code == 401
    assert not caplog.messages


@pytest.fixture
def issuer() -> TokenIssuer:
    return TokenIssuer("https://auth.example.com")


def jwt_credentials(issuer: TokenIssuer) -> JwtCredentials:
    return JwtCredentials(Verifier(issuer.jwk_set, issuer=issuer.url, audience=issuer.url))


@pytest.mark.http
def test_jwt_is_verified_and_every_other_token_introspected(server: Server, issuer: TokenIssuer) -> None:
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
    server: Server, issuer: TokenIssuer, caplog: pytest.LogCaptureFixture
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
def test_signed_session_token_is_not_introspected(server: Server) -> None:
    sessions = SessionTokens(find_no_session, secrets=[SESSION_SECRET])
    with build_app(CredentialAuth(sessions, OpaqueTokens(server.introspection()))) as client:
        for token in (SIGNED, SIGNED.replace("=", "%3D"), f"{UNSIGNED}.{'%2B' * 43}%3d"):
            assert client.get("/me", token).json() == {"detail": "Invalid session"}, token
        assert not server.requests
        for token in (UNSIGNED, f"{UNSIGNED}.{'b' * 43}", f"ory_at_{'c' * 43}.{'d' * 43}"):
            assert client.get("/me", token).json()["user_id"] == "u1"


def test_credentials_with_tokens_of_the_same_shape_are_refused(server: Server, issuer: TokenIssuer) -> None:
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


@pytest.mark.http
def test_impersonation_must_be_ruled_out_by_the_response(server: Server) -> None:
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        cases: list[tuple[dict[str, Any], int]] = [
            ({}, 403),
            ({"sid": "s1"}, 403),
            ({"sid": "s1", "act": {"sub": "admin"}}, 403),
            ({"sid": "s1", "act": None}, 200),
        ]
        for members, status in cases:
            server.respond(**members)
            assert client.get("/itself", TOKEN).status_code == status, members


@pytest.mark.http
def test_user_model_is_filled_from_the_response(server: Server) -> None:
    class User(BaseModel):
        user_id: str
        client_id: str

    auth = CredentialAuth(OpaqueTokens(server.introspection()), user_model=User)
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[User, Depends(auth.current_user)]) -> User:
        return user

    with HttpClient(app) as client:
        assert client.get("/me", TOKEN).json() == {"user_id": "u1", "client_id": "web"}


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


@pytest.mark.http
def test_documentation_page_offers_to_paste_a_token(server: Server) -> None:
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        schemes = client.get("/openapi.json").json()["components"]["securitySchemes"]
    assert schemes == {"HTTPBearer": {"type": "http", "scheme": "bearer", "description": "An opaque access token."}}


@pytest.mark.http
def test_nothing_of_a_token_is_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server._server.respond = lambda _: reply(500)
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        assert client.get("/me", TOKEN).status_code == 503
    assert TOKEN not in caplog.text
