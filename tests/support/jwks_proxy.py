"""A JWKS endpoint on loopback that relays the real one: it counts the requests, and can hold back its answers."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOLD_SECONDS = 60  # an answer is never held longer, whatever becomes of the test


class KeySetRelay:
    """What the endpoint has seen, and the gate in front of its answers."""

    def __init__(self, read_key_set: Callable[[], Any]) -> None:
        """Relay what `read_key_set` returns, with the gate open."""
        self.read_key_set = read_key_set
        self.url = ""
        self.asked = threading.Event()
        self.open = threading.Event()
        self.open.set()
        self.paths: list[str] = []

    @property
    def request_count(self) -> int:
        """Return how many requests have arrived."""
        return len(self.paths)

    def answer(self, path: str) -> bytes:
        """Count a request and return the key set once the gate is open."""
        self.paths.append(path)
        self.asked.set()
        self.open.wait(HOLD_SECONDS)
        return json.dumps(self.read_key_set()).encode()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Close the gate for the block; it is open again afterwards, also if the block fails."""
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()


@contextlib.contextmanager
def key_set_relay(read_key_set: Callable[[], Any]) -> Iterator[KeySetRelay]:
    """Serve what `read_key_set` returns, on a free loopback port, while the block lasts."""
    relay = KeySetRelay(read_key_set)
    handler = type("Handler", (_Handler,), {"relay": relay})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        relay.url = f"http://127.0.0.1:{server.server_port}/jwks"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield relay
        finally:
            relay.open.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    relay: ClassVar[KeySetRelay]

    def do_GET(self) -> None:
        body = self.relay.answer(self.path)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""
