"""fastapi-auth0: `jwt.get_unverified_header`, `jwt.decode` with a JWK, and the errors as attributes of `jwt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_auth0 import Auth0
from harness import Answers, try_over_http
from loopback_issuer import AUDIENCE

if TYPE_CHECKING:
    from loopback_issuer import Issuer


def answers(issuer: Issuer) -> Answers:
    """Verify access tokens of a tenant, whose keys are fetched when the application starts."""
    auth = Auth0(domain=issuer.domain, api_audience=AUDIENCE)
    return try_over_http(auth.get_user, issuer.tokens(iss=f"{issuer.url}/"))
