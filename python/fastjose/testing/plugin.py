"""A pytest plugin: `auth_client`, `mint_token` and `mint_session`, for an application that uses `fastjose.auth`.

It is off by default. Enable it where pytest reads it before any `conftest.py`, in `pyproject.toml`:

    [tool.pytest.ini_options]
    addopts = ["-p", "fastjose.testing.plugin"]

A test then has real credentials, of each kind that the application accepts (`JWT_CREDENTIALS`):

    def test_me(auth_client):
        assert auth_client(app, user_id="user-1").get("/me").json()["user_id"] == "user-1"

The plugin sets environment variables, before the application is imported:

- `JWKS_URL`, a server on loopback, unless JWTs are verified with a shared secret or not accepted;
- `BETTER_AUTH_SESSION_STORE`, the same server, if sessions or API keys are looked up, unless it is a database;
- `BETTER_AUTH_SECRET`, if `BETTER_AUTH_COOKIE_CACHE` requires it;
- `OIDC_ISSUER`, if it is set, to the same server, and `JWT_ISSUER` to the configured issuer;
- `JWT_PUBLIC_KEY`, if it is set, to a key whose private key is here;
- `ENVIRONMENT=test`, so that a short secret is only warned of.

It refuses to run if `ENVIRONMENT` is set to anything but a development environment.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from fastjose.testing._accounts import describe_in_claims
from fastjose.testing._environment import TestEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.testclient import TestClient

    from fastjose.settings import AuthSettings, CredentialName
    from fastjose.testing._accounts import MintedSession
    from fastjose.testing._auth_server import AuthServer
    from fastjose.testing._issuer import TokenIssuer
    from fastjose.testing._jwks_server import JwksServer

    class MintToken(Protocol):
        """The fixture `mint_token`: the arguments are those of `TokenIssuer.mint_token`."""

        def __call__(self, user_id: str = ..., **arguments: Any) -> str:
            """Return a signed token."""

    class MintSession(Protocol):
        """The fixture `mint_session`."""

        def __call__(
            self,
            user_id: str = ...,
            *,
            session: Mapping[str, Any] | None = ...,
            organization_role: str | None = ...,
            expires_in_seconds: float | None = ...,
            **user: Any,
        ) -> MintedSession:
            """Return a session of a user who has signed in."""

    class AuthClient(Protocol):
        """The fixture `auth_client`."""

        def __call__(
            self, app: Any, user_id: str = ..., *, credential: CredentialName | None = ..., **arguments: Any
        ) -> TestClient:
            """Return a client of `app` that sends a credential of the user with each request."""


_ENVIRONMENT = pytest.StashKey[TestEnvironment]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Set the environment before a `conftest.py` can import the application."""
    _set_up(early_config)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set the environment if the plugin was enabled too late for `pytest_load_initial_conftests`."""
    _set_up(config)


def _set_up(config: pytest.Config) -> None:
    if _ENVIRONMENT in config.stash:
        return
    try:
        environment = TestEnvironment(os.environ)
    except (ValueError, ModuleNotFoundError) as error:
        raise pytest.UsageError(f"fastjose.testing: {error}") from None
    config.stash[_ENVIRONMENT] = environment
    config.add_cleanup(environment.restore)


@pytest.fixture(scope="session")
def token_issuer(pytestconfig: pytest.Config) -> TokenIssuer:
    """The issuer whose tokens the application accepts."""
    return pytestconfig.stash[_ENVIRONMENT].issuer


@pytest.fixture
def auth_server(pytestconfig: pytest.Config) -> Iterator[AuthServer]:
    """The server that the application asks for keys, sessions and API keys. Its status is 200 again after the test."""
    server = pytestconfig.stash[_ENVIRONMENT].server
    if server is None:
        pytest.fail(
            "the application must ask a server to use auth_server, and it needs none: it verifies with a secret, or "
            "BETTER_AUTH_SESSION_STORE is set"
        )
    yield server
    server.status = 200


@pytest.fixture
def jwks_server(pytestconfig: pytest.Config) -> Iterator[JwksServer]:
    """The key server of the application, in JWKS mode: `auth_server`. Its status is 200 again after the test."""
    environment = pytestconfig.stash[_ENVIRONMENT]
    if environment.server is None or not environment.serves_keys:
        pytest.fail(
            "the application must verify in JWKS mode to use jwks_server: unset its secret, or set BETTER_AUTH_URL"
        )
    yield environment.server
    environment.server.status = 200


@pytest.fixture
def mint_token(token_issuer: TokenIssuer) -> MintToken:
    """Return a function that returns a token which the application accepts: `mint_token("user-1", role="admin")`."""
    return token_issuer.mint_token


@pytest.fixture
def mint_session(pytestconfig: pytest.Config) -> MintSession:
    """Return a function that returns a session: `mint_session("user-1", role="admin")`.

    The session has `token`, `cookies` and `end()`, after which it is refused.
    """
    return pytestconfig.stash[_ENVIRONMENT].accounts.mint_session


@pytest.fixture
def auth_client(pytestconfig: pytest.Config) -> Iterator[AuthClient]:
    """Return a function that returns a client of an application, which sends a credential.

    `auth_client(app, role="admin")` sends the first kind that the application accepts; `auth_client(app,
    credential="cookie")` sends cookies. The client is used without its lifespan: use it in a `with` statement to run
    startup and shutdown.
    """
    from fastapi.testclient import TestClient  # noqa: PLC0415 - it requires httpx, which the other fixtures do not

    environment = pytestconfig.stash[_ENVIRONMENT]
    clients: list[TestClient] = []

    def create(
        app: Any, user_id: str = "user-1", *, credential: CredentialName | None = None, **arguments: Any
    ) -> TestClient:
        sent = _mint(environment, credential or environment.settings.credentials[0], user_id, arguments)
        clients.append(TestClient(app, **sent))
        return clients[-1]

    yield create
    for client in clients:
        client.close()


def _mint(
    environment: TestEnvironment, credential: CredentialName, user_id: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a client that sends a new credential.

    Raises:
        ValueError: `credential` is not the name of a kind, or an argument has an invalid value.
        TypeError: An argument is one of another kind of credential.
    """
    if credential == "jwt":
        return _place_token(_mint_token(environment.issuer, user_id, **arguments), environment.settings)
    if credential == "session":
        return {"headers": {"Authorization": f"Bearer {environment.accounts.mint_session(user_id, **arguments).token}"}}
    if credential == "cookie":
        return {"cookies": environment.accounts.mint_session(user_id, **arguments).cookies}
    if credential == "api_key":
        accounts = environment.accounts
        return {"headers": {accounts.api_key_header: accounts.mint_api_key(user_id, **arguments)}}
    raise ValueError(
        "credential must be jwt, session, cookie or api_key: for an application that accepts only others, override the "
        "dependencies"
    )


def _place_token(token: str, settings: AuthSettings) -> dict[str, Any]:
    """Return the arguments of a client that sends a JWT where the application reads it."""
    if settings.jwt_token_header is not None:
        return {"headers": {settings.jwt_token_header.strip(): token}}
    if settings.jwt_token_cookie is not None:
        return {"cookies": {settings.jwt_token_cookie.strip(): token}}
    return {"headers": {"Authorization": f"Bearer {token}"}}


def _mint_token(
    issuer: TokenIssuer,
    user_id: str,
    *,
    session: Mapping[str, Any] | None = None,
    organization_role: str | None = None,
    **claims: Any,
) -> str:
    """Return a JWT. It has the claims `sid`, `act` and `org` if fields of its session are given."""
    if session is not None or organization_role is not None:
        is_access_token = issuer.typ == "at+jwt"
        claims = {**describe_in_claims(session or {}, organization_role, is_access_token=is_access_token), **claims}
    return issuer.mint_token(user_id, **claims)
