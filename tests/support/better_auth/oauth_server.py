"""A real Better Auth server that issues every kind of JWT it has, and a client of its OAuth provider.

The server is `better_auth/node_oauth/server.mjs`.
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

from support.better_auth.server import BetterAuth, Browser, read_first_line
from support.processes.child_process import run_process
from support.processes.node_packages import require_node_with_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_DIRECTORY = Path(__file__).parents[2] / "better_auth" / "node_oauth"
OWNER, PASSWORD = "owner@example.com", "correct horse battery staple"
SCOPE = "openid profile email tasks:read"


@dataclass(frozen=True)
class OAuthClient:
    """A client that is registered with the server, and the resource that it may request."""

    client_id: str
    redirect_uri: str
    resource: str
    secret: str = field(repr=False)
    linked_api: tuple[str, str] = field(repr=False)
    """The id and the secret of a client that introspects tokens. The resource is linked to it."""
    other_api: tuple[str, str] = field(repr=False)
    """The id and the secret of a client that introspects tokens, and to which no resource is linked."""


class OAuthBrowser(Browser):
    """A browser whose user signs in to other applications with the server."""

    def read_session_cookie(self) -> str:
        """Return the value of the session cookie that contains the session data."""
        return self._client.cookies["better-auth.session_data"]

    def authorize(self, client: OAuthClient, *, with_resource: bool, more_scopes: str = "") -> Any:
        """Authorize `client` (RFC 6749 §4.1, RFC 7636) and return the tokens that it receives."""
        scope = f"{SCOPE} {more_scopes}".strip()
        verifier = secrets.token_urlsafe(32)
        common = {"client_id": client.client_id, "redirect_uri": client.redirect_uri}
        common |= {"resource": client.resource} if with_resource else {}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        request = {"response_type": "code", "scope": scope, "state": "state", "nonce": "nonce"}
        request |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        response = self._client.get("/oauth2/authorize", params={**common, **request}, follow_redirects=False)
        code = httpx.URL(response.headers["location"]).params["code"]
        grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        form = {**common, **grant, "client_secret": client.secret}
        return self._client.post("/oauth2/token", data=form).raise_for_status().json()


@contextlib.contextmanager
def run_better_auth_oauth_server(configuration: str, log: Path) -> Iterator[tuple[BetterAuth, OAuthClient]]:
    """Run a server in `configuration` of `server.mjs` with a new secret, and yield it with its client."""
    secret = secrets.token_urlsafe(48)
    with _run_server(configuration, log, {"BETTER_AUTH_SECRET": secret}) as ready:
        client = ready["client"]
        yield (
            BetterAuth(origin=ready["origin"], base_url=ready["baseURL"], secret=secret),
            OAuthClient(
                client["id"],
                client["redirectURI"],
                client["resource"],
                client["secret"],
                linked_api=(ready["linkedAPI"]["id"], ready["linkedAPI"]["secret"]),
                other_api=(ready["otherAPI"]["id"], ready["otherAPI"]["secret"]),
            ),
        )


def issue_secret_signed_token(log: Path, **environment: str) -> tuple[str, str]:
    """Return a token that a server signs with the secret in `environment`, and the server's origin."""
    with _run_server("secret-api", log, environment) as ready:
        server = BetterAuth(origin=ready["origin"], base_url=ready["baseURL"], secret="")
        with OAuthBrowser(server) as browser:
            browser.sign_in(OWNER, PASSWORD)
            return browser.fetch_token(), server.origin


@contextlib.contextmanager
def _run_server(configuration: str, log: Path, environment: dict[str, str]) -> Iterator[Any]:
    node = require_node_with_packages(SERVER_DIRECTORY, "a real Better Auth server with an OAuth provider")
    command = [node, "server.mjs", "--configuration", configuration]
    environment = {"PATH": os.environ.get("PATH", os.defpath), **environment}
    with run_process(
        command, environment=environment, cwd=SERVER_DIRECTORY, log=log, stdout=subprocess.PIPE
    ) as process:
        yield json.loads(read_first_line(process, log))
