"""Real tokens for the tests of an application: `TokenIssuer` signs them, `serve_jwks` serves the keys on loopback.

`SessionCookieIssuer` mints the session tokens and session cookies of Better Auth.

`fastjose.testing.plugin` provides both as pytest fixtures. Nothing here needs a network.

Example::

    from fastjose.testing import TokenIssuer

    issuer = TokenIssuer("https://auth.example.com")
    verifier = Verifier(issuer.jwk_set, issuer=issuer.url, audience=issuer.audience)
    assert verifier.verify(issuer.mint_token("user-1", role="admin"))["role"] == "admin"
"""

from __future__ import annotations

from fastjose.testing._issuer import TokenIssuer
from fastjose.testing._jwks_server import JwksServer, serve_jwks
from fastjose.testing._session_cookies import SessionCookieIssuer

__all__ = ["JwksServer", "SessionCookieIssuer", "TokenIssuer", "serve_jwks"]
