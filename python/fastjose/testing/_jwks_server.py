"""A JWK Set behind a URL on loopback, for tests."""

from __future__ import annotations

import contextlib
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.testing._issuer import TokenIssuer


class JwksServer:
    """The key server of an issuer. It serves the current keys to any path.

    Attributes:
        issuer: The issuer whose keys are served.
        url: The URL of the JWK Set.
        request_count: How many requests have arrived.
        status: The status of the responses. Set it to 503 to test an outage.
    """

    def __init__(self, issuer: TokenIssuer) -> None:
        """Start the server on a free port of 127.0.0.1.

        Raises:
            ValueError: The issuer has a secret, which no key server publishes.
        """
        if not issuer.jwk_set["keys"]:
            raise ValueError("issuer must have an asymmetric key to be served, such as TokenIssuer(algorithm='EdDSA')")
        self.issuer = issuer
        self.request_count = 0
        self.status = int(HTTPStatus.OK)
        self._http_server = _HttpServer(("127.0.0.1", 0), _Handler)
        self._http_server.jwks_server = self
        self.url = f"http://127.0.0.1:{self._http_server.server_port}/api/auth/jwks"
        self._thread = threading.Thread(target=self._http_server.serve_forever, name="fastjose.testing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the server. Its port is closed afterwards."""
        self._http_server.shutdown()
        self._http_server.server_close()
        self._thread.join()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    jwks_server: JwksServer


class _Handler(BaseHTTPRequestHandler):
    # HTTP/1.0, the default of the base class: each response closes its connection, so that `stop` ends every one.

    def do_GET(self) -> None:
        server = cast("_HttpServer", self.server).jwks_server
        server.request_count += 1
        content: Any = server.issuer.jwk_set if server.status == HTTPStatus.OK else {}
        body = json.dumps(content).encode()
        self.send_response(server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no line for each request."""


@contextlib.contextmanager
def serve_jwks(issuer: TokenIssuer) -> Iterator[JwksServer]:
    """Serve the keys of `issuer` while the block lasts.

    Example:
        with serve_jwks(issuer) as server:
            verifier = Verifier(RemoteKeySet(server.url), issuer=issuer.url, audience=issuer.audience)
    """
    server = JwksServer(issuer)
    try:
        yield server
    finally:
        server.stop()
