"""fastapi-cloudauth: `jwk.construct`, `Key.verify`; `jwt.decode` with an empty key and `verify_signature: False`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_cloudauth.auth0 import Auth0CurrentUser
from harness import Answers, try_over_http
from loopback_issuer import AUDIENCE

if TYPE_CHECKING:
    from loopback_issuer import Issuer


def answers(issuer: Issuer) -> Answers:
    """Verify ID tokens of a tenant, whose issuer and keys are fetched when the application starts."""
    auth = Auth0CurrentUser(domain=issuer.domain, client_id=AUDIENCE)
    return try_over_http(auth, issuer.tokens(name="Ada", email="ada@example.com"))
