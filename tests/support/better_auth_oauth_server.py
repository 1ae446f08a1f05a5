"""A real Better Auth server that issues every kind of JWT it has, and a client of its OAuth provider.

The server is `better_auth_oauth/server.mjs`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from support.better_auth_server import BetterAuth, Browser, first_line
from support.child_process import running
from support.node_packages import node_with_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).parents[1] / "better_auth" / "node_oauth"
OWNER, PASSWORD = "owner@example.com", "correct horse battery staple"
SCOPE = "openid profile email tasks:read"


@dataclass(frozen=True)
class OAuthClient:
    """A client that is registered with the server, and the resource that it may ask for."""

    client_id: str
    redirect_uri: str
    resource: str
    secret: str = field(repr=False)


class OAuthBrowser(Browser):
    """A browser whose user signs in to other applications with the server."""

    def session_data(self) -> str:
        """Return the session cookie that holds the session itself."""
        return self._client.cookies["better-auth.session_data"]

    def authorize(self, client: OAuthClient, *, with_resource: bool) -> Any:
        """Have `client` get its tokens (RFC 6749 §4.1, RFC 7636), and return them."""
        verifier = secrets.token_urlsafe(32)
        asked = {"client_id": client.client_id, "redirect_uri": client.redirect_uri}
        asked |= {"resource": client.resource} if with_resource else {}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        question = {"response_type": "code", "scope": SCOPE, "state": "state", "nonce": "nonce"}
        question |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        answer = self._client.get("/oauth2/authorize", params={**asked, **question}, follow_redirects=False)
        code = httpx.URL(answer.headers["location"]).params["code"]
        grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        form = {**asked, **grant, "client_secret": client.secret}
        return self._client.post("/oauth2/token", data=form).raise_for_status().json()


@contextlib.contextmanager
def better_auth_oauth_server(configuration: str, log: Path) -> Iterator[tuple[BetterAuth, OAuthClient]]:
    """Run a server in `configuration` (of `server.mjs`), with a new secret; yield it and its client."""
    secret = secrets.token_urlsafe(48)
    with _running(configuration, log, {"BETTER_AUTH_SECRET": secret}) as ready:
        client = ready["client"]
        yield (
            BetterAuth(origin=ready["origin"], base_url=ready["baseURL"], secret=secret),
            OAuthClient(client["id"], client["redirectURI"], client["resource"], client["secret"]),
        )


def secret_signed_token(log: Path, **environment: str) -> tuple[str, str]:
    """Return a token that a server signs with the secret it finds in `environment`, and the server's origin."""
    with _running("secret-api", log, environment) as ready:
        server = BetterAuth(origin=ready["origin"], base_url=ready["baseURL"], secret="")
        with OAuthBrowser(server) as browser:
            browser.sign_in(OWNER, PASSWORD)
            return browser.fetch_token(), server.origin


@contextlib.contextmanager
def _running(configuration: str, log: Path, environment: dict[str, str]) -> Iterator[Any]:
    node = node_with_packages(SERVER, "a real Better Auth server with an OAuth provider")
    command = [node, "server.mjs", "--configuration", configuration]
    environment = {"PATH": os.environ.get("PATH", os.defpath), **environment}
    with running(command, environment=environment, cwd=SERVER, log=log, stdout=subprocess.PIPE) as process:
        yield json.loads(first_line(process, log))
