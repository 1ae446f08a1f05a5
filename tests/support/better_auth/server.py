"""Real Better Auth servers from npm, and a browser that signs in to them.

The servers are `better_auth/node/server.mjs`, their configurations `better_auth/node/configurations.mjs`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx

from support.processes.child_process import START_SECONDS, run_process
from support.processes.node_packages import require_node_with_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from typing_extensions import Self

SERVER_DIRECTORY = Path(__file__).parents[2] / "better_auth" / "node"
KEY_GENERATION_SECONDS = 60  # generating an RSA key of 4096 bits can take seconds
RELEASE_LINES = ["1.7", "1.4"]
"""The release lines: the current one, and an older one (package.json pins the exact versions)."""


@dataclass(frozen=True)
class BetterAuth:
    """A running server.

    `base_url` is the prefix of its routes. `origin` is the origin that users see, which the server puts into `iss` and
    `aud`. If the server is not behind a proxy, this is the origin of `base_url`.
    """

    origin: str
    base_url: str
    secret: str = field(repr=False)

    @property
    def address(self) -> str:
        """Return the origin at which it listens."""
        return str(httpx.URL(self.base_url).join("/")).rstrip("/")

    @property
    def port(self) -> int:
        """Return the port, so that another server can take this one's place."""
        port = httpx.URL(self.address).port
        assert port is not None
        return port

    def fetch_json(self, path: str) -> Any:
        """Return the JSON document at `path`, requested without a session."""
        response = httpx.get(self.address + path, trust_env=False)
        response.raise_for_status()
        return response.json()

    def fetch_jwks(self) -> Any:
        """Return the published key set."""
        return self.fetch_json("/api/auth/jwks")

    def create_api_key(self, user_id: str, **fields: Any) -> Any:
        """Create an API key as the server, which may set `permissions`, and return it with its plaintext `key`."""
        return self._post("/create-api-key", {"userId": user_id, **fields})

    def update_api_key(self, user_id: str, key_id: str, **fields: Any) -> Any:
        """Update an API key as the server, and return it."""
        return self._post("/update-api-key", {"userId": user_id, "keyId": key_id, **fields})

    def fetch_verification_tokens(self, email: str) -> list[str]:
        """Return the verification tokens that were sent to `email`."""
        return [message["token"] for message in self.fetch_json("/mailbox") if message["to"] == email]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        response = httpx.post(self.address + path, json=body, trust_env=False)
        return response.raise_for_status().json()


class Browser:
    """A browser front end: it signs up and in, keeps the cookies, and fetches a token for the backend."""

    def __init__(self, server: BetterAuth, host: str | None = None) -> None:
        """Open a browser without cookies on a page of `server`'s origin, or of another `host` that leads to it."""
        headers = {"origin": server.origin} if host is None else {"origin": f"http://{host}", "host": host}
        self._client = httpx.Client(
            base_url=server.base_url,
            headers=headers,
            timeout=KEY_GENERATION_SECONDS,
            trust_env=False,
            event_hooks={"response": [self._send_secure_cookies_over_http]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that are sent, by name."""
        return dict(self._client.cookies)

    def sign_up(self, email: str, password: str, name: str, **fields: str) -> Any:
        """Create an account and return its user as Better Auth reports it."""
        return self.post("/sign-up/email", email=email, password=password, name=name, **fields).json()["user"]

    def sign_in(self, email: str, password: str) -> httpx.Response:
        """Sign in with a password. The response has the session in a cookie, in the body and in `set-auth-token`."""
        return self.post("/sign-in/email", email=email, password=password)

    def sign_out(self) -> None:
        """End the session."""
        self.post("/sign-out")

    def clear_cookies(self) -> None:
        """Drop every cookie."""
        self._client.cookies.clear()

    def fetch_session(self) -> Any:
        """Return the session that Better Auth reports, or `None` if no user is signed in."""
        return self.get("/get-session").json()

    def fetch_token(self) -> str:
        """Return a fresh JWT for the backend."""
        token = self.get("/token").json()["token"]
        assert isinstance(token, str)
        return token

    def request_verification_email(self, email: str) -> None:
        """Request a verification e-mail."""
        self.post("/send-verification-email", email=email)

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Send `body` to a route of Better Auth. Raise `httpx.HTTPStatusError` if the response is an error."""
        return self._client.post(path, json=body).raise_for_status()

    def _send_secure_cookies_over_http(self, _: httpx.Response) -> None:
        """Send `Secure` cookies to loopback over plain HTTP too, as a browser does."""
        for cookie in self._client.cookies.jar:
            cookie.secure = False

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Request a route of Better Auth. Raise `httpx.HTTPStatusError` if the response is an error."""
        return self._client.get(path, headers=headers).raise_for_status()


@contextlib.contextmanager
def run_better_auth_server(  # noqa: PLR0913 - one argument for each option of the server
    configuration: str,
    log: Path,
    port: int = 0,
    origin: str | None = None,
    *,
    line: str = RELEASE_LINES[0],
    database_url: str | None = None,
    redis_url: str | None = None,
    redis_storage: Literal["package", "by-hand"] = "package",
    revocations_url: str | None = None,
    node_env: str | None = None,
    secret_variables: Mapping[str, str] | None = None,
) -> Iterator[BetterAuth]:
    """Run a server in `configuration`, on a free port unless `port` is given, with a new secret.

    `origin` is the origin that users see, if a proxy is in front of the server. `database_url` is the database
    that holds its tables, PostgreSQL or `sqlite://` and a path. The server creates tables that are missing. Without it,
    they are in the server's memory.
    `redis_url` is the Redis that holds sessions and API keys: through Better Auth's package, which puts `better-auth:`
    before each key, or as an application does by hand, with the bare keys. `revocations_url` is the Redis to which the
    configuration `revocation` writes ended sessions.
    `node_env` is the variable `NODE_ENV`: with `production`, Better Auth limits the rate of requests by default.
    `secret_variables` are `BETTER_AUTH_SECRET` and `BETTER_AUTH_SECRETS`, in place of the new secret.
    """
    given = {"--port": str(port), "--line": line, "--origin": origin, "--database-url": database_url}
    given |= {"--redis-url": redis_url, "--redis-storage": redis_storage}
    given |= {"--revocations-url": revocations_url}
    options = [argument for name, value in given.items() if value is not None for argument in (name, value)]
    variables = {"NODE_ENV": node_env} if node_env else {}
    if secret_variables is not None:
        variables |= {"BETTER_AUTH_SECRET": "", **secret_variables}
    with _run_servers([configuration], log, options, variables) as servers:
        yield servers[configuration]


@contextlib.contextmanager
def run_better_auth_servers(configurations: Sequence[str], log: Path, line: str) -> Iterator[dict[str, BetterAuth]]:
    """Run a server of the release line `line` in each of `configurations`, all in one process."""
    with _run_servers(configurations, log, ["--line", line], {}) as servers:
        yield servers


@contextlib.contextmanager
def _run_servers(
    configurations: Sequence[str], log: Path, options: Sequence[str], environment: Mapping[str, str]
) -> Iterator[dict[str, BetterAuth]]:
    node = require_node_with_packages(SERVER_DIRECTORY, "a real Better Auth server")
    secret = secrets.token_urlsafe(48)
    arguments = [argument for name in configurations for argument in ("--configuration", name)]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "BETTER_AUTH_SECRET": secret, **environment}
    with run_process(
        [node, "server.mjs", *arguments, *options],
        environment=environment,
        cwd=SERVER_DIRECTORY,
        log=log,
        stdout=subprocess.PIPE,
    ) as process:
        ready = json.loads(read_first_line(process, log))
        yield {
            server["configuration"]: BetterAuth(origin=server["origin"], base_url=server["baseURL"], secret=secret)
            for server in ready
        }


def read_first_line(process: subprocess.Popen[str], log: Path) -> str:
    """Return the line with which the server reports that it listens.

    Raise an error that holds the server's log if it ends or prints nothing in time.
    """
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if readable else ""
    if not line:
        raise RuntimeError(f"Better Auth did not start:\n{log.read_text(encoding='utf-8')}")
    return line
