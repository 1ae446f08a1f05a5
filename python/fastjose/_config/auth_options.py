"""The arguments of `BearerAuth` and `CredentialAuth` that `AuthSettings` describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose import better_auth
from fastjose._config.keys.configured_secrets import check_configured_secrets
from fastjose._config.setting_values import prefix_variable, split_list
from fastjose._core import OriginPolicy
from fastjose._places.sources import HTTP_NAME
from fastjose._places.subprotocol import check_subprotocol
from fastjose._refusals.refusal import check_resource_metadata
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings

_FIELDS_OF_TOKENS = ("jwt_client_id", "jwt_claims", "jwt_audience_exact", "jwt_user_id_claim")
"""Settings that hold for access tokens alone. If one were ignored, it would admit users that the operator excludes."""
_FIELDS_OF_BEARER_AUTH = ("jwt_token_header", "jwt_token_cookie", "jwt_websocket_subprotocol")
_OTHER_HEADERS = {
    "authorization": "it is the default: remove the variable",
    "cookie": "set JWT_TOKEN_COOKIE to the name of the cookie",
}


def bearer_options(settings: AuthSettings) -> dict[str, Any]:
    """Return the arguments of `JwtAuthenticationBackend`. Those that are not set are left out.

    `BearerAuth` has the same ones, but for the place of the token: `token_header` and `token_cookie`.

    Raises:
        ValueError: A variable has an invalid value, or variables do not fit together.
    """
    header, cookie = settings.jwt_token_header, settings.jwt_token_cookie
    places: dict[str, Any] = {}
    if header is not None:
        places["token_header"] = _check_header(header)
    if cookie is not None:
        places["token_cookie"] = _check_name("JWT_TOKEN_COOKIE", cookie)
        places["trusted_origins"] = trusted_origins(settings)
    if header is not None and settings.token_url is not None:
        raise ConfigurationError(
            "TOKEN_URL and JWT_TOKEN_HEADER must not both be set, because the form of /docs sends its token in the "
            "header Authorization: remove one of them",
            code="conflicting_variables",
            variable="JWT_TOKEN_HEADER",
        )
    subprotocol = {"websocket_subprotocol": _check_subprotocol(settings.jwt_websocket_subprotocol)}
    return {**_common_options(settings), **user_id_options(settings), **places, **subprotocol}


def credential_options(settings: AuthSettings) -> dict[str, Any]:
    """Return the arguments of `CredentialAuth`. Those that are not set are left out.

    Raises:
        ValueError: A variable has an invalid value, or variables do not fit together.
    """
    for field in _FIELDS_OF_BEARER_AUTH:
        if getattr(settings, field) is not None:
            raise ConfigurationError(
                f"{field.upper()} requires JWT_CREDENTIALS=jwt, and fastjose.auth or BearerAuth: remove it, because "
                "CredentialAuth reads a token from the header Authorization alone",
                code="missing_variable",
                variable=field.upper(),
            )
    if not {"jwt", "opaque"}.isdisjoint(settings.credentials):
        return _common_options(settings)
    for field in _FIELDS_OF_TOKENS:
        if getattr(settings, field):
            raise ConfigurationError(
                f"{field.upper()} requires jwt or opaque in JWT_CREDENTIALS: remove it, because other credentials are "
                "not compared with it",
                code="missing_variable",
                variable=field.upper(),
            )
    return _common_options(settings)


def user_id_options(settings: AuthSettings) -> dict[str, Any]:
    """Return `user_id_claim` of `BearerAuth`, `JwtCredentials` and `OpaqueTokens`, if it is set.

    Raises:
        ValueError: `JWT_USER_ID_CLAIM` is not one name.
    """
    names = split_list("JWT_USER_ID_CLAIM", settings.jwt_user_id_claim)
    if len(names) > 1:
        raise ConfigurationError("JWT_USER_ID_CLAIM must be the name of one claim", variable="JWT_USER_ID_CLAIM")
    return {"user_id_claim": names[0]} if names else {}


def trusted_origins(settings: AuthSettings) -> list[str]:
    """Return the origins in `JWT_TRUSTED_ORIGINS`.

    Raises:
        ValueError: An entry is not the URL of an origin.
    """
    with prefix_variable("JWT_TRUSTED_ORIGINS"):
        origins = [better_auth.origin(url) for url in settings.trusted_origins]
        OriginPolicy(origins)  # refuses a wildcard, which is the host of a URL
        return origins


def _common_options(settings: AuthSettings) -> dict[str, Any]:
    named = {
        "roles": split_list("JWT_ROLES_CLAIM", settings.jwt_roles_claim),
        "scopes": split_list("JWT_SCOPES_CLAIM", settings.jwt_scopes_claim),
        "permissions": split_list("JWT_PERMISSIONS_CLAIM", settings.jwt_permissions_claim),
    }
    with prefix_variable("JWT_RESOURCE_METADATA"):
        metadata = check_resource_metadata(settings.jwt_resource_metadata)
    check_configured_secrets(settings)
    grants = {argument: names for argument, names in named.items() if names}
    return {**grants, "resource_metadata": metadata, "token_url": settings.sign_in_url}


def _check_subprotocol(name: str | None) -> str | None:
    """Return the name of a subprotocol.

    Raises:
        ValueError: It is not one.
    """
    with prefix_variable("JWT_WEBSOCKET_SUBPROTOCOL"):
        return None if name is None else check_subprotocol(name)


def _check_header(name: str) -> str:
    name = _check_name("JWT_TOKEN_HEADER", name)
    if name.lower() in _OTHER_HEADERS:
        raise ConfigurationError(
            f"JWT_TOKEN_HEADER must not be {name.title()}: {_OTHER_HEADERS[name.lower()]}", variable="JWT_TOKEN_HEADER"
        )
    return name


def _check_name(variable: str, name: str) -> str:
    """Return the name of a header or a cookie, without white space around it.

    Raises:
        ValueError: It is not one.
    """
    name = name.strip()
    if not HTTP_NAME.fullmatch(name) or name[0] == "'":
        raise ConfigurationError(
            f"{variable} must be one name of letters, digits and hyphens, such as X-Access-Token", variable=variable
        )
    return name
