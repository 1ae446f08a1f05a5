"""Claims of the kinds of tokens that Better Auth issues besides API tokens."""

from __future__ import annotations

from typing import Any

from support.bearer_tokens import BASE_URL, api_claims

RESOURCE = "https://api.example.com"
CLIENT = "rUOWmKzuHQKmvwRNveDxkcoeOsQizjWN"


def access_claims(**changed: Any) -> dict[str, Any]:
    """Return what `@better-auth/oauth-provider` 1.7.5 puts into an access token, changed."""
    users = dict.fromkeys(("id", "name", "email", "emailVerified", "image"), ...)
    access = {
        "iss": f"{BASE_URL}/api/auth",
        "aud": [RESOURCE, f"{BASE_URL}/api/auth/oauth2/userinfo"],
        "client_id": CLIENT,
        "azp": CLIENT,
        "scope": "openid tasks:read",
        "sid": "session-1",
        "jti": "token-1",
    }
    return api_claims(**{**users, **access, **changed})


def id_claims() -> dict[str, Any]:
    """Return the claims of an id_token."""
    return api_claims(iss=f"{BASE_URL}/api/auth", aud=CLIENT, nonce="n", at_hash="h", auth_time=1, acr="0")


def cookie_claims() -> dict[str, Any]:
    """Return the claims of a session cookie."""
    return api_claims(aud="better-auth:session-cache", sid="s", session={"token": "s"}, user={"id": "user-1"})
