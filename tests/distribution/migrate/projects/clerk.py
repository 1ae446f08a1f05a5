"""The form of Clerk's samples: an alias, no audience, the authorized party compared in code."""

from __future__ import annotations

from typing import Any

import jwt as pyjwt
from jwt import PyJWKClient

JWKS_URL = "https://auth.example.com/jwks"
ISSUER = "https://auth.example.com/"
PARTIES = {"https://app.example.com"}


def create_verify() -> Any:
    """Return the function that verifies a token."""
    client: PyJWKClient = PyJWKClient(JWKS_URL, cache_keys=True, lifespan=600)

    def verify(token: str) -> dict[str, Any]:
        signing_key = client.get_signing_key_from_jwt(token)
        claims = pyjwt.decode(
            token,
            signing_key.key,
            algorithms=["RS256"],
            issuer=ISSUER,
            options={"verify_aud": False, "require": ["exp", "iat", "nbf", "sub"]},  # sessions have no aud
            leeway=5,
        )
        if claims.get("azp") not in PARTIES:
            raise pyjwt.InvalidTokenError("other party")
        return claims

    return verify
