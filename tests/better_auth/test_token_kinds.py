"""Every kind of token of a real Better Auth server: each profile accepts only its own kind."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import jwt
import pytest
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from fastjose.better_auth import api_verifier, oauth_verifier
from fastjose.fastapi import BearerAuth
from support.better_auth.oauth_server import OWNER, PASSWORD, OAuthBrowser, OAuthClient, run_better_auth_oauth_server
from support.better_auth.server import BetterAuth
from support.clients.http_client import HttpClient
from support.environment.fresh_import import build_app, load_auth

FORBIDDEN = {"detail": "Not authorized to access this resource"}


@dataclass(frozen=True)
class TokenKinds:
    """A running server, its client, and one token of each kind for one user."""

    server: BetterAuth
    client: OAuthClient
    user_id: str
    tokens: dict[str, str] = field(repr=False)

    def header(self, kind: str) -> dict[str, Any]:
        return jwt.get_unverified_header(self.tokens[kind])

    def claims(self, kind: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(self.tokens[kind], options={"verify_signature": False})
        return claims


@contextlib.contextmanager
def issue_every_kind(configuration: str, directory: Path) -> Iterator[TokenKinds]:
    with (
        run_better_auth_oauth_server(configuration, directory / "better-auth.log") as (server, client),
        OAuthBrowser(server) as browser,
    ):
        session = browser.sign_in(OWNER, PASSWORD).json()
        oauth = browser.authorize(client, with_resource=True)
        tokens = {
            "API token": browser.fetch_token(),
            "access token": oauth["access_token"],
            "id_token": oauth["id_token"],
            "session cookie": browser.read_session_cookie(),
            "session token": session["token"],
            "opaque access token": browser.authorize(client, with_resource=False)["access_token"],
        }
        yield TokenKinds(server, client, session["user"]["id"], tokens)


@pytest.fixture(scope="module", params=["jwks-cookie", "secret-cookie"])
def kinds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenKinds]:
    with issue_every_kind(request.param, tmp_path_factory.mktemp(request.param)) as kinds:
        yield kinds


def auth_by_kind(kinds: TokenKinds) -> dict[str, BearerAuth]:
    """Return the dependencies of each profile, by the kind of token that the profile accepts."""
    url = kinds.server.origin
    return {
        "API token": BearerAuth(api_verifier(url)),
        "access token": BearerAuth(oauth_verifier(url, audience=kinds.client.resource)),
    }


def test_issued_tokens_have_the_expected_headers_and_claims(kinds: TokenKinds) -> None:
    assert "typ" not in kinds.header("API token")
    assert kinds.claims("API token")["iss"] == kinds.claims("API token")["aud"] == kinds.server.origin
    assert kinds.header("access token")["typ"] == "at+jwt"
    assert kinds.claims("access token")["iss"] == kinds.server.base_url
    assert kinds.client.resource in kinds.claims("access token")["aud"]
    assert "typ" not in kinds.header("id_token")
    assert kinds.claims("id_token")["aud"] == kinds.client.client_id
    assert kinds.header("session cookie") in (
        {"alg": "HS256"},
        {"alg": "EdDSA", "kid": kinds.header("API token")["kid"], "typ": "better-auth.session-cache+jwt"},
    )
    assert len(kinds.tokens["opaque access token"]) == len(kinds.tokens["session token"]) == 32


def test_issued_token_is_accepted_only_by_its_own_profile(kinds: TokenKinds) -> None:
    for own, auth in auth_by_kind(kinds).items():
        for kind, token in kinds.tokens.items():
            if kind == own:
                assert auth.verify_token(token).sub == kinds.user_id
                continue
            with pytest.raises(HTTPException) as raised:
                auth.verify_token(token)
            assert (raised.value.status_code, raised.value.headers) == (401, {"WWW-Authenticate": "Bearer"})


def test_log_hint_identifies_the_kind_of_a_rejected_token(kinds: TokenKinds, caplog: pytest.LogCaptureFixture) -> None:
    hints = {}
    for own in auth_by_kind(kinds):
        for kind in kinds.tokens.keys() - {own}:
            caplog.clear()
            with pytest.raises(HTTPException):
                auth_by_kind(kinds)[own].verify_token(
                    kinds.tokens[kind]
                )  # a new instance, whose hints are not rate-limited yet
            (hints[own, kind],) = [
                record.getMessage().split(":")[0]
                for record in caplog.records
                if record.name == "fastjose" and record.levelno == logging.WARNING
            ]
    cookie = "session_cookie" if kinds.header("session cookie")["alg"] == "HS256" else "session_cache_cookie"
    assert hints == {
        ("API token", "access token"): "access_token_for_api",
        ("API token", "id_token"): "id_token",
        ("API token", "session cookie"): cookie,
        ("API token", "session token"): "session_token",
        ("API token", "opaque access token"): "session_token",  # both are 32 letters and digits
        ("access token", "API token"): "api_token_for_oauth",
        ("access token", "id_token"): "api_token_for_oauth",
        ("access token", "session cookie"): cookie,
        ("access token", "session token"): "opaque_access_token",
        ("access token", "opaque access token"): "opaque_access_token",
    }


def test_environment_supports_both_profiles(kinds: TokenKinds, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = {"BETTER_AUTH_URL": kinds.server.origin, "BETTER_AUTH_SECRET": kinds.server.secret}
    oauth = {"JWT_PROFILE": "oauth", "JWT_AUDIENCE": kinds.client.resource}
    for environment, own in ((url, "API token"), ({**url, **oauth}, "access token")):
        auth = load_auth(monkeypatch, tmp_path, **environment)
        with HttpClient(build_app(auth)) as client:
            answers = {kind: client.get("/user-id", token) for kind, token in kinds.tokens.items()}
        assert {kind for kind, answer in answers.items() if answer.status_code == 200} == {own}
        assert answers[own].json() == kinds.user_id


class Owner(BaseModel):
    """The user in the payload that `definePayload` of the server returns."""

    model_config = ConfigDict(alias_generator=to_camel)

    id: str
    email: str
    email_verified: bool
    role: str
    banned: bool
    permissions: dict[str, list[str]]


def test_requirements_check_claims_of_an_api_token(kinds: TokenKinds) -> None:
    app, auth = FastAPI(), BearerAuth(api_verifier(kinds.server.origin), user_model=Owner)
    requirements = {
        "/admin": auth.require_role("admin"),
        "/support-or-editor": auth.require_role("editor", "support"),
        "/editor": auth.require_role("editor"),
        "/read": auth.require_scope("tasks:read"),
        "/write": auth.require_scope("tasks:read", "tasks:write"),
        "/create": auth.require_permission("task:create", "task:read"),
        "/delete": auth.require_permission("task:delete"),
    }
    for path, requirement in requirements.items():

        @app.get(path)
        async def route(user: Annotated[Owner, Depends(requirement)]) -> Owner:
            return user

    with HttpClient(app) as client:
        answers = {path: client.get(path, kinds.tokens["API token"]) for path in requirements}
    accepted = {path for path, answer in answers.items() if answer.status_code == 200}
    assert accepted == {"/admin", "/support-or-editor", "/read", "/create"}
    assert answers["/admin"].json()["id"] == kinds.user_id
    assert answers["/admin"].json()["role"] == "admin,support"
    for path in answers.keys() - accepted:
        assert (answers[path].status_code, answers[path].json()) == (403, FORBIDDEN)
    challenge = 'Bearer error="insufficient_scope", scope="tasks:read tasks:write"'
    assert answers["/write"].headers["www-authenticate"] == challenge


def test_requirements_check_scopes_of_an_access_token(kinds: TokenKinds) -> None:
    app, auth = FastAPI(), auth_by_kind(kinds)["access token"]
    for path, scope in (("/read", "tasks:read"), ("/write", "tasks:write")):

        @app.get(path, dependencies=[Depends(auth.require_scope(scope))])
        async def route() -> None:
            return None

    with HttpClient(app) as client:
        assert client.get("/read", kinds.tokens["access token"]).status_code == 200
        assert client.get("/write", kinds.tokens["access token"]).status_code == 403
        assert client.get("/read", kinds.tokens["API token"]).status_code == 401
