"""`JWT_CREDENTIALS`: which credentials `fastjose.auth` accepts, and a clear error at import for invalid settings."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from pathlib import Path
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from pydantic import SecretStr

from fastjose._config.credentials_from_settings import build_credentials
from fastjose.api_keys import DatabaseApiKeys, RemoteApiKeys
from fastjose.better_auth import DEVELOPMENT_SECRET
from fastjose.exceptions import ConfigurationWarning
from fastjose.fastapi import BearerAuth, CredentialAuth
from fastjose.sessions import DatabaseSessions, RemoteSessions, SecondaryStorageSessions
from fastjose.settings import AuthSettings, load_settings
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, load_auth, set_environment
from support.servers.lookup_server import reply_json, serve_lookups

URL = "https://app.example.com"
REDIS, POSTGRESQL = "redis://:hunter22@localhost:6379/0", "postgresql+asyncpg://app:hunter22@localhost/app"

INVALID: list[tuple[dict[str, str], list[str]]] = [
    ({"JWT_CREDENTIALS": "session"}, ["BETTER_AUTH_URL", "BETTER_AUTH_SESSION_STORE"]),
    ({"JWT_CREDENTIALS": "bearer"}, ["JWT_CREDENTIALS", "jwt, opaque, session, cookie, api_key"]),
    ({"JWT_CREDENTIALS": "jwt,jwt"}, ["JWT_CREDENTIALS", "one or several"]),
    ({"JWT_CREDENTIALS": " , "}, ["JWT_CREDENTIALS", "must not be empty"]),
    ({"JWT_CREDENTIALS": "'session'"}, ["JWT_CREDENTIALS", "quotes"]),
    ({"JWT_CREDENTIALS": "jwt,session"}, ["BETTER_AUTH_SECRET", "BETTER_AUTH_URL"]),
    ({"JWT_CREDENTIALS": "session", "BETTER_AUTH_URL": "nonsense"}, ["BETTER_AUTH_URL", "must"]),
    ({"JWT_CREDENTIALS": "session", "BETTER_AUTH_URL": "http://auth:3000"}, ["BETTER_AUTH_URL", "https"]),
    (
        {"JWT_CREDENTIALS": "session", "BETTER_AUTH_URL": URL, "BETTER_AUTH_SECRET": "short"},
        ["BETTER_AUTH_SECRET", "32"],
    ),
    (
        {"JWT_CREDENTIALS": "session", "BETTER_AUTH_URL": URL, "BETTER_AUTH_SECRET": DEVELOPMENT_SECRET},
        ["BETTER_AUTH_SECRET", "default"],
    ),
    (
        {"JWT_CREDENTIALS": "cookie", "BETTER_AUTH_URL": URL, "BETTER_AUTH_COOKIE_CACHE": "jwe"},
        ["BETTER_AUTH_COOKIE_CACHE", "BETTER_AUTH_SECRET"],
    ),
    (
        {"JWT_CREDENTIALS": "cookie", "BETTER_AUTH_URL": URL, "BETTER_AUTH_COOKIE_CACHE": "signed"},
        ["BETTER_AUTH_COOKIE_CACHE", "'compact', 'jwt', 'jwe' or 'jwks'"],
    ),
    (
        {
            "JWT_CREDENTIALS": "cookie",
            "BETTER_AUTH_SESSION_STORE": REDIS,
            "BETTER_AUTH_SECRET": SECRET,
            "BETTER_AUTH_COOKIE_CACHE": "jwks",
        },
        ["BETTER_AUTH_COOKIE_CACHE=jwks", "BETTER_AUTH_URL"],
    ),
    (
        {"JWT_CREDENTIALS": "cookie", "BETTER_AUTH_URL": URL, "JWT_TRUSTED_ORIGINS": "app.example.com"},
        ["JWT_TRUSTED_ORIGINS", "https://app.example.com"],
    ),
    (
        {"JWT_CREDENTIALS": "cookie", "BETTER_AUTH_URL": URL, "JWT_TRUSTED_ORIGINS": ","},
        ["JWT_TRUSTED_ORIGINS", "empty"],
    ),
    (
        {"JWT_CREDENTIALS": "api_key", "BETTER_AUTH_URL": URL, "BETTER_AUTH_API_KEY_HEADER": "Authorization"},
        ["BETTER_AUTH_API_KEY_HEADER", "x-api-key"],
    ),
    (
        {"JWT_CREDENTIALS": "jwt,cookie", "BETTER_AUTH_URL": URL, "JWT_WEBSOCKET_SUBPROTOCOL": "bearer"},
        ["JWT_WEBSOCKET_SUBPROTOCOL", "JWT_CREDENTIALS=jwt"],
    ),
    (
        {"JWT_CREDENTIALS": "api_key", "BETTER_AUTH_SESSION_STORE": REDIS},
        ["BETTER_AUTH_SESSION_STORE", "organization_config_ids"],
    ),
    (
        {"JWT_CREDENTIALS": "session", "BETTER_AUTH_SESSION_STORE": "app:hunter22@localhost"},
        ["BETTER_AUTH_SESSION_STORE", "redis://"],
    ),
    (
        {"JWT_CREDENTIALS": "session", "BETTER_AUTH_SESSION_STORE": "postgresql+nothing://app:hunter22@localhost/app"},
        ["BETTER_AUTH_SESSION_STORE"],
    ),
    (
        {"JWT_CREDENTIALS": "session", "BETTER_AUTH_SESSION_STORE": "ftp://app:hunter22@localhost/app"},
        ["BETTER_AUTH_SESSION_STORE"],
    ),
    (
        {"JWT_CREDENTIALS": "session", "BETTER_AUTH_SESSION_STORE": "redis://:hunter22@localhost:port"},
        ["BETTER_AUTH_SESSION_STORE"],
    ),
]


@pytest.mark.parametrize(("environment", "fragments"), INVALID, ids=str)
def test_invalid_environment_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], fragments: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"must|requires|required|should") as raised:
        load_auth(monkeypatch, tmp_path, **environment)
    assert all(fragment in str(raised.value) for fragment in fragments), str(raised.value)
    error: BaseException | None = raised.value
    while error is not None:
        assert "hunter22" not in f"{error!r}{error}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


NO_STORE = type(None)
STORES = [
    (URL, RemoteSessions, RemoteApiKeys),
    ("http://127.0.0.1:3000/api/auth", RemoteSessions, RemoteApiKeys),
    (POSTGRESQL, DatabaseSessions, DatabaseApiKeys),
    ("sqlite+aiosqlite:///app.db", DatabaseSessions, DatabaseApiKeys),
    (REDIS, SecondaryStorageSessions, NO_STORE),
    ("rediss://localhost", SecondaryStorageSessions, NO_STORE),
]


@pytest.mark.parametrize(("url", "sessions", "keys"), STORES)
def test_scheme_of_the_url_selects_the_store(url: str, sessions: type, keys: type) -> None:
    names = ["session", "cookie"] if keys is NO_STORE else ["session", "cookie", "api_key"]
    settings = AuthSettings(jwt_credentials=", ".join(names[::-1]), better_auth_session_store=SecretStr(url))
    credentials: Any = build_credentials(settings)
    assert [each.name for each in credentials] == names
    assert credentials[0].lookup is credentials[1].lookup  # one pool of connections
    assert [type(each.lookup) for each in credentials] == [sessions, sessions, keys][: len(names)]
    assert "hunter22" not in repr(settings)


def test_jwt_alone_keeps_bearer_auth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for environment in ({}, {"JWT_CREDENTIALS": "jwt"}, {"JWT_CREDENTIALS": ""}):
        assert isinstance(load_auth(monkeypatch, tmp_path, BETTER_AUTH_URL=URL, **environment)._auth, BearerAuth)
    auth = load_auth(monkeypatch, tmp_path, BETTER_AUTH_URL=URL, JWT_CREDENTIALS="jwt,cookie")
    assert isinstance(auth._auth, CredentialAuth)
    with pytest.raises(ValueError, match="JWT_CREDENTIALS must be jwt for BearerAuth"):
        BearerAuth.from_environment()


@pytest.mark.parametrize("credentials", ["jwt", "session", "cookie", "api_key", "jwt,session,cookie,api_key"])
def test_every_name_of_the_module_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, credentials: str) -> None:
    auth: Any = load_auth(monkeypatch, tmp_path, BETTER_AUTH_URL=URL, JWT_CREDENTIALS=credentials)
    app = FastAPI()

    @app.get("/aliases")
    async def aliases(user: auth.AuthenticatedUser, session: auth.CurrentSession, user_id: auth.UserId) -> None: ...

    for dependency in (
        auth.require_role("admin"),
        auth.require_scope("tasks:read"),
        auth.require_permission("files:read"),
        auth.forbid_impersonation,
        auth.require_not_anonymous,
        auth.current_claims,
        auth.get_current_user,
    ):
        app.get("/dependencies", dependencies=[Depends(dependency)])(aliases)

    @app.get("/optional")
    async def optional(user: auth.OptionalUser) -> Any:
        return user

    with HttpClient(app) as client:
        for path in ("/aliases", "/dependencies"):
            rejection = client.get(path)
            assert (rejection.status_code, rejection.json()) == (401, {"detail": "Not authenticated"})
        assert client.get("/optional").json() is None
    if "jwt" not in credentials.split(","):
        with pytest.raises(TypeError, match="JWT_CREDENTIALS"):
            auth.verify_token("token")
    assert set(auth.__all__) <= set(dir(auth))


def test_secrets_are_those_of_better_auth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = {
        "JWT_CREDENTIALS": "cookie",
        "BETTER_AUTH_URL": URL,
        "BETTER_AUTH_SECRETS": f"2:{SECRET},1:old",
        "BETTER_AUTH_COOKIE_CACHE": "jwe",
    }
    set_environment(monkeypatch, tmp_path, environment)
    with pytest.warns(ConfigurationWarning, match="entry 2 must have at least 32 bytes"):
        (cookies,) = build_credentials(load_settings())
    assert SECRET not in repr(cookies)


def test_header_of_keys_is_that_of_better_auth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer = {"session": {"id": "key-1", "userId": "user-1"}, "user": {"id": "user-1", "email": "ada@example.com"}}
    with serve_lookups(lambda _: reply_json(answer)) as server:
        environment = {"BETTER_AUTH_URL": server.url, "BETTER_AUTH_API_KEY_HEADER": "x-service-key"}
        auth: Any = load_auth(monkeypatch, tmp_path, JWT_CREDENTIALS="api_key", **environment)
        app = FastAPI()

        @app.get("/me")
        async def me(user: auth.AuthenticatedUser) -> Any:
            return user

        with HttpClient(app) as client:
            response = client.request("GET", "/me", headers={"x-service-key": "k" * 64})
        assert response.json()["user_id"] == "user-1"
        assert server.requests[0].headers["x-service-key"] == "k" * 64
