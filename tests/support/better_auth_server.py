"""Real Better Auth servers from npm, and a browser in front: where the tokens of the end-to-end tests come from.

The servers are `better_auth/server.mjs`, their configurations `better_auth/configurations.mjs`.
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
from typing import TYPE_CHECKING, Any

import httpx

from support.child_process import START_SECONDS, running
from support.node_packages import node_with_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typing_extensions import Self

SERVER = Path(__file__).parents[1] / "better_auth" / "node"
KEY_SECONDS = 60  # an RSA key of 4096 bits takes seconds to find, by luck
LINES = ["1.7", "1.4"]
"""The releases: the one that is current, and an older one (package.json says which exactly)."""


@dataclass(frozen=True)
class BetterAuth:
    """A running server.

    `base_url` is where its routes are. `origin` is what users call it, which it puts into `iss` and `aud`: that of its
    base URL, unless it is behind a proxy.
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

    def get(self, path: str) -> Any:
        """Return the JSON that anyone may read at `path`."""
        response = httpx.get(self.address + path, trust_env=False)
        response.raise_for_status()
        return response.json()

    def jwks(self) -> Any:
        """Return the published key set."""
        return self.get("/api/auth/jwks")

    def mail_to(self, email: str) -> list[str]:
        """Return the verification tokens that were sent to `email`."""
        return [message["token"] for message in self.get("/mailbox") if message["to"] == email]


class Browser:
    """What a browser front end does: it signs up and in, keeps the cookies, and fetches a token for the backend."""

    def __init__(self, server: BetterAuth) -> None:
        """Open a browser with no cookies on a page of `server`'s origin."""
        self._client = httpx.Client(
            base_url=server.base_url,
            headers={"origin": server.origin},
            timeout=KEY_SECONDS,
            trust_env=False,
            event_hooks={"response": [self._trust_this_machine]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name, as they are sent."""
        return dict(self._client.cookies)

    def sign_up(self, email: str, password: str, name: str, **fields: str) -> Any:
        """Make an account and return its user as Better Auth knows it."""
        return self._post("/sign-up/email", email=email, password=password, name=name, **fields).json()["user"]

    def sign_in(self, email: str, password: str) -> httpx.Response:
        """Sign in with a password; the answer carries the session in cookie, body and `set-auth-token`."""
        return self._post("/sign-in/email", email=email, password=password)

    def forget(self) -> None:
        """Drop every cookie."""
        self._client.cookies.clear()

    def session(self) -> Any:
        """Return Better Auth's own idea of who is signed in: `None` for nobody."""
        return self._get("/get-session").json()

    def fetch_token(self) -> str:
        """Return a fresh JWT for the backend."""
        token = self._get("/token").json()["token"]
        assert isinstance(token, str)
        return token

    def ask_for_verification(self, email: str) -> None:
        """Have a verification e-mail sent."""
        self._post("/send-verification-email", email=email)

    def _trust_this_machine(self, _: httpx.Response) -> None:
        """Send cookies that want a secure connection to this machine without one, too, as a browser does."""
        for cookie in self._client.cookies.jar:
            cookie.secure = False

    def _get(self, path: str) -> httpx.Response:
        return self._client.get(path).raise_for_status()

    def _post(self, path: str, **body: str) -> httpx.Response:
        return self._client.post(path, json=body).raise_for_status()


@contextlib.contextmanager
def better_auth_server(configuration: str, log: Path, port: int = 0, origin: str | None = None) -> Iterator[BetterAuth]:
    """Run a server in `configuration`, on a free port unless `port` is given, with a new secret.

    `origin` is what users call it, where a proxy is in front of it.
    """
    place = ["--port", str(port), *(["--origin", origin] if origin else [])]
    with _running([configuration], log, place) as servers:
        yield servers[configuration]


@contextlib.contextmanager
def better_auth_servers(configurations: Sequence[str], log: Path, line: str) -> Iterator[dict[str, BetterAuth]]:
    """Run a server of the release `line` in each of `configurations`, all in one process."""
    with _running(configurations, log, ["--line", line]) as servers:
        yield servers


@contextlib.contextmanager
def _running(configurations: Sequence[str], log: Path, options: Sequence[str]) -> Iterator[dict[str, BetterAuth]]:
    node = node_with_packages(SERVER, "a real Better Auth server")
    secret = secrets.token_urlsafe(48)
    named = [argument for name in configurations for argument in ("--configuration", name)]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "BETTER_AUTH_SECRET": secret}
    with running(
        [node, "server.mjs", *named, *options], environment=environment, cwd=SERVER, log=log, stdout=subprocess.PIPE
    ) as process:
        ready = json.loads(first_line(process, log))
        yield {
            one["configuration"]: BetterAuth(origin=one["origin"], base_url=one["baseURL"], secret=secret)
            for one in ready
        }


def first_line(process: subprocess.Popen[str], log: Path) -> str:
    """Return the line that says the server listens; an error with its log if it ends or stays silent."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if readable else ""
    if not line:
        raise RuntimeError(f"Better Auth did not start:\n{log.read_text(encoding='utf-8')}")
    return line
