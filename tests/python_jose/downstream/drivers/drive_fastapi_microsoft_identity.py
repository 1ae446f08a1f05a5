"""fastapi-microsoft-identity: `jwt.get_unverified_header`, `.get_unverified_claims`, `jwt.decode` with a JWK."""

# FastAPI evaluates the route's annotations, which name imported types. Do not import `annotations` here.

import functools
from typing import Any
from unittest import mock

import httpx
from fastapi import FastAPI, Request
from fastapi_microsoft_identity import get_token_claims, initialize, requires_auth
from harness import Answers, try_app
from loopback_issuer import AUDIENCE, Issuer

TENANT = "tenant"


class IssuerTransport(httpx.AsyncHTTPTransport):
    """A transport that connects to the issuer instead of the requested host, which the library fixes."""

    def __init__(self, issuer: Issuer) -> None:
        """Store the issuer to connect to."""
        super().__init__()
        self._url = httpx.URL(issuer.url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` to the issuer."""
        request.url = request.url.copy_with(host=self._url.host, port=self._url.port)
        return await super().handle_async_request(request)


def answers(issuer: Issuer) -> Answers:
    """Verify access tokens of a tenant, whose keys are fetched for each."""
    initialize(TENANT, AUDIENCE)
    app = FastAPI()

    @app.get("/me")
    @requires_auth  # type: ignore[untyped-decorator]  # the library has no types
    async def me(request: Request) -> Any:
        return get_token_claims(request)

    tokens = issuer.tokens(iss=f"https://login.microsoftonline.com/{TENANT}/v2.0", ver="2.0")
    with mock.patch("httpx.AsyncClient", functools.partial(httpx.AsyncClient, transport=IssuerTransport(issuer))):
        return try_app(app, tokens)
