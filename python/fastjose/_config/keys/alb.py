"""The verifier of ALB mode: `ALB_SIGNER` names the load balancer that signs the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._config.keys.remote_keys import fetch_options
from fastjose._config.setting_values import prefix_variable, split_list
from fastjose._config.token_policy import check_leeway_seconds
from fastjose.aws import alb_rules, alb_verifier
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from fastjose._core import Verifier
    from fastjose.better_auth import Revocations
    from fastjose.settings import AuthSettings

_NOT_COMPARED = (
    "jwt_audience",
    "jwt_audience_exact",
    "jwt_claims",
    "jwt_algorithm",
    "jwt_profile",
    "jwt_accept_secret",
)
"""Settings without effect in ALB mode. If one were ignored, the application would accept other tokens than it says."""


def alb_options(settings: AuthSettings) -> dict[str, Any]:
    """Return the rules of `build_alb_verifier`, as arguments of a `Verifier`. The settings must be valid."""
    return {
        **alb_rules(split_list("ALB_SIGNER", settings.alb_signer), settings.client_ids or None),
        "issuer": settings.issuers or None,
        "leeway_seconds": check_leeway_seconds(settings),
    }


def build_alb_verifier(settings: AuthSettings, revocations: Revocations | None) -> Verifier:
    """Return the verifier of the tokens of a load balancer.

    Raises:
        ValueError: `ALB_SIGNER` is not the ARN of a load balancer, or a setting is invalid or has no effect here.
    """
    for field in _NOT_COMPARED:
        if getattr(settings, field):
            raise ConfigurationError(
                f"{field.upper()} must not be set with ALB_SIGNER, because the tokens of load balancers have a form of "
                "their own: remove it",
                code="conflicting_variables",
                variable=field.upper(),
            )
    options = {"leeway_seconds": check_leeway_seconds(settings), **fetch_options(settings)}
    signers, clients, issuers = split_list("ALB_SIGNER", settings.alb_signer), settings.client_ids, settings.issuers
    with prefix_variable("ALB_SIGNER"):
        return alb_verifier(
            signer=signers,
            client_id=clients or None,
            issuer=issuers or None,
            cache_size=settings.jwt_cache_size,
            revocations=revocations,
            **options,
        )
