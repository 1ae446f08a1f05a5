"""A JWK Set behind a URL on loopback, for tests."""

from __future__ import annotations

import contextlib
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message

    from fastjose.testing._issuer import TokenIssuer


_DOCUMENT_PATH = "/.well-known/openid-configuration"


class JwksServer:
    """The key server of an issuer. It serves the current keys to any path, and a discovery document.

    Attributes:
        issuer: The issuer whose keys are served.
        url: The URL of the JWK Set.
        issuer_url: The `issuer` of the document at `/.well-known/openid-configuration`, which names the JWK Set.
        request_count: How many requests have arrived.
        status: The status of the responses. Set it to 503 to test an outage.
    """

    def __init__(self, issuer: TokenIssuer, port: int = 0) -> None:
        """Start the server on `port` of 127.0.0.1. 0: a free port.

        Raises:
            OSError: The port is in use.
            OverflowError: The port is not from 0 to 65535.
            ValueError: The issuer has a secret, which no key server publishes.
        """
        if not issuer.jwk_set["keys"]:
            raise ValueError("issuer must have an asymmetric key to be served, such as TokenIssuer(algorithm='EdDSA')")
        self.issuer = issuer
        self.request_count = 0
        self._count_lock = threading.Lock()
        self.status = int(HTTPStatus.OK)
        self._http_server = _HttpServer(("127.0.0.1", port), _Handler)
        self._http_server.respond = self._count_and_respond
        self.issuer_url = f"http://127.0.0.1:{self._http_server.server_port}"
        self.url = f"{self.issuer_url}/api/auth/jwks"
        self._thread = threading.Thread(target=self._http_server.serve_forever, name="fastjose.testing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the server. Its port is closed afterwards."""
        self._http_server.shutdown()
        self._http_server.server_close()
        self._thread.join()

    def _count_and_respond(self, target: str, headers: Message) -> tuple[int, Any]:
        with self._count_lock:
            self.request_count += 1
        return self._respond(target, headers) if self.status == HTTPStatus.OK else (self.status, {})

    def _respond(self, target: str, _headers: Message) -> tuple[int, Any]:
        """Return the status and the JSON content of the response to a GET request."""
        if target == _DOCUMENT_PATH:
            return HTTPStatus.OK, {"issuer": self.issuer_url, "jwks_uri": self.url}
        return HTTPStatus.OK, self.issuer.jwk_set


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    respond: Callable[[str, Message], tuple[int, Any]]


class _Handler(BaseHTTPRequestHandler):
    # HTTP/1.0, the default of the base class: each response closes its connection, so that `stop` ends every one.

    def do_GET(self) -> None:
        status, content = cast("_HttpServer", self.server).respond(self.path, self.headers)
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no line for each request."""


@contextlib.contextmanager
def serve_jwks(issuer: TokenIssuer, *, port: int = 0) -> Iterator[JwksServer]:
    """Serve the keys of `issuer` while the block lasts.

    Args:
        issuer: The issuer. It must have an asymmetric key.
        port: The port of 127.0.0.1, such as that of a server that was stopped. 0: a free port.

    Raises:
        OSError: The port is in use.
        OverflowError: The port is not from 0 to 65535.
        ValueError: The issuer has a secret, which no key server publishes.

    Example:
        with serve_jwks(issuer) as server:
            verifier = Verifier(RemoteKeySet(server.url), issuer=issuer.url, audience=issuer.audience)
    """
    server = JwksServer(issuer, port)
    try:
        yield server
    finally:
        server.stop()
