"""fastapi-third-party-auth: `jwt.decode` with a whole JWK Set; it raises `JWTError` itself, and catches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_third_party_auth import Auth
from harness import Answers, try_over_http
from loopback_issuer import AUDIENCE

if TYPE_CHECKING:
    from loopback_issuer import Issuer


def answers(issuer: Issuer) -> Answers:
    """Verify ID tokens of a provider, whose configuration and keys are fetched."""
    auth = Auth(
        openid_connect_url=f"{issuer.url}/.well-known/openid-configuration", issuer=issuer.url, client_id=AUDIENCE
    )
    tokens = {**issuer.tokens(), "several audiences": issuer.token(aud=[AUDIENCE, "another-audience"])}
    return try_over_http(auth.required, tokens)
