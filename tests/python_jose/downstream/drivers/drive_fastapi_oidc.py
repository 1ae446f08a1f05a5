"""fastapi-oidc: `jwt.decode` with a whole JWK Set, the algorithms of the discovery, `verify_at_hash: False`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_oidc import get_auth
from harness import Answers, try_over_http
from loopback_issuer import AUDIENCE

if TYPE_CHECKING:
    from loopback_issuer import Issuer


def answers(issuer: Issuer) -> Answers:
    """Verify ID tokens of a provider, whose configuration and keys are fetched."""
    authenticate_user = get_auth(
        client_id=AUDIENCE,
        base_authorization_server_uri=issuer.url,
        issuer=["https://issuer.example", issuer.url],
        signature_cache_ttl=60,
    )
    tokens = issuer.tokens(at_hash="not compared", email="ada@example.com")
    return try_over_http(authenticate_user, {**tokens, "wrong issuer": issuer.token(iss="https://other.example")})
