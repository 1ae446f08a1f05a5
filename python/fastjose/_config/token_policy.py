"""Which tokens are accepted: the issuer, audience, clients, claims and type that `AuthSettings` describe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from fastjose._config.setting_values import check_name, prefix_variable, split_list
from fastjose._core import Verifier
from fastjose.better_auth import API, OAUTH
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings, ProfileName

_TYPES: dict[ProfileName, str | tuple[str, ...]] = {"api": API.typ, "oauth": OAUTH.typ, "oidc": (API.typ, OAUTH.typ)}
_REQUIRED: dict[ProfileName, tuple[str, ...]] = {"api": API.required, "oauth": OAUTH.required, "oidc": ("exp",)}
_VARIABLES = {"iss": "JWT_ISSUER", "aud": "JWT_AUDIENCE"}
"""The variables for claims that `JWT_CLAIMS` is not for."""


def profile_options(settings: AuthSettings) -> dict[str, Any]:
    """Return the arguments of a `Verifier` that `accepted_profile` determines: `typ` and `required`.

    `aud` is required only if an audience is, and `sub` only if it is the id of the user.

    Raises:
        ValueError: `JWT_USER_ID_CLAIM` contains no name, or one that cannot be meant.
    """
    absent = {"aud"} if has_no_audience(settings) else set()
    if split_list("JWT_USER_ID_CLAIM", settings.jwt_user_id_claim) not in ([], ["sub"]):
        absent.add("sub")
    required = [name for name in _REQUIRED[settings.accepted_profile] if name not in absent]
    return {"typ": _TYPES[settings.accepted_profile], "required": required}


def has_no_audience(settings: AuthSettings) -> bool:
    """Return whether no `aud` is required: none is set, and none has a default or would be compared."""
    has_default = settings.mode == "jwks" and (settings.better_auth_url is not None or not settings.client_ids)
    return not settings.audiences and not (has_default and settings.jwt_check_audience)


def policy_options(
    settings: AuthSettings, default_issuers: list[str] | None = None, default_audiences: list[str] | None = None
) -> dict[str, Any]:
    """Return the arguments of a `Verifier` that each mode has. Those of options that are not set are left out.

    Raises:
        ValueError: A setting has an invalid value, or settings do not fit together.
    """
    options: dict[str, Any] = {
        "issuer": settings.issuers or default_issuers or None,
        "leeway_seconds": check_leeway_seconds(settings),
        "cache_size": settings.jwt_cache_size,
        **_audience_options(settings, default_audiences),
    }
    if client_ids := settings.client_ids:
        options["client_id"] = client_ids
    if claims := check_claims(settings.accepted_claims):
        options["claims"] = claims
    return options


def check_has_restriction(settings: AuthSettings, variable: str) -> None:
    """Reject a policy that accepts the tokens of every application of an issuer, unless that was asked for.

    Raises:
        ValueError: Nothing says for whom the tokens of the source `variable` must be.
    """
    if settings.audiences or settings.client_ids or settings.accepted_claims or not settings.jwt_check_audience:
        return
    raise ConfigurationError(
        f"{variable} requires JWT_AUDIENCE, JWT_CLIENT_ID or JWT_CLAIMS, because the issuer issues tokens for other "
        "applications too: set JWT_AUDIENCE to the aud of the tokens for this API, or JWT_CLIENT_ID to the clients "
        "whose tokens have no aud; to accept the tokens of every application of the issuer, set JWT_CHECK_AUDIENCE=0",
        code="missing_audience",
        variable="JWT_AUDIENCE",
    )


def _audience_options(settings: AuthSettings, default: list[str] | None) -> dict[str, Any]:
    audiences = settings.audiences
    if not settings.jwt_check_audience:
        for variable, is_set in (("JWT_AUDIENCE", audiences), ("JWT_AUDIENCE_EXACT", settings.jwt_audience_exact)):
            if is_set:
                raise ConfigurationError(
                    f"JWT_CHECK_AUDIENCE=0 and {variable} must not both be set, because aud is either compared or not: "
                    "remove one of them",
                    code="conflicting_variables",
                    variable=variable,
                )
        return {"audience": None, "check_audience": False}
    if not audiences and not has_no_audience(settings):
        audiences = default or []
    if not settings.jwt_audience_exact:
        return {"audience": audiences or None}
    if not audiences:
        raise ConfigurationError(
            "JWT_AUDIENCE_EXACT requires JWT_AUDIENCE: set it to every aud that a token may have",
            code="missing_audience",
            variable="JWT_AUDIENCE",
        )
    return {"audience": audiences, "audience_exact": True}


def check_claims(claims: dict[str, Any]) -> dict[str, Any]:
    """Return the accepted values of claims.

    Raises:
        ValueError: A value is not a str, an int, a bool, or a list with at least one of these; or another variable is
            for the claim.
    """
    for name in _VARIABLES.keys() & claims.keys():
        raise ConfigurationError(f"JWT_CLAIMS must not contain {name}: set {_VARIABLES[name]}", variable="JWT_CLAIMS")
    for accepted in claims.values():
        values = accepted if isinstance(accepted, list) else [accepted]
        if not values or not all(isinstance(value, str | int) for value in values):
            raise ConfigurationError(
                "JWT_CLAIMS must have strings, integers or booleans as accepted values, or lists of them: "
                '{"token_use": "access", "client_id": ["web", "ios"]}',
                variable="JWT_CLAIMS",
            )
        for text in (value for value in values if isinstance(value, str) and value):
            check_name("JWT_CLAIMS", text)
    if claims:
        with prefix_variable("JWT_CLAIMS"):  # the errors of the verifier itself do not name the variable
            Verifier("-" * 32, algorithms="HS256", claims=claims)
    return claims


def check_leeway_seconds(settings: AuthSettings) -> float:
    """Return the leeway in seconds.

    Raises:
        ValueError: It is negative, infinite or not a number.
    """
    leeway_seconds = settings.jwt_leeway_seconds
    if not 0 <= leeway_seconds < math.inf:
        raise ConfigurationError(
            "JWT_LEEWAY_SECONDS must be a number of seconds, 0 or more", variable="JWT_LEEWAY_SECONDS"
        )
    return leeway_seconds
