"""`TestEnvironment`: the environment variables of an application under test, and what mints credentials for it."""

from __future__ import annotations

import copy
import json
import secrets
from typing import TYPE_CHECKING, Any

from fastjose._config.auth_options import user_id_options
from fastjose._config.keys.remote_keys import check_issuer
from fastjose._config.keys.shared_secret import find_session_secrets, select_secrets
from fastjose._config.names.dropped_lines import FETCH_OPTIONS
from fastjose._config.names.dropped_lines import VARIABLE as DROPPED_LINES
from fastjose._config.verifier_from_settings import build_session_cookie_verifier, build_verifier
from fastjose._core import MIN_SECRET_BYTES
from fastjose.better_auth import OAUTH
from fastjose.settings import DEVELOPMENT_ENVIRONMENTS, AuthSettings, load_settings
from fastjose.testing._accounts import Accounts
from fastjose.testing._auth_server import AuthServer
from fastjose.testing._issuer import TokenIssuer
from fastjose.testing._session_cookies import SessionCookieIssuer

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_OWN_PREFIX = "FASTJOSE_TESTING_"
"""The name of a variable behind it has the value that was set here: a process of pytest-xdist inherits both."""
_STORE = "BETTER_AUTH_SESSION_STORE"
_SHARED_VARIABLES = ("JWKS_URL", _STORE, "BETTER_AUTH_SECRET")
_LOOKED_UP = frozenset({"session", "cookie", "api_key"})


class TestEnvironment:
    """The variables that were set for an application, and what mints the credentials that it accepts.

    Attributes:
        settings: The settings of the application.
        issuer: The issuer of its JWTs.
        accounts: Its sessions and API keys.
        server: The server that it asks for keys and look-ups, or None if it asks none.
        serves_keys: Whether the application gets its keys from `server`.
    """

    __test__ = False  # not a class of tests

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        """Set the variables that are not set.

        Raises:
            ValueError: `ENVIRONMENT` is not a development environment, or the settings are invalid.
            ModuleNotFoundError: The library `cryptography` is required and not installed.
        """
        self._environ = environ
        self._earlier: dict[str, str | None] = {}
        self.server: AuthServer | None = None
        try:
            self._prepare()
        except BaseException:
            self.restore()
            raise

    def restore(self) -> None:
        """Give the variables their earlier values, and stop the server."""
        for name, value in self._earlier.items():
            if value is None:
                self._environ.pop(name, None)
            else:
                self._environ[name] = value
        self._earlier.clear()
        if self.server is not None:
            self.server.stop()
            self.server = None

    def _prepare(self) -> None:
        self._unset_inherited()
        settings = load_settings()
        check_is_development(settings)
        if settings.environment is None:
            self._set("ENVIRONMENT", "test")
        self.serves_keys = _asks_for_keys(settings)
        serves_lookups = _asks_store(settings) and not _has_database(settings)
        if self.serves_keys:
            _check_mode(settings)
        if _lacks_secret(settings):
            self._share("BETTER_AUTH_SECRET", secrets.token_urlsafe(32))
        signs_jwts = self.serves_keys or _has_public_key(settings)
        keys = TokenIssuer(algorithm=_choose_algorithm(settings) if signs_jwts else "EdDSA")
        cookie_keys = copy.copy(keys)
        self.accounts = _create_accounts(load_settings(), cookie_keys)
        if self.serves_keys or serves_lookups:
            self._serve(keys, settings, serves_lookups=serves_lookups)
        if _has_public_key(settings):
            self._set("JWT_PUBLIC_KEY", json.dumps(keys.jwk_set))
        self.settings = load_settings()
        self.issuer = _complete_issuer(self.settings, keys)
        if _reads_signed_cookies(self.settings):
            cookie_keys.url = build_session_cookie_verifier(self.settings).issuers[0]

    def _serve(self, keys: TokenIssuer, settings: AuthSettings, *, serves_lookups: bool) -> None:
        self.server = AuthServer(keys, self.accounts)
        if self.serves_keys:
            self._serve_keys(self.server, settings)
        if serves_lookups:
            self._share(_STORE, self.server.base_url)

    def _serve_keys(self, server: AuthServer, settings: AuthSettings) -> None:
        for name in FETCH_OPTIONS:
            if name in self._environ:
                self._set(name, "")
        self._set(DROPPED_LINES, ",".join(FETCH_OPTIONS))
        if not _has_oidc_issuer(settings):
            self._share("JWKS_URL", server.url)
            return
        if settings.jwt_issuer is None:
            self._set("JWT_ISSUER", check_issuer(settings))
        self._set("OIDC_ISSUER", server.issuer_url)

    def _unset_inherited(self) -> None:
        for name in _SHARED_VARIABLES:
            own = self._environ.get(_OWN_PREFIX + name)
            if own is not None and self._environ.get(name) == own:
                self._set(name, "")

    def _share(self, name: str, value: str) -> None:
        self._set(name, value)
        self._set(_OWN_PREFIX + name, value)

    def _set(self, name: str, value: str) -> None:
        self._earlier.setdefault(name, self._environ.get(name))
        self._environ[name] = value


def _asks_for_keys(settings: AuthSettings) -> bool:
    has_own_key = settings.mode == "public_key" or (settings.mode == "secret" and _has_jwt_secret(settings))
    return ("jwt" in settings.credentials and not has_own_key) or _reads_signed_cookies(settings)


def _has_public_key(settings: AuthSettings) -> bool:
    return "jwt" in settings.credentials and settings.mode == "public_key"


def _has_oidc_issuer(settings: AuthSettings) -> bool:
    return "jwt" in settings.credentials and settings.mode == "oidc"


def _asks_store(settings: AuthSettings) -> bool:
    return not _LOOKED_UP.isdisjoint(settings.credentials)


def _reads_signed_cookies(settings: AuthSettings) -> bool:
    """Return whether a key of the JWK Set signs `session_data`."""
    return "cookie" in settings.credentials and settings.better_auth_cookie_cache == "jwks"


def _lacks_secret(settings: AuthSettings) -> bool:
    has_cache = "cookie" in settings.credentials and settings.better_auth_cookie_cache is not None
    return has_cache and not _has_secret(settings)


def _has_secret(settings: AuthSettings) -> bool:
    return settings.better_auth_secret is not None or settings.better_auth_secrets is not None


def _has_jwt_secret(settings: AuthSettings) -> bool:
    return settings.jwt_secret is not None or _has_secret(settings)


def _choose_algorithm(settings: AuthSettings) -> str:
    algorithm = settings.jwt_algorithm or "EdDSA"
    return "EdDSA" if algorithm in MIN_SECRET_BYTES else algorithm


def check_is_development(settings: AuthSettings) -> None:
    """Check that credentials may be minted here.

    Raises:
        ValueError: `ENVIRONMENT` is set, and not one of `DEVELOPMENT_ENVIRONMENTS`.
    """
    if settings.environment and not settings.is_development:
        names = ", ".join(DEVELOPMENT_ENVIRONMENTS)
        raise ValueError(f"ENVIRONMENT must be unset or one of {names}: set ENVIRONMENT=test for tests")


def _check_mode(settings: AuthSettings) -> None:
    """Reject an issuer whose keys cannot be replaced.

    Raises:
        ValueError: The tokens are those of a load balancer of AWS.
    """
    if settings.mode == "alb":
        raise ValueError(
            "ALB_SIGNER must not be set, because the private key of the load balancer is not here: remove it from the "
            "environment and .env, and override the dependencies or configure BearerAuth in code for the tests"
        )


def _has_database(settings: AuthSettings) -> bool:
    """Return whether the sessions are in a database, and not behind a server, which this one replaces."""
    store = settings.better_auth_session_store
    return store is not None and not store.get_secret_value().strip().lower().startswith(("http://", "https://"))


def _create_accounts(settings: AuthSettings, cookie_keys: TokenIssuer) -> Accounts:
    accepted = find_session_secrets(settings)[0] if _asks_store(settings) else []
    secret = accepted[0].value.get_secret_value() if accepted else None
    has_own_store = _asks_store(settings) and _has_database(settings)
    return Accounts(SessionCookieIssuer(secret, token_issuer=cookie_keys), settings, has_own_store=has_own_store)


def _complete_issuer(settings: AuthSettings, keys: TokenIssuer) -> TokenIssuer:
    """Return the issuer of JWTs: `keys` with the claims that the application requires, or one with its secret."""
    if "jwt" not in settings.credentials:
        return keys
    if settings.mode == "secret" and _has_jwt_secret(settings):
        secret = select_secrets(settings)[0].value.get_secret_value()
        keys = TokenIssuer(algorithm=settings.shared_secret_algorithm, secret=secret)
    adopt_expectations(keys, settings)
    return keys


def adopt_expectations(issuer: TokenIssuer, settings: AuthSettings) -> None:
    """Let the tokens of an issuer have the claims and the type that the application requires.

    Raises:
        ValueError: A setting is missing or invalid.
    """
    verifier = build_verifier(settings)
    issuer.url, issuer.audience = next(iter(verifier.issuers), None), next(iter(verifier.audiences), None)
    issuer.typ = next(iter(verifier.types), None)
    issuer.claims = {**_client_claims(settings, issuer.typ), **_first_values(settings.accepted_claims)}
    issuer.user_id_claim = user_id_options(settings).get("user_id_claim", "sub")


def _client_claims(settings: AuthSettings, typ: str | None) -> dict[str, str]:
    """Return the claims of the first accepted client."""
    names = ("azp", "client_id") if typ == OAUTH.typ else ("azp",)
    return {name: client for client in settings.client_ids[:1] for name in names}


def _first_values(claims: dict[str, Any]) -> dict[str, Any]:
    """Return the first accepted value of each claim."""
    return {name: accepted[0] if isinstance(accepted, list) else accepted for name, accepted in claims.items()}
