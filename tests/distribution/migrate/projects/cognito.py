"""The form of Cognito's samples: access tokens without `aud`, distinguished by `token_use` and `client_id`."""

from __future__ import annotations

from typing import Any

import jwt
from jwt import PyJWKClient

ISSUER = "https://auth.example.com/"
JWKS_URL = "https://auth.example.com/jwks"
CLIENT_ID = "web"


def create_verify() -> Any:
    """Return the function that verifies a token."""
    keys = PyJWKClient(JWKS_URL)

    def verify(token: str) -> dict[str, Any]:
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token).key,
            algorithms=["RS256"],
            options={"require": ["exp", "client_id"]},
            issuer=[ISSUER, "https://old.example.com/"],
        )
        if claims["client_id"] != CLIENT_ID or claims.get("token_use") != "access":
            raise jwt.InvalidTokenError("other client")
        return claims

    return verify
