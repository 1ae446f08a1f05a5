"""fastapi-keycloak: `jwt.decode` with a PEM in a single line and without algorithms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_keycloak import FastAPIKeycloak
from harness import Answers, try_over_http

if TYPE_CHECKING:
    from loopback_issuer import Issuer


def answers(issuer: Issuer) -> Answers:
    """Verify access tokens of a realm. The library first fetches an administrator's token, then the key."""
    keycloak = FastAPIKeycloak(
        server_url=issuer.url,
        client_id="client",
        client_secret="secret",
        realm="realm",
        admin_client_secret="secret",
        callback_uri="http://127.0.0.1/callback",
    )
    return try_over_http(keycloak.get_current_user(), issuer.tokens(aud="account", email_verified=True))
