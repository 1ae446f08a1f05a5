"""An issuer on loopback: discovery documents, key sets and single keys at any path, and the requests for them."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

OIDC_PATH = "/.well-known/openid-configuration"
OAUTH_PATH = "/.well-known/oauth-authorization-server"

MAX_HOLD_SECONDS = 60
"""The time after which a held response is sent, even if the test has failed."""


@dataclass
class Answer:
    """A response: a body, or a value that is sent as JSON. With an `etag`, a conditional request gets a 304."""

    content: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None

    @property
    def body(self) -> bytes:
        """Return the body."""
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


class IssuerServer:
    """The server: its answers by path, which a test may replace at any time, and the requests. Other paths: 404."""

    def __init__(self, url: str) -> None:
        """Answer at `url`."""
        self.url = url
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, Message]] = []
        self.statuses: list[int] = []
        self.held_paths: set[str] = set()
        self.released = threading.Event()
        self.request_received = threading.Event()

    @property
    def paths(self) -> list[str]:
        """Return the paths that were requested, in their order."""
        return [path for path, _ in self.requests]

    def publish(
        self, issuer: str, jwks: Any, *, path: str = OIDC_PATH, jwks_path: str = "/jwks", **members: Any
    ) -> None:
        """Serve a discovery document at `path` and the key set that it names at `jwks_path`."""
        document = {"issuer": issuer, "jwks_uri": f"{self.url}{jwks_path}", **members}
        self.answers[path] = Answer(document)
        self.answers[jwks_path] = Answer(jwks)

    @contextlib.contextmanager
    def hold(self, path: str) -> Iterator[None]:
        """Hold back the responses at `path` while the block lasts."""
        self.released.clear()
        self.held_paths.add(path)
        try:
            yield
        finally:
            self.held_paths.discard(path)
            self.released.set()


@contextlib.contextmanager
def serve_issuer() -> Iterator[IssuerServer]:
    """Serve on a free loopback port while the block lasts."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as http_server:
        server = IssuerServer(f"http://127.0.0.1:{http_server.server_port}")
        handler.server_state = server  # type: ignore[attr-defined]
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            http_server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that ends the connection."""


class _Handler(BaseHTTPRequestHandler):
    server_state: ClassVar[IssuerServer]

    def do_GET(self) -> None:
        state = self.server_state
        state.requests.append((self.path, self.headers))
        state.request_received.set()
        if self.path in state.held_paths:
            state.released.wait(MAX_HOLD_SECONDS)
        answer = state.answers.get(self.path, Answer(b"Not Found", status=404))
        is_unchanged = answer.etag is not None and self.headers.get("If-None-Match") == answer.etag
        status, body = (304, b"") if is_unchanged else (answer.status, answer.body)
        state.statuses.append(status)
        self.send_response(status)
        for name, value in {"ETag": answer.etag, **answer.headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing, so that the output of the tests stays readable."""
