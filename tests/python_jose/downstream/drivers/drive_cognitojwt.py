"""cognitojwt: `jwk.construct`, `Key.verify`, `jwt.get_unverified_headers`, `.get_unverified_claims`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import cognitojwt
from harness import Answers, try_call
from loopback_issuer import AUDIENCE

if TYPE_CHECKING:
    from loopback_issuer import Issuer


def answers(issuer: Issuer) -> Answers:
    """Verify access tokens of a user pool, whose keys are fetched."""
    os.environ["AWS_COGNITO_JWKS_PATH"] = f"{issuer.url}/jwks.json"
    tokens = issuer.tokens(audience_claim="client_id", client_id=AUDIENCE, token_use="access")
    return try_call(lambda token: cognitojwt.decode(token, "eu-west-1", "pool", app_client_id=AUDIENCE), tokens)
