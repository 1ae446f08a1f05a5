"""A server on loopback whose response does not end, in every part that a response has."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS_RESPONSES = {
    "100": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000),
    "102": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "103 with a header": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </jwks>; rel=preload\r\n\r\n" * 1_000),
    "blank lines": (b"", b"\r\n" * 10_000),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-Name: value\r\n" * 1_000),
    "one header": (b"HTTP/1.1 200 OK\r\nX-Name: ", b"a" * 10_000),
    "body": (b"HTTP/1.1 200 OK\r\n\r\n", b" " * 10_000),
    "chunks of one byte": (CHUNKED, b"1\r\n \r\n" * 1_000),
    "chunk extension": (CHUNKED + b"1;", b"a" * 10_000),
    "trailers": (CHUNKED + b"1\r\n{\r\n0\r\n", b"X-Name: value\r\n" * 1_000),
    "silence": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", b""),
}


class EndlessServer:
    """A server on loopback that sends the start of a response and then repeats one piece until the client leaves."""

    def __init__(self, start: bytes, piece: bytes) -> None:
        """Listen on a free port."""
        self._start, self._piece = start, piece
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/jwks"
        self.has_request, self.is_left = threading.Event(), threading.Event()

    def respond(self) -> None:
        """Respond to one request."""
        with self._listener:
            connection, _ = self._listener.accept()
        with connection:
            connection.recv(65_536)
            self.has_request.set()
            with contextlib.suppress(OSError):
                connection.sendall(self._start)
                while self._piece:
                    connection.sendall(self._piece)
                connection.recv(1)
        self.is_left.set()


@contextlib.contextmanager
def serve_endless_response(name: str) -> Iterator[EndlessServer]:
    """Serve one response of `ENDLESS_RESPONSES` inside the block."""
    server = EndlessServer(*ENDLESS_RESPONSES[name])
    thread = threading.Thread(target=server.respond)
    thread.start()
    yield server
    thread.join(WAIT_SECONDS)
