"""Backends that the environment describes: which credentials they reject, and which variables they name."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose.exceptions import ConfigurationWarning
from fastjose.fastapi import BearerAuth
from fastjose.revocation import RevocationList
from fastjose.starlette import JwtAuthenticationBackend
from support.applications.starlette_app import create_app
from support.better_auth.sessions import sign_session_token
from support.clients.asgi_client import Answer, send_request
from support.environment.fresh_import import SECRET, set_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.http

METADATA = "https://api.example.com/.well-known/oauth-protected-resource"
STORE = {"BETTER_AUTH_SESSION_STORE": "http://127.0.0.1:9"}
"""A store of sessions that is down."""
CREDENTIALS = {
    "jwt": {"JWT_CREDENTIALS": "jwt"},
    "jwt and session": {"JWT_CREDENTIALS": "jwt,session", **STORE},
}
each_kind = pytest.mark.parametrize("variables", CREDENTIALS.values(), ids=CREDENTIALS)


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def build_backend(variables: dict[str, str], **options: Any) -> JwtAuthenticationBackend:
        set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET, **variables})
        return JwtAuthenticationBackend.from_environment(**options)

    return build_backend


def make_token(**claims: Any) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 60, **claims}, SECRET, algorithm="HS256")


def send(backend: JwtAuthenticationBackend, token: str, path: str = "/") -> Answer:
    return send_request(create_app(backend), path, [(b"authorization", f"Bearer {token}".encode())])


@each_kind
def test_revoked_token_is_rejected(build: Any, variables: dict[str, str]) -> None:
    revocations = RevocationList()
    backend = build(variables, revocations=revocations)
    assert send(backend, make_token(sid="session-1")).status == 200
    revocations.revoke_session("session-1")
    assert send(backend, make_token(sid="session-1")).status == 401
    assert send(backend, make_token(sid="session-2")).status == 200


def test_session_token_is_a_credential_only_where_the_environment_names_it(build: Any) -> None:
    token = sign_session_token(secret=SECRET)
    statuses = {name: send(build(variables), token).status for name, variables in CREDENTIALS.items()}
    assert statuses == {"jwt": 401, "jwt and session": 503}


@each_kind
def test_grants_are_in_the_claims_that_the_environment_names(build: Any, variables: dict[str, str]) -> None:
    sources = {"JWT_ROLES_CLAIM": "groups", "JWT_SCOPES_CLAIM": "may", "JWT_PERMISSIONS_CLAIM": "can"}
    claims = {"groups": ["admin"], "may": ["read"], "can": ["write"], "role": "x", "scope": "y", "permissions": ["z"]}
    scopes = send(build({**variables, **sources}), make_token(**claims)).json()["scopes"]
    assert scopes == ["authenticated", "permission:write", "read", "role:admin"]


@each_kind
def test_401_names_the_metadata_of_the_environment(build: Any, variables: dict[str, str]) -> None:
    answer = send(build({**variables, "JWT_RESOURCE_METADATA": METADATA}), make_token(exp=1))
    assert answer.headers["www-authenticate"] == f'Bearer resource_metadata="{METADATA}"'


@each_kind
@pytest.mark.parametrize("claims", [{"sub": " "}, {"sub": ""}, {"sub": "a\x00b"}, {"sub": 5}, {"email": 5}])
def test_claims_of_no_user_are_rejected_as_by_fastapi(
    build: Any, variables: dict[str, str], claims: dict[str, Any]
) -> None:
    token = make_token(**claims)
    expected = send(JwtAuthenticationBackend(BearerAuth(Verifier(SECRET, algorithms=["HS256"]))), token)
    assert expected.status == 401
    for backend in (build(variables), JwtAuthenticationBackend(Verifier(SECRET, algorithms=["HS256"]))):
        assert send(backend, token) == expected


@pytest.mark.parametrize(
    ("variables", "is_environment", "issuer"),
    [
        ({"JWT_CREDENTIALS": "jwt"}, True, "JWT_ISSUER"),
        ({"JWT_CREDENTIALS": "jwt,session", **STORE}, True, "JWT_ISSUER"),
        ({"JWT_CREDENTIALS": "session", **STORE}, True, "issuer="),
    ],
)
def test_settings_have_the_names_of_the_environment(
    build: Any, variables: dict[str, str], *, is_environment: bool, issuer: str
) -> None:
    names = build(variables)._connections.names
    assert (names.is_environment, names.issuer) == (is_environment, issuer)


def test_misspelled_variable_is_warned_of_where_the_backend_is_built(
    monkeypatch: pytest.MonkeyPatch, build: Any
) -> None:
    build({})
    monkeypatch.setenv("JWT_ISUER", "https://auth.example.com")
    with pytest.warns(ConfigurationWarning, match="JWT_ISUER") as warned:
        JwtAuthenticationBackend.from_environment()
    assert [one.filename for one in warned] == [__file__]


def test_missing_settings_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastjose.settings", None)
    with pytest.raises(ModuleNotFoundError, match="from_environment requires pydantic-settings: pip install") as raised:
        JwtAuthenticationBackend.from_environment()
    assert raised.value.name == "fastjose.settings"


def test_health_is_that_of_the_keys_of_the_verifiers() -> None:
    keys = RemoteKeySet("https://auth.example.com/jwks")
    health = JwtAuthenticationBackend(Verifier(keys, audience="api")).health()
    assert [source.name for source in health.sources] == ["https://auth.example.com"]
    assert not health.is_ready


@each_kind
def test_rejected_token_is_missing_only_where_the_backend_is_optional(build: Any, variables: dict[str, str]) -> None:
    statuses = [send(build(variables, **options), "x").status for options in ({}, {"optional": False})]
    assert statuses == [401, 401]
    assert send(build(variables, optional=True), "x").status == 200


def test_one_trusted_origin_may_be_a_text() -> None:
    verifier, origin = Verifier(SECRET, algorithms=["HS256"]), "https://front.example"
    for origins in (origin, [origin]):
        app = create_app(JwtAuthenticationBackend(verifier, token_cookie="token", trusted_origins=origins))
        cookie = (b"cookie", b"token=" + make_token().encode())
        for page, status in ((origin, 200), ("https://other.example", 403)):
            assert send_request(app, "/", [cookie, (b"origin", page.encode())], method="POST").status == status
