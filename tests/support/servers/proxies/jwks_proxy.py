"""A JWKS endpoint on loopback that relays another one. It records the requests and can hold back its responses."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

from fastjose import JOSEError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastjose import Verifier

MAX_HOLD_SECONDS = 60  # a response is sent after this time, even if the test has failed


class JwksProxy:
    """The endpoint: its URL, the requests that it has received, and the switch that holds back its responses."""

    def __init__(self, read_key_set: Callable[[], Any]) -> None:
        """Respond with the key set that `read_key_set` returns."""
        self.read_key_set = read_key_set
        self.url = ""
        self.request_received = threading.Event()
        self.responses_allowed = threading.Event()
        self.responses_allowed.set()
        self.paths: list[str] = []

    @property
    def request_count(self) -> int:
        """Return how many requests have arrived."""
        return len(self.paths)

    def respond(self, path: str) -> bytes:
        """Record a request and return the key set, once responses are allowed."""
        self.paths.append(path)
        self.request_received.set()
        self.responses_allowed.wait(MAX_HOLD_SECONDS)
        return json.dumps(self.read_key_set()).encode()

    @contextlib.contextmanager
    def hold_responses(self) -> Iterator[None]:
        """Hold back every response while the block lasts; allow them afterwards, even if the block fails."""
        self.responses_allowed.clear()
        try:
            yield
        finally:
            self.responses_allowed.set()


@contextlib.contextmanager
def serve_jwks(read_key_set: Callable[[], Any]) -> Iterator[JwksProxy]:
    """Serve the key set that `read_key_set` returns, on a free loopback port, while the block lasts."""
    proxy = JwksProxy(read_key_set)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        proxy.url = f"http://127.0.0.1:{server.server_port}/jwks"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.responses_allowed.set()
            server.shutdown()
            thread.join()


def wait_for_rejection(verifier: Verifier, token: str) -> JOSEError:
    """Verify until a background fetch has changed the keys and `token` is rejected.

    Raises:
        TimeoutError: The token is still accepted after 20 seconds.
    """
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            verifier.verify(token)
        except JOSEError as error:
            return error
        time.sleep(0.01)
    raise TimeoutError("the token is still accepted")


class _Handler(BaseHTTPRequestHandler):
    proxy: ClassVar[JwksProxy]

    def do_GET(self) -> None:
        body = self.proxy.respond(self.path)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client has gone
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing, so that the output of the tests stays readable."""
