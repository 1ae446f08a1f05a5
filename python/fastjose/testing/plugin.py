"""A pytest plugin: `mint_token`, `auth_client` and `jwks_server`, for an application that uses `fastjose.auth`.

It is off by default. Enable it where pytest reads it before any `conftest.py`, in `pyproject.toml`:

    [tool.pytest.ini_options]
    addopts = ["-p", "fastjose.testing.plugin"]

A test then has real tokens:

    def test_me(auth_client):
        assert auth_client(app, user_id="user-1").get("/me").json()["user_id"] == "user-1"

The plugin sets the environment variables that are not set, before the application is imported: `JWKS_URL`, the URL of a
key server on loopback, unless the application verifies with a shared secret; and `ENVIRONMENT=test`, so that a short
secret is only warned of. It refuses to run if `ENVIRONMENT` is set to anything but a development environment.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from fastjose._config.shared_secret import select_secrets
from fastjose._config.verifier_from_settings import build_verifier
from fastjose._core import MIN_SECRET_BYTES
from fastjose.settings import DEVELOPMENT_ENVIRONMENTS, AuthSettings, load_settings
from fastjose.testing._issuer import TokenIssuer
from fastjose.testing._jwks_server import JwksServer

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from starlette.testclient import TestClient

    class MintToken(Protocol):
        """The fixture `mint_token`: the arguments are those of `TokenIssuer.mint_token`."""

        def __call__(self, user_id: str = ..., **arguments: Any) -> str:
            """Return a signed token."""

    class AuthClient(Protocol):
        """The fixture `auth_client`."""

        def __call__(self, app: Any, user_id: str = ..., **arguments: Any) -> TestClient:
            """Return a client of `app` that sends a token of the user with each request."""


_ENVIRONMENT = pytest.StashKey["TestEnvironment"]()
_OWN_URL_VARIABLE = "FASTJOSE_TESTING_JWKS_URL"
"""Has the value of `JWKS_URL` if the plugin has set it: a process of pytest-xdist inherits both."""


class TestEnvironment:
    """The issuer whose tokens the application accepts, and the variables that were set for it."""

    __test__ = False  # not a class of tests

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        """Set the variables that are not set.

        Raises:
            pytest.UsageError: `ENVIRONMENT` is not a development environment, the settings are invalid, or the library
                `cryptography` is required and not installed.
        """
        self._environ = environ
        self._earlier: dict[str, str | None] = {}
        self.server: JwksServer | None = None
        try:
            self.issuer = self._create_issuer()
        except (ValueError, ModuleNotFoundError) as error:
            self.restore()
            raise pytest.UsageError(f"fastjose.testing: {error}") from None
        except BaseException:
            self.restore()
            raise

    def restore(self) -> None:
        """Give the variables their earlier values, and stop the key server."""
        for name, value in self._earlier.items():
            if value is None:
                self._environ.pop(name, None)
            else:
                self._environ[name] = value
        self._earlier.clear()
        if self.server is not None:
            self.server.stop()
            self.server = None

    def _create_issuer(self) -> TokenIssuer:
        own_url = self._environ.get(_OWN_URL_VARIABLE)
        if own_url is not None and self._environ.get("JWKS_URL") == own_url:
            self._set("JWKS_URL", "")
        settings = load_settings()
        _check_is_development(settings)
        if settings.environment is None:
            self._set("ENVIRONMENT", "test")
        if _has_secret(settings) and settings.mode == "secret":
            return _create_secret_issuer(settings)
        return self._serve_keys(settings)

    def _serve_keys(self, settings: AuthSettings) -> TokenIssuer:
        if settings.jwks_url is not None:
            raise ValueError(
                "JWKS_URL must not be set, because its private key is not here: remove it from the environment and .env"
            )
        algorithm = settings.jwt_algorithm or "EdDSA"
        issuer = TokenIssuer(algorithm="EdDSA" if algorithm in MIN_SECRET_BYTES else algorithm)
        self.server = JwksServer(issuer)
        self._set("JWKS_URL", self.server.url)
        self._set(_OWN_URL_VARIABLE, self.server.url)
        verifier = build_verifier(load_settings())
        issuer.url, issuer.audience, issuer.typ = verifier.issuers[0], verifier.audiences[0], verifier.typ
        return issuer

    def _set(self, name: str, value: str) -> None:
        self._earlier.setdefault(name, self._environ.get(name))
        self._environ[name] = value


def _check_is_development(settings: AuthSettings) -> None:
    if settings.environment and not settings.is_development:
        names = ", ".join(DEVELOPMENT_ENVIRONMENTS)
        raise ValueError(f"ENVIRONMENT must be unset or one of {names}: set ENVIRONMENT=test for tests")


def _has_secret(settings: AuthSettings) -> bool:
    return settings.better_auth_secret is not None or settings.better_auth_secrets is not None


def _create_secret_issuer(settings: AuthSettings) -> TokenIssuer:
    return TokenIssuer(
        next(iter(settings.issuers), None),
        audience=next(iter(settings.audiences), None),
        algorithm=settings.shared_secret_algorithm,
        secret=select_secrets(settings)[0].value.get_secret_value(),
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Set the environment before a `conftest.py` can import the application."""
    _set_up(early_config)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set the environment if the plugin was enabled too late for `pytest_load_initial_conftests`."""
    _set_up(config)


def _set_up(config: pytest.Config) -> None:
    if _ENVIRONMENT not in config.stash:
        config.stash[_ENVIRONMENT] = environment = TestEnvironment(os.environ)
        config.add_cleanup(environment.restore)


@pytest.fixture(scope="session")
def token_issuer(pytestconfig: pytest.Config) -> TokenIssuer:
    """The issuer whose tokens the application accepts."""
    return pytestconfig.stash[_ENVIRONMENT].issuer


@pytest.fixture
def jwks_server(pytestconfig: pytest.Config) -> Iterator[JwksServer]:
    """The key server of the application, in JWKS mode. Its status is 200 again after the test."""
    server = pytestconfig.stash[_ENVIRONMENT].server
    if server is None:
        pytest.fail(
            "the application must verify in JWKS mode to use jwks_server: unset its secret, or set BETTER_AUTH_URL"
        )
    yield server
    server.status = 200


@pytest.fixture
def mint_token(token_issuer: TokenIssuer) -> MintToken:
    """Return a function that returns a token which the application accepts: `mint_token("user-1", role="admin")`."""
    return token_issuer.mint_token


@pytest.fixture
def auth_client(mint_token: MintToken) -> Iterator[AuthClient]:
    """Return a function that returns a client of an application, which sends a token: `auth_client(app, role="admin")`.

    The client is used without its lifespan: use it in a `with` statement to run startup and shutdown.
    """
    from fastapi.testclient import TestClient  # noqa: PLC0415 - it requires httpx, which the other fixtures do not

    clients: list[TestClient] = []

    def create(app: Any, user_id: str = "user-1", **arguments: Any) -> TestClient:
        token = mint_token(user_id, **arguments)
        clients.append(TestClient(app, headers={"Authorization": f"Bearer {token}"}))
        return clients[-1]

    yield create
    for client in clients:
        client.close()
