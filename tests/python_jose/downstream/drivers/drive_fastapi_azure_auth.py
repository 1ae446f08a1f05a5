"""fastapi-azure-auth: `jwk.construct(jwk, "RS256")`, and `jwt.decode` with that key and every `require_` option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_azure_auth.auth import AzureAuthorizationCodeBearerBase
from harness import Answers, try_over_http
from loopback_issuer import AUDIENCE

if TYPE_CHECKING:
    from loopback_issuer import Issuer


def answers(issuer: Issuer) -> Answers:
    """Verify access tokens of a tenant, whose configuration and keys are fetched."""
    auth = AzureAuthorizationCodeBearerBase(
        app_client_id=AUDIENCE, openid_config_url=f"{issuer.url}/.well-known/openid-configuration"
    )
    tokens = issuer.tokens(tid="tenant", ver="2.0")
    return try_over_http(auth, {**tokens, "missing nbf": issuer.token(tid="tenant", ver="2.0", nbf=None)})
