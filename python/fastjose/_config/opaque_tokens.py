"""Opaque access tokens from `AuthSettings`: the introspection endpoint, and the requirements on its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._config.auth_options import user_id_options
from fastjose._config.keys.remote_keys import build_issuer_key_set, check_issuer, network_options, read_path
from fastjose._config.keys.secret_files import check_not_path
from fastjose._config.setting_values import prefix_variable
from fastjose._config.token_policy import check_has_restriction, policy_options
from fastjose._config.urls import prefix_url
from fastjose._credentials.opaque_tokens import OpaqueTokens
from fastjose.exceptions import ConfigurationError
from fastjose.introspection import RemoteIntrospection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fastjose._core import RemoteKeySet
    from fastjose.better_auth import Revocations
    from fastjose.settings import AuthSettings

_SECRET, _SECRET_FILE = "INTROSPECTION_CLIENT_SECRET", "INTROSPECTION_CLIENT_SECRET_FILE"


def build_opaque_tokens(settings: AuthSettings, revocations: Revocations | None = None) -> OpaqueTokens:
    """Return the credential of opaque access tokens, which asks the list `revocations` if it is given.

    Raises:
        ValueError: A variable is missing or has an invalid value, or variables do not fit together.
    """
    _endpoint(settings)
    _client_id(settings)
    _client_secret(settings)
    check_has_restriction(settings, "JWT_CREDENTIALS=opaque")
    policy = policy_options(settings)
    del policy["cache_size"]
    if "client_id" in policy:
        policy["accepted_client_id"] = policy.pop("client_id")
    introspection = build_introspection(settings, policy)
    return OpaqueTokens(introspection, revocations=revocations, **user_id_options(settings))


def build_introspection(settings: AuthSettings, policy: Mapping[str, Any]) -> RemoteIntrospection:
    """Return the introspection endpoint, with the requirements `policy` on its tokens.

    Raises:
        ValueError: As `build_opaque_tokens`.
    """
    variable, endpoint = _endpoint(settings)
    client_id, secret = _client_id(settings), _client_secret(settings)
    _check_client("INTROSPECTION_CLIENT_ID", client_id=client_id)
    _check_client(_SECRET, client_secret=secret)
    with prefix_url(variable, settings.introspection_url or "", allow_http=settings.jwks_allow_http):
        return RemoteIntrospection(
            endpoint,
            client_id=client_id,
            client_secret=secret,
            auth_method=settings.introspection_auth_method,
            allow_http=settings.jwks_allow_http,
            **policy,
            **network_options(settings),
        )


def _check_client(variable: str, **given: str | Path) -> None:
    """Check the id or the secret by itself, so that its error names the variable. The file is not read.

    Raises:
        ValueError: A `RemoteIntrospection` rejects it.
    """
    with prefix_variable(variable):
        options: dict[str, Any] = {"client_id": "-", "client_secret": "-", **given}
        RemoteIntrospection("https://localhost", check_audience=False, **options)


def _client_id(settings: AuthSettings) -> str:
    """Return the id of this application.

    Raises:
        ValueError: It is not set.
    """
    if settings.introspection_client_id is None:
        raise ConfigurationError(
            "JWT_CREDENTIALS=opaque requires INTROSPECTION_CLIENT_ID: set it to the id of this application at the "
            "authorization server",
            code="missing_variable",
            variable="INTROSPECTION_CLIENT_ID",
        )
    return settings.introspection_client_id


def _endpoint(settings: AuthSettings) -> tuple[str, str | RemoteKeySet]:
    """Return the variable that determines the endpoint, and its URL or the key set of the issuer with a document.

    Raises:
        ValueError: Neither `INTROSPECTION_URL` nor `OIDC_ISSUER` is set, or `OIDC_ISSUER` is invalid.
    """
    if settings.introspection_url is not None:
        return "INTROSPECTION_URL", settings.introspection_url.strip()
    if settings.oidc_issuer is None:
        raise ConfigurationError(
            "JWT_CREDENTIALS=opaque requires INTROSPECTION_URL or OIDC_ISSUER: set INTROSPECTION_URL to the "
            "introspection_endpoint of the authorization server, or OIDC_ISSUER if its document names the endpoint",
            code="missing_variable",
            variable="INTROSPECTION_URL",
        )
    with prefix_variable("OIDC_ISSUER"):
        return "OIDC_ISSUER", build_issuer_key_set(check_issuer(settings), settings)


def _client_secret(settings: AuthSettings) -> str | Path:
    """Return the secret of this application, or the path of the file with it.

    Raises:
        ValueError: Neither variable is set, both are, or the secret is a path.
    """
    secret, path = settings.introspection_client_secret, settings.introspection_client_secret_file
    if secret is not None and path is not None:
        raise ConfigurationError(
            f"{_SECRET} and {_SECRET_FILE} must not both be set: remove one of them",
            code="conflicting_variables",
            variable=_SECRET_FILE,
        )
    if secret is not None:
        check_not_path(_SECRET, secret.get_secret_value())
        return secret.get_secret_value()
    if path is None:
        raise ConfigurationError(
            f"JWT_CREDENTIALS=opaque requires {_SECRET} or {_SECRET_FILE}: set one of them to the secret of this "
            "application, or to the path of a file with it",
            code="missing_variable",
            variable=_SECRET,
        )
    return read_path(_SECRET_FILE, path)
