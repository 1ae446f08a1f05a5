"""An OpenID Connect provider that signs everybody in as ada: discovery, authorization code with PKCE, and a JWK Set.

A code is exchanged once, and only with the verifier of its S256 challenge (RFC 7636 §4.6). The application exits when
its standard input closes, so that it cannot outlive the test run that holds the other end.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fastjose.testing import TokenIssuer
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

if TYPE_CHECKING:
    from starlette.requests import Request

CLIENT_ID, AUDIENCE = "docs", "https://api.test"
_codes: dict[str, dict[str, str]] = {}
_issuer = TokenIssuer("", audience=AUDIENCE)


def base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def discovery(request: Request) -> Response:
    base = base_url(request)
    document = {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/jwks",
        "scopes_supported": ["openid", "tasks:read"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
    }
    return JSONResponse(document)


async def jwks(_: Request) -> Response:
    return JSONResponse(_issuer.jwk_set)


async def authorize(request: Request) -> Response:
    asked = dict(request.query_params)
    expected = {"client_id": CLIENT_ID, "response_type": "code", "code_challenge_method": "S256"}
    if not expected.items() <= asked.items() or not asked.get("code_challenge"):
        return JSONResponse({"error": "invalid_request"}, status_code=400)
    code = secrets.token_urlsafe(16)
    _codes[code] = asked
    answer = urlencode({"code": code, "state": asked.get("state", "")})
    return RedirectResponse(f"{asked['redirect_uri']}?{answer}", status_code=303)


async def token(request: Request) -> Response:
    form = {name: str(value) for name, value in (await request.form()).items()}
    asked = _codes.pop(form.get("code", ""), None)
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if asked is None or not secrets.compare_digest(challenge, asked["code_challenge"]):
        return JSONResponse({"error": "invalid_grant"}, status_code=400)
    if (form.get("client_id"), form.get("redirect_uri")) != (CLIENT_ID, asked["redirect_uri"]):
        return JSONResponse({"error": "invalid_client"}, status_code=401)
    access_token = _issuer.mint_token("ada", iss=base_url(request), scope=asked.get("scope", ""))
    return JSONResponse({"access_token": access_token, "token_type": "Bearer", "expires_in": 900})


async def page(_: Request) -> Response:
    """Return a page of another origin than the application's, for scripts of a test."""
    return HTMLResponse("<!doctype html><title>another origin</title>")


app = Starlette(
    routes=[
        Route("/", page),
        Route("/.well-known/openid-configuration", discovery),
        Route("/jwks", jwks),
        Route("/authorize", authorize),
        Route("/token", token, methods=["POST"]),
    ],
    middleware=[Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])],
)
exit_when_stdin_closes()
