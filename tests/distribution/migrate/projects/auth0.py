"""The form of Auth0's samples: a class that keeps the signing key, and an `except` for each step."""

from __future__ import annotations

from typing import Any

import jwt

DOMAIN = "auth.example.com"
AUDIENCE = "https://api.example.com"
ISSUER = f"https://{DOMAIN}/"
JWKS_URL = "https://auth.example.com/jwks"


class UnauthorizedError(Exception):
    """The token is refused."""


class VerifyToken:
    """Verify the tokens of one tenant."""

    def __init__(self) -> None:
        self.jwks_client = jwt.PyJWKClient(JWKS_URL)
        self.signing_key: Any = None

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token."""
        try:
            self.signing_key = self.jwks_client.get_signing_key_from_jwt(token).key
        except jwt.exceptions.PyJWKClientError as error:
            raise UnauthorizedError(str(error)) from error
        except jwt.exceptions.DecodeError as error:
            raise UnauthorizedError(str(error)) from error

        try:
            payload = jwt.decode(
                token,
                self.signing_key,
                algorithms=["RS256"],
                audience=AUDIENCE,
                issuer=ISSUER,
            )
        except Exception as error:
            raise UnauthorizedError(str(error)) from error
        return payload


def create_verify() -> Any:
    """Return the function that verifies a token."""
    return VerifyToken().verify
