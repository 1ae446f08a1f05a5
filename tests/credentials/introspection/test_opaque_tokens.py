"""`OpaqueTokens` in `CredentialAuth`: the user, the responses, the log hints."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import logging
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel

from fastjose.fastapi import CredentialAuth, OpaqueTokens
from support.applications.opaque_token_app import IntrospectionServer, build_app
from support.clients.http_client import HttpClient
from support.servers.introspection_server import ACTIVE, TOKEN, introspect_at
from support.servers.lookup_server import reply_json, serve_lookups


@pytest.fixture
def server() -> Iterator[IntrospectionServer]:
    with serve_lookups(lambda _: reply_json(ACTIVE)) as server:
        yield IntrospectionServer(server)


@pytest.mark.http
def test_active_token_is_a_user_with_scopes(server: IntrospectionServer) -> None:
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
def test_rejected_token_is_a_401(server: IntrospectionServer) -> None:
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
def test_challenge_names_the_resource_metadata(server: IntrospectionServer) -> None:
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
def test_server_without_a_verdict_is_a_503(server: IntrospectionServer, caplog: pytest.LogCaptureFixture) -> None:
    server.respond(status=401)
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        for path in ("/me", "/optional"):
            response = client.get(path, TOKEN)
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    (line,) = caplog.messages
    assert line.startswith("store_unavailable: ")
    assert "check client_id and client_secret, and that auth_method is the one" in line
    assert TOKEN not in line


def hints_for(server: IntrospectionServer, caplog: pytest.LogCaptureFixture, **members: Any) -> list[str]:
    """Return the lines that a rejected token causes in a new application."""
    caplog.clear()
    server.respond(**members)
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        assert client.get("/me", TOKEN).status_code == 401
    assert all(TOKEN not in line for line in caplog.messages)
    return caplog.messages


@pytest.mark.http
def test_hint_names_the_requirement_that_fails(server: IntrospectionServer, caplog: pytest.LogCaptureFixture) -> None:
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
    server: IntrospectionServer, caplog: pytest.LogCaptureFixture
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


@pytest.mark.http
def test_impersonation_must_be_ruled_out_by_the_response(server: IntrospectionServer) -> None:
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
def test_user_model_is_filled_from_the_response(server: IntrospectionServer) -> None:
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


@pytest.mark.http
def test_user_id_can_be_in_another_claim(server: IntrospectionServer) -> None:
    server.respond(username="ada")
    with build_app(CredentialAuth(OpaqueTokens(server.introspection(), user_id_claim="username"))) as client:
        assert client.get("/me", TOKEN).json()["user_id"] == "ada"
        server.respond()
        response = client.get("/me", TOKEN)
        assert response.status_code == 401
        assert "username" in response.json()["detail"]


@pytest.mark.http
def test_token_without_an_id_is_accepted_if_none_is_needed() -> None:
    class Machine(BaseModel):
        client_id: str

    app = FastAPI()
    with serve_lookups(lambda _: reply_json({"active": True, "client_id": "web"})) as machines:
        tokens = OpaqueTokens(introspect_at(machines), user_id_claim=None)
        auth = CredentialAuth(tokens, user_model=Machine)

        @app.get("/me")
        async def me(machine: Annotated[Machine, Depends(auth.current_user)]) -> Machine:
            return machine

        with HttpClient(app) as client:
            assert client.get("/me", TOKEN).json() == {"client_id": "web"}
        with pytest.raises(TypeError, match="user_model"):
            CredentialAuth(tokens)


@pytest.mark.http
@pytest.mark.parametrize("result", [False, None, 1, "yes"])
def test_token_is_rejected_unless_accept_returns_true(server: IntrospectionServer, result: object) -> None:
    def accept(claims: dict[str, Any]) -> Any:
        return True if claims["scope"] == "tasks:read" else result

    with build_app(CredentialAuth(OpaqueTokens(server.introspection(), accept=accept))) as client:
        for path in ("/me", "/claims", "/tasks"):
            assert client.get(path, TOKEN).status_code == 200
        server.respond(scope="tasks:read other")
        for path in ("/me", "/claims", "/tasks"):
            assert client.get(path, TOKEN).status_code == 401


@pytest.mark.http
def test_documentation_page_offers_to_paste_a_token(server: IntrospectionServer) -> None:
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        schemes = client.get("/openapi.json").json()["components"]["securitySchemes"]
    assert schemes == {"HTTPBearer": {"type": "http", "scheme": "bearer", "description": "An opaque access token."}}


@pytest.mark.http
def test_nothing_of_a_token_is_logged(server: IntrospectionServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.respond(status=500)
    with build_app(CredentialAuth(OpaqueTokens(server.introspection()))) as client:
        assert client.get("/me", TOKEN).status_code == 503
    assert TOKEN not in caplog.text
