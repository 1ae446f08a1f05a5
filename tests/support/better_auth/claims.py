"""Claims of the kinds of tokens that Better Auth issues besides API tokens."""

from __future__ import annotations

from typing import Any

from support.tokens.bearer_tokens import BASE_URL, make_api_claims

RESOURCE = "https://api.example.com"
CLIENT_ID = "rUOWmKzuHQKmvwRNveDxkcoeOsQizjWN"


def make_access_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims that `@better-auth/oauth-provider` 1.7.5 puts into an access token, with `changes`."""
    user_claims = dict.fromkeys(("id", "name", "email", "emailVerified", "image"), ...)
    access = {
        "iss": f"{BASE_URL}/api/auth",
        "aud": [RESOURCE, f"{BASE_URL}/api/auth/oauth2/userinfo"],
        "client_id": CLIENT_ID,
        "azp": CLIENT_ID,
        "scope": "openid tasks:read",
        "sid": "session-1",
        "jti": "token-1",
    }
    return make_api_claims(**{**user_claims, **access, **changes})


def make_id_claims() -> dict[str, Any]:
    """Return the claims of an id_token."""
    return make_api_claims(iss=f"{BASE_URL}/api/auth", aud=CLIENT_ID, nonce="n", at_hash="h", auth_time=1, acr="0")


def make_cookie_claims() -> dict[str, Any]:
    """Return the claims of a session cookie."""
    return make_api_claims(aud="better-auth:session-cache", sid="s", session={"token": "s"}, user={"id": "user-1"})
