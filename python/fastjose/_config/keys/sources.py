"""The source of the keys that verify tokens: which setting names it, and that no other one contradicts it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES
from fastjose.exceptions import ConfigurationError, ConfigurationWarning

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings, Mode

_SOURCES: dict[str, Mode] = {
    "oidc_issuer": "oidc",
    "jwt_public_key": "public_key",
    "alb_signer": "alb",
    "better_auth_url": "jwks",
    "jwks_url": "jwks",
}
"""The mode that each source of public keys selects. A secret selects shared-secret mode only if none of them is set."""

MODE_NAMES: dict[Mode, str] = {
    "secret": "shared-secret mode",
    "jwks": "JWKS mode",
    "oidc": "OIDC mode",
    "public_key": "public-key mode",
    "alb": "ALB mode",
}


def check_sources(settings: AuthSettings) -> None:
    """Reject two sources of public keys, unless `JWT_MODE` decides, and a `JWT_MODE` without its source.

    Raises:
        ValueError: See above.
    """
    sources = {field: mode for field, mode in _SOURCES.items() if getattr(settings, field)}
    if settings.jwt_mode is None:
        _check_agreement(sources)
    if settings.mode == "oidc" and "oidc_issuer" not in sources:
        raise ConfigurationError(
            "JWT_MODE=oidc requires OIDC_ISSUER: set it to the iss of the tokens, such as https://acme.eu.auth0.com/",
            code="missing_variable",
            variable="OIDC_ISSUER",
        )
    if settings.mode == "public_key" and "jwt_public_key" not in sources:
        raise ConfigurationError(
            "JWT_MODE=public_key requires JWT_PUBLIC_KEY: set it to the public key of the issuer",
            code="missing_variable",
            variable="JWT_PUBLIC_KEY",
        )
    if settings.mode == "alb" and "alb_signer" not in sources:
        raise ConfigurationError(
            "JWT_MODE=alb requires ALB_SIGNER: set it to the ARN of the load balancer",
            code="missing_variable",
            variable="ALB_SIGNER",
        )


def _check_agreement(sources: dict[str, Mode]) -> None:
    for field, mode in sources.items():
        for other_field, other_mode in sources.items():
            if mode != other_mode:
                raise ConfigurationError(
                    f"{field.upper()} and {other_field.upper()} must not both be set, because each says whose keys "
                    f"verify tokens: remove one of them, or set JWT_MODE to {mode} or {other_mode}",
                    code="conflicting_variables",
                    variable=field.upper(),
                )


def check_asymmetric_algorithm(settings: AuthSettings) -> str | None:
    """Return `jwt_algorithm`, or None for the default: if it is not set, or is a shared-secret algorithm.

    Raises:
        ValueError: It is not a supported algorithm.
    """
    name, mode, has_key = settings.jwt_algorithm, MODE_NAMES[settings.mode], settings.mode == "public_key"
    if name is None:
        return None
    if name in MIN_SECRET_BYTES:
        reason = "the key is" if has_key else "the keys of a JWK Set are"
        warnings.warn(
            ConfigurationWarning(
                f"JWT_ALGORITHM={name} is ignored in {mode}, because {reason} public: remove it, or set "
                "JWT_MODE=secret to use the shared secret",
                code="algorithm_ignored",
            ),
            stacklevel=2,
        )
        return None
    if name not in ASYMMETRIC_ALGORITHMS and not (has_key and name == "ES256K"):
        remedy = "remove it to use that of the key" if has_key else "remove it to accept all of them"
        raise ConfigurationError(
            f"JWT_ALGORITHM must be one of {', '.join(ASYMMETRIC_ALGORITHMS)} in {mode}: {remedy}",
            variable="JWT_ALGORITHM",
        )
    return name
